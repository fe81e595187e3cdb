"""What became of a treatment or a device, by all that a record says of it. What is documented last is no
proof of what is taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from rag.core.facts import Fact, Period
from rag.core.times import bounds

State = Literal["", "open", "ended", "planned", "given"]
"""``open``: nothing says that it ended; ``given``: on single occasions only; empty for what has no course."""

ENDS = ("stopped", "removed", "resolved")


def latest(facts: Sequence[Fact]) -> Fact:
    """Return the statement that counts: the latest day, a firm one before a plan, then the latest document,
    an end, a dose.
    """
    return max(facts, key=_weight)


def state_of(facts: Sequence[Fact], until: str | None) -> State:
    """Return the state of a course; ``until`` is when the record was last written to, which ends a treatment
    of limited time.
    """
    firm = [fact for fact in facts if fact.status != "planned"]
    if not firm:
        return "planned"
    last = latest(firm)
    if last.status in ENDS or _is_over(last.at, until):
        return "ended"
    return "given" if all(fact.status == "given" for fact in firm) else "open"


def _weight(fact: Fact) -> tuple[object, ...]:
    begins = fact.at and (fact.at.start or fact.at.end)
    written = bounds(fact.recorded_at)[0] if fact.recorded_at else 0.0
    day = bounds(begins[:10])[0] if begins else written
    return (
        fact.status != "planned",
        day,
        written,
        fact.status in ENDS,
        bool(fact.details.get("dose")),
        fact.doc_id,
        fact.spans,
    )


def _is_over(at: Period | None, until: str | None) -> bool:
    if at is None or at.end is None or until is None or at.start is None or at.start == at.end:
        return False
    return bounds(at.end)[1] < bounds(until)[0]
