"""Which passages stand behind an answer: of the patient asked about, holding the words that answer, each the
exact text at its place, none twice. On every index and both databases.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import pytest

from rag.core.types import Answer, Done, Filters
from rag.home import OpenHome
from rag.pipeline import Question

pytestmark = [
    pytest.mark.filterwarnings("ignore:Payload indexes have no effect:UserWarning"),
    pytest.mark.filterwarnings("ignore:Local mode performs exact:UserWarning"),
]


@dataclass(frozen=True)
class Wanted:
    """``holds`` are words that the evidence must hold; ``first`` is the day of the document that comes first,
    None where any may.
    """

    about: str
    question: str
    holds: tuple[str, ...]
    first: str | None = None


SPEC = [
    Wanted("A", "Quelle voie d'abord pour la prothèse ?", ("voie postérieure",), "2026-03-12"),
    Wanted("B", "Quelle voie d'abord pour la prothèse ?", ("voie antérieure",), "2026-04-02"),
    Wanted("A", "Combien de temps l'énoxaparine ?", ("35 jours",), "2026-03-16"),
    Wanted("C", "Quel est le dernier poids ?", ("68 kg",), "2026-02-14"),
    Wanted("C", "Comment évolue le poids ?", ("71 kg", "68 kg")),
    Wanted(
        "C", "De quoi la mère a-t-elle été opérée ?", ("Mère opérée d'une prothèse de genou",), "2026-01-10"
    ),
    Wanted("C", "Quand l'infiltration a-t-elle été faite ?", ("Infiltration faite ce jour",), "2026-02-14"),
]


def answered(home: OpenHome, row: Wanted) -> Answer:
    filters = Filters.for_patient(row.about, literature=False)
    *_, last = home.pipeline().stream(Question(row.question, filters=filters), use_llm=False)
    assert isinstance(last, Done)
    return last.answer


@pytest.mark.parametrize("row", SPEC, ids=lambda row: f"{row.about}: {row.question[:30]}")
def test_evidence_is_the_patients_own_exact_and_complete(home: OpenHome, row: Wanted) -> None:
    passages = [one.scored.passage for one in answered(home, row).evidence]
    assert {passage.patient_id for passage in passages} == {row.about}
    texts = home.store.texts({passage.doc_id for passage in passages})
    assert all(texts[one.doc_id][one.start : one.end] == one.text for one in passages)
    together = " ".join(passage.text for passage in passages)
    assert [words for words in row.holds if words not in together] == []
    if row.first is not None:
        assert passages[0].authored_at == row.first
    for one, other in combinations(passages, 2):
        assert one.doc_id != other.doc_id or one.end <= other.start or other.end <= one.start
