"""Stays in hospital, each once, however many documents tell of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from rag.answer.from_facts.record import Record, sure
from rag.answer.from_facts.values import FactStatement, statement
from rag.answer.from_facts.wording.phrases import on_date, say
from rag.core.facts import Fact
from rag.core.times import is_clinical_time

_LETTERS = frozenset({"discharge_letter", "discharge_summary"})
_LONGEST = 90
"""Days of the longest stay that is supposed where no document gives its end. Set by hand."""
_VISITS = frozenset({"consultation", "follow_up", "primary_care", "home_visit", "emergency_visit"})


@dataclass(frozen=True, slots=True)
class HospitalStay:
    """One stay: its days as ISO 8601 (the end is the start where no document says it), and the facts that
    tell of it.
    """

    start: str
    end: str
    facts: tuple[Fact, ...]

    def holds(self, day: str) -> bool:
        """Tell whether a day is of the stay."""
        return self.start <= day <= self.end

    def stated(self, language: str) -> FactStatement:
        """State the stay with its days."""
        best = max(self.facts, key=_is_whole)
        at = best.at
        if _is_whole(best) and at is not None:
            days = [on_date(at.start, language, "from"), on_date(at.end, language, "to")]
            return statement([best], say("stay", language), *days)
        return statement([best], say("stay", language), on_date(self.start, language, "of"))


def hospital_stays(record: Record) -> list[HospitalStay]:
    """Return the stays of a record, the earliest first; what overlaps is one."""
    told = sorted(
        (stay for fact in record.facts if (stay := _stay(fact)) is not None),
        key=lambda stay: (stay.start, stay.end),
    )
    merged: list[HospitalStay] = []
    for stay in (_until_letter(one, told, record) for one in told):
        if merged and stay.start <= merged[-1].end:
            last = merged[-1]
            merged[-1] = replace(last, end=max(last.end, stay.end), facts=(*last.facts, *stay.facts))
        else:
            merged.append(stay)
    return merged


def _until_letter(stay: HospitalStay, told: Sequence[HospitalStay], record: Record) -> HospitalStay:
    """Return a stay of which only the entry is told with the day of its discharge letter, where one follows
    before the next stay.
    """
    if stay.end != stay.start:
        return stay
    later = min((one.start for one in told if one.start > stay.start), default="9999")
    letters = [
        (document.authored_at or "")[:10]
        for document in record.documents.values()
        if document.kind in _LETTERS
    ]
    latest = (date.fromisoformat(stay.start) + timedelta(days=_LONGEST)).isoformat()
    end = min((day for day in letters if stay.start <= day <= min(later, latest)), default=stay.end)
    return replace(stay, end=end)


def _stay(fact: Fact) -> HospitalStay | None:
    if fact.kind != "encounter" or not sure([fact]) or fact.concept in _VISITS or fact.at is None:
        return None
    if fact.assertion not in ("present", "history") or fact.status in ("planned", "cancelled"):
        return None
    days = [iso[:10] for iso in (fact.at.start, fact.at.end) if iso and is_clinical_time(iso)]
    if not days or any(len(day) < len("2026-01-31") for day in days):
        return None
    return HospitalStay(min(days), max(days), (fact,))


def _is_whole(fact: Fact) -> bool:
    return fact.at is not None and bool(fact.at.start and fact.at.end) and fact.at.start != fact.at.end
