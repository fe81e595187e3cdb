"""Who asks, whose records, what must appear and what may never: run on every index and both databases.

Each row names what must be found, so that an index which finds nothing fails.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from rag.access import Scope
from rag.core.errors import NotAllowed
from rag.core.types import Answer, Done, Filters
from rag.home import OpenHome
from rag.pipeline import Question

# The client without a server says that it keeps no payload index and always searches exactly.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Payload indexes have no effect:UserWarning"),
    pytest.mark.filterwarnings("ignore:Local mode performs exact:UserWarning"),
]


@dataclass(frozen=True)
class Row:
    """``reads`` is the caller's scope, ``about`` the patient asked about; patients are written A, B, and -
    for the literature.
    """

    reads: str
    about: str | None
    question: str
    must: str
    never: str


READS = {
    "owner": Scope.everything(),
    "A only": Scope(frozenset({"A"}), literature=False),
    "A": Scope(frozenset({"A"})),
    "B": Scope(frozenset({"B"})),
    "literature": Scope(),
}
SPEC = [
    Row("owner", "A", "Quel côté pour la prothèse de hanche ?", must="A", never="B-"),
    Row("owner", "B", "Quel côté pour la prothèse de hanche ?", must="B", never="A-"),
    Row("A", "A", "Saignement estimé pendant la prothèse de hanche ?", must="A", never="B-"),
    Row("A", None, "Saignement estimé pendant la prothèse de hanche ?", must="A", never="B"),
    Row("A only", None, "Énoxaparine 4000 UI pendant 35 jours", must="A", never="B-"),
    Row("B", None, "Antibioprophylaxie par clindamycine en raison d'une allergie", must="B", never="A"),
    Row("B", None, "Antibioprophylaxie par céfazoline 2 g", must="B", never="A"),
    Row("literature", None, "Enoxaparin 4000 IU after total hip replacement", must="-", never="AB"),
]


def owner_of(patient_id: str | None) -> str:
    return patient_id or "-"


def answered(home: OpenHome, row: Row) -> Answer:
    filters = Filters() if row.about is None else Filters.for_patient(row.about, literature=False)
    *_, last = home.pipeline(READS[row.reads]).stream(Question(row.question, filters=filters), use_llm=False)
    assert isinstance(last, Done)
    return last.answer


@pytest.mark.parametrize("row", SPEC, ids=lambda row: f"{row.reads} about {row.about}: {row.question[:24]}")
def test_search_finds_what_it_must_and_never_what_it_may_not(home: OpenHome, row: Row) -> None:
    filters = Filters() if row.about is None else Filters.for_patient(row.about, literature=False)
    hits = home.pipeline(READS[row.reads]).search(row.question, k=20, filters=filters).hits
    found = {owner_of(passage.patient_id) for hit in hits for passage in (hit.passage, *hit.copies)}
    assert set(row.must) <= found
    assert found.isdisjoint(row.never)


@pytest.mark.parametrize("row", SPEC, ids=lambda row: f"{row.reads} about {row.about}: {row.question[:24]}")
def test_answer_shows_and_cites_nobody_else(home: OpenHome, row: Row) -> None:
    answer = answered(home, row)
    owners = {owner_of(one.scored.passage.patient_id) for one in answer.evidence}
    ids = {summary.doc_id: owner_of(summary.patient_id) for summary in home.store.list()}
    cited = {
        ids[citation.doc_id] for claim in (*answer.claims, *answer.withheld) for citation in claim.citations
    }
    assert owners.isdisjoint(row.never)
    assert cited.isdisjoint(row.never)
    assert len(cited - {"-"}) <= 1
    assert {ids[one.doc_id] for one in answer.contradictions}.isdisjoint(row.never)


def test_every_quote_of_every_answer_is_the_text_at_its_place(home: OpenHome) -> None:
    answers = [answered(home, row) for row in SPEC]
    citations = [citation for answer in answers for claim in answer.claims for citation in claim.citations]
    assert citations
    texts = home.store.texts({citation.doc_id for citation in citations})
    assert all(texts[one.doc_id][one.start : one.end] == one.quote for one in citations)


@pytest.mark.parametrize("reads", ["A", "A only", "literature"])
def test_a_patient_outside_the_scope_is_refused_not_emptily_searched(home: OpenHome, reads: str) -> None:
    with pytest.raises(NotAllowed):
        home.pipeline(READS[reads]).search(
            "Quel côté ?", k=5, filters=Filters.for_patient("B", literature=False)
        )


def test_what_a_caller_may_not_read_is_not_counted_as_searched(home: OpenHome) -> None:
    answer = answered(home, Row("A", None, "Saignement estimé ?", "", ""))
    assert answer.coverage.documents_searched <= 3  # two of A and the article, never B's
