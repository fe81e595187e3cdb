"""Search that knows what passages state: presence, absence, the family, filters, and the reasons given."""

from __future__ import annotations

import pytest

from rag.answer.sought import StatedFilter, sought_of
from rag.core.errors import UsageError
from rag.core.facts import Fact
from rag.core.filters import Filters
from rag.core.types import Passage, ScoredPassage
from rag.retrieve.stated import StatedRanking

TEXTS = {
    "present": ("Fièvre à 39 depuis hier.", "present"),
    "denied": ("Pas de fièvre, pas de toux.", "negated"),
    "mother": ("Mère : fièvre méditerranéenne.", "family"),
    "other": ("Compte rendu du genou.", ""),
}


class _Facts:
    """One fact of fever a document, at the start of its text."""

    def facts(
        self, filters: Filters, *, kinds: frozenset[str] | None = None, concepts: frozenset[str] | None = None
    ) -> tuple[Fact, ...]:
        return tuple(
            _fever(name, said)
            for name, (_, said) in TEXTS.items()
            if said
            and (filters.doc_ids is None or name in filters.doc_ids)
            and (concepts is None or "fever" in concepts)
        )


def _fever(name: str, said: str) -> Fact:
    kind = "family" if said == "family" else "condition"
    return Fact(kind, "fever", "fièvre", ((0, 13),), assertion=said, doc_id=name)  # type: ignore[arg-type]


def _hits(**scores: float) -> list[ScoredPassage]:
    return [
        ScoredPassage(_passage(name), score, place, "rerank", {"rerank": score})
        for place, (name, score) in enumerate(scores.items(), start=1)
    ]


def _passage(name: str) -> Passage:
    text = TEXTS[name][0]
    return Passage(name, name, "1", 0, 0, len(text), text, name, "note", "fr", patient_id="P")


def _ranked(
    query: str, hits: list[ScoredPassage], stated: StatedFilter = StatedFilter()
) -> list[ScoredPassage]:
    return StatedRanking(_Facts()).ranked(query, hits, Filters(), sought_of(query, stated))


def _order(hits: list[ScoredPassage]) -> list[str]:
    return [hit.passage.doc_id for hit in hits]


def test_a_question_of_presence_prefers_what_is_present() -> None:
    assert _order(_ranked("fièvre", _hits(denied=0.6, mother=0.6, present=0.5))) == [
        "present",
        "denied",
        "mother",
    ]


def test_a_question_of_absence_prefers_what_is_denied() -> None:
    assert _order(_ranked("pas de fièvre", _hits(present=0.6, denied=0.55)))[0] == "denied"


def test_relatives_count_where_the_family_is_asked_about() -> None:
    assert _order(_ranked("fièvre dans la famille", _hits(present=0.6, mother=0.58)))[0] == "mother"


def test_a_passage_that_states_nothing_of_it_keeps_its_score() -> None:
    (hit,) = _ranked("fièvre", _hits(other=0.4))
    assert (hit.score, hit.reason.effect if hit.reason else None) == (0.4, "")


def test_a_filter_keeps_what_states_the_thing_so() -> None:
    hits = _hits(present=0.6, denied=0.5, other=0.4)
    assert _order(_ranked("température", hits, StatedFilter(("negated",), "fever"))) == ["denied"]
    assert _order(_ranked("température", hits, StatedFilter((), "fièvre"))) == ["present", "denied"]


def test_a_hit_says_why_it_stands_there() -> None:
    (hit,) = _ranked("fièvre et toux", _hits(denied=0.6))
    reason = hit.reason
    assert reason is not None
    assert reason.words == ("fièvre", "toux")
    assert reason.effect == "lowered"
    (stated,) = reason.states
    assert (stated.assertion, stated.quote) == ("negated", "Pas de fièvre")
    assert reason.scores == {"rerank": 0.6}


@pytest.mark.parametrize("stated", [StatedFilter(("maybe",)), StatedFilter((), "nothing known so")])
def test_an_unknown_filter_is_refused(stated: StatedFilter) -> None:
    with pytest.raises(UsageError):
        sought_of("fièvre", stated)
