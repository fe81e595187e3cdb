"""How the patient lives: tobacco and alcohol, as the latest statement has them. A habit given up is no
yes.
"""

from __future__ import annotations

from collections.abc import Sequence

from rag.answer.from_facts.record import day_of, in_time, moment, sure
from rag.answer.from_facts.values import FactAnswer, Fragment, quoted
from rag.answer.from_facts.wording.phrases import say
from rag.core.facts import Fact
from rag.understand.values import QuestionPart

_CURRENT = frozenset({"current", "occasional"})


def is_habit(facts: Sequence[Fact]) -> bool:
    """Tell whether facts are of how the patient lives, and of nothing else."""
    return bool(facts) and all(fact.kind == "lifestyle" for fact in facts)


def answer_habit(facts: Sequence[Fact], part: QuestionPart, language: str) -> FactAnswer | None:
    """Say what the record says last of a habit; since when it is given up, where that is asked; None where
    nothing sure does.
    """
    told = in_time(fact for fact in facts if sure([fact]))
    if not told:
        return None
    last = told[-1]
    former = [fact for fact in told if fact.details.get("state") == "former"]
    if former and part.asks("since", "when", "stop"):
        dated = [fact for fact in former if day_of(fact) != (fact.recorded_at or "")[:10]] or former
        return FactAnswer("answered", (quoted(min(dated, key=moment)),))
    state = last.details.get("state", "")
    key = "yes" if state in _CURRENT else "no" if state == "never" else ""
    frame = Fragment(say(key, language), is_frame=True) if key and part.is_yes_no else ""
    return FactAnswer("answered", (quoted(last, frame),))
