"""What became of a treatment or a device, by all that a record says of it. What is documented last is no
proof of what is taken.

The one place of this rule: answers, the pathway and the page read it here. The latest statement counts: a
stop of September outweighs an earlier ``continued``, whichever was written last.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import Literal

from rag.clinical.measures.numbers import number_value
from rag.core.facts import Fact
from rag.core.times import bounds, is_clinical_time

State = Literal["", "open", "ended", "planned", "given"]
"""``open``: nothing says that it ended; ``given``: on single occasions only; empty for what has no course."""
Became = Literal["taken", "stopped", "planned", "refused", "given", "ended"]
"""What became of a treatment: ``ended`` after the days that it was to last, ``refused`` where it must not be
given.
"""
Stay = tuple[str | None, str | None]
"""First and last day of a stay in hospital."""

ENDS = ("stopped", "removed", "resolved")
_BECAME: dict[str, Became] = {
    "stopped": "stopped",
    "removed": "stopped",
    "resolved": "stopped",
    "not_to_give": "refused",
    "planned": "planned",
    "given": "given",
}
_STATE: dict[Became, State] = {
    "taken": "open",
    "stopped": "ended",
    "ended": "ended",
    "refused": "ended",
    "planned": "planned",
    "given": "given",
}
_DAY = 10
"""Characters of a day in ISO 8601."""
_LASTING = re.compile(
    r"(?P<count>\d{1,3}|\w+)\s?(?P<unit>jours?|j|days?|d|semaines?|sem|weeks?|wks?|mois|months?)\b",
    re.IGNORECASE,
)
_DAYS = {"j": 1, "d": 1, "s": 7, "w": 7, "m": 30}


def latest(facts: Sequence[Fact]) -> Fact:
    """Return the statement that counts: the latest day, a firm one before a plan, then the latest document,
    an end, a dose.
    """
    return max(facts, key=_weight)


def became(facts: Sequence[Fact], until: str | None, stays: Collection[Stay] = ()) -> tuple[Became, Fact]:
    """Return what became of a treatment and the fact that says so; ``until`` is when the record was last
    written to, which ends a treatment of limited time. The days of ``stays`` are no such limit.
    """
    firm = [fact for fact in facts if fact.status != "planned"] or list(facts)
    # "he was on" says nothing against what is told since, a single dose nothing against what is taken
    firm = [fact for fact in firm if fact.assertion != "history"] or firm
    lasting = [fact for fact in firm if fact.status != "given"]
    if len(lasting) < len(firm) and not any(_is_lasting(fact) for fact in lasting):
        lasting = []  # a bolus that the note of entry tells too is still a bolus
    firm = lasting or [fact for fact in firm if fact.status == "given"] or firm
    ordered = sorted(firm, key=_weight)
    last = _first_of_its_run(ordered) if ordered[-1].status in ENDS else ordered[-1]
    if last.status in _BECAME:
        return _BECAME[last.status], last
    end = end_of(last, stays)
    return ("ended" if end and until and bounds(end)[1] < bounds(until)[0] else "taken"), last


def _is_lasting(fact: Fact) -> bool:
    """Tell whether a statement is of a treatment that goes on, not of a dose that is only mentioned."""
    return fact.status != "" or bool({"frequency", "duration", "list"} & set(fact.details))


def state_of(facts: Sequence[Fact], until: str | None) -> State:
    """Return the state of a course as the pathway shows it."""
    return _STATE[became(facts, until)[0]]


def end_of(fact: Fact, stays: Collection[Stay] = ()) -> str | None:
    """Return the day until which a treatment is to be taken: by its counted days, else by the end of its
    time; None where nothing limits it.
    """
    if (end := _end_by_duration(fact)) is not None:
        return end
    at = fact.at
    if at is None or not at.end or at.start == at.end or not is_clinical_time(at.end):
        return None
    return None if (at.start, at.end) in stays else at.end


def _end_by_duration(fact: Fact) -> str | None:
    """Return the last day of a treatment whose length is told (``pendant 7 jours``), None where it is not."""
    found = _LASTING.search(fact.details.get("duration", ""))
    count = number_value(found["count"]) if found else None
    begun = _begun(fact)
    if found is None or count is None or not begun or len(begun) < _DAY:
        return None
    days = int(count) * _DAYS[found["unit"][0].lower()]
    return (date.fromisoformat(begun[:_DAY]) + timedelta(days=days)).isoformat()


def _begun(fact: Fact) -> str | None:
    """Return when a thing began, else when it was written down."""
    first = (fact.at.start or fact.at.end) if fact.at else None
    if fact.at and not fact.at.start and fact.recorded_at and (fact.at.end or "") > fact.recorded_at:
        first = fact.recorded_at  # "until the 18th", written on the 12th
    if fact.at and fact.at.end and fact.status in ENDS and fact.source == "structured":
        first = fact.at.end  # a coded entry that is over has both its days: what ends it is the second
    return next((iso for iso in (first, fact.recorded_at) if iso and is_clinical_time(iso)), None)


def _first_of_its_run(ordered: Sequence[Fact]) -> Fact:
    """Return the end that began the last run of ends: a letter that tells it again gives its own day for
    it.
    """
    first = ordered[-1]
    for fact in reversed(ordered):
        if fact.status not in ENDS:
            break
        first = fact
    return first


def _weight(fact: Fact) -> tuple[object, ...]:
    begun, written = _begun(fact), fact.recorded_at
    return (
        fact.status != "planned",
        bounds(begun[:_DAY])[0] if begun else 0.0,
        bounds(written)[0] if written and is_clinical_time(written) else 0.0,
        fact.status in ENDS,
        bool(fact.value_text or fact.details.get("dose")),
        fact.doc_id,
        fact.spans,
    )
