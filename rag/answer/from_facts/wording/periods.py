"""Which times of a record a question means: dates as written, an event of the record, days after an
operation.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from rag.answer.from_facts.operations import surgeries
from rag.answer.from_facts.record import Record, in_time, moment, time_of
from rag.clinical.times.dates import DateParts
from rag.core.facts import Fact
from rag.core.times import bounds, is_clinical_time
from rag.understand.values import TimeAsked

_FOREVER = float("inf")
_WITHIN_DAYS = 1
"""Days around an event of the record that its documents may be dated."""
_DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Limits:
    """A closed period in seconds."""

    start: float
    end: float

    def holds(self, fact: Fact) -> bool:
        """Tell whether a fact may have been in the period."""
        time = time_of(fact)
        if time is None:
            return False
        first, last = bounds(time)
        return first <= self.end and last >= self.start


def limits_of(when: TimeAsked, record: Record) -> Limits | None:
    """Return the period that a question means in this record; None where the record does not date it."""
    if when.months is not None:
        return _last_months(when.months, record)
    if when.day is not None or when.anchor:
        return _around_event(when, record)
    spans = [span for parts in when.dates if (span := _span(parts, record, when)) is not None]
    if len(spans) < len(when.dates) or not spans:
        return None
    if when.mode == "between" and len(spans) >= 2:
        return _between(when.dates, spans)
    first, last = spans[0]
    if when.mode == "before":
        return Limits(-_FOREVER, first - 1)
    return Limits(first, _FOREVER) if when.mode == "after" else Limits(first, last)


def fitting(facts: Iterable[Fact], when: TimeAsked, record: Record) -> list[Fact] | None:
    """Return the facts of the time asked about; None where the record does not date that time."""
    if not when.is_limited:
        return list(facts)
    limits = each_limits(when, record)
    if not limits:
        return None
    return [fact for fact in facts if any(one.holds(fact) for one in limits)]


def each_limits(when: TimeAsked, record: Record) -> list[Limits]:
    """Return every period that a question means, in the order asked: two dates apart, admission and
    discharge, before an operation and after it.
    """
    if when.mode == "around" and when.anchor:
        sides = (limits_of(replace(when, mode=mode, others=()), record) for mode in ("before", "after"))
        return [one for one in sides if one is not None]
    if when.mode == "between" and len(when.dates) < _TWO:
        ends = [*_events(when, record), *each_date(when, record)]
        return (
            [Limits(min(one.start for one in ends), max(one.end for one in ends))]
            if len(ends) >= _TWO
            else []
        )
    if when.mode == "at" and (len(when.dates) >= _TWO or when.others or (when.dates and when.anchor)):
        return [*_events(when, record), *each_date(when, record)]
    one = limits_of(when, record)
    return [] if one is None else [one]


def _events(when: TimeAsked, record: Record) -> list[Limits]:
    anchors = [anchor for anchor in (when.anchor, *when.others) if anchor]
    found = (
        _around_event(replace(when, anchor=anchor, others=(), dates=(), mode="at"), record)
        for anchor in anchors
    )
    return [one for one in found if one is not None]


_TWO = 2


def each_date(when: TimeAsked, record: Record) -> list[Limits]:
    """Return the period of every date of a question apart, to compare them."""
    return [Limits(*span) for parts in when.dates if (span := _span(parts, record, when)) is not None]


def _between(dates: Sequence[DateParts], spans: Sequence[tuple[float, float]]) -> Limits:
    """``entre novembre et mai``: where no year is written for the first, it is the last such time before the
    second.
    """
    (first, _), (_, last) = spans[0], spans[1]
    if first > last and dates[0][0] is None:
        first = _a_year_earlier(first)
    return Limits(min(first, last), max(first, last))


def _a_year_earlier(second: float) -> float:
    moment = datetime.fromtimestamp(second, UTC)
    return moment.replace(year=moment.year - 1, day=min(moment.day, 28)).timestamp()


def _span(parts: DateParts, record: Record, when: TimeAsked) -> tuple[float, float] | None:
    """Return the first and last second of a date; one without a year is in the latest year in which the
    record has it.
    """
    year, month, day = parts
    if year is not None:
        return bounds(_iso(year, month, day))
    if month is None:
        return None
    month, day = _as_recorded(month, day, record)
    times = [time for fact in record.facts if (time := time_of(fact)) and len(time) >= 7]
    fits = [
        time for time in times if int(time[5:7]) == month and (day is None or time[8:10] in ("", f"{day:02}"))
    ]
    years = [int(time[:4]) for time in fits] or (
        [int(time[:4]) for time in times] if when.mode != "at" else []
    )
    return bounds(_iso(max(years), month, day)) if years else None


def _as_recorded(month: int, day: int | None, record: Record) -> tuple[int, int | None]:
    """Return month and day the other way round where the record knows that day alone (``6/4`` of June)."""
    if day is None or day > _MONTHS or day == month:
        return month, day
    days = {time[5:10] for fact in record.facts if (time := time_of(fact)) and len(time) >= len("2026-01-31")}
    as_read, turned = f"{month:02}-{day:02}", f"{day:02}-{month:02}"
    return (day, month) if turned in days and as_read not in days else (month, day)


_MONTHS = 12


def _iso(year: int, month: int | None, day: int | None) -> str:
    if month is None:
        return f"{year:04}"
    if day is None:
        return f"{year:04}-{month:02}"
    return f"{year:04}-{month:02}-{min(day, calendar.monthrange(year, month)[1]):02}"


def _last_months(months: int, record: Record) -> Limits | None:
    last = record.last_date()
    return Limits(bounds(last)[0] - months * 30.5 * _DAY_S, _FOREVER) if last else None


def _around_event(when: TimeAsked, record: Record) -> Limits | None:
    days = event_days(when, record)
    days = _of_dates(days, when, record)
    if not days:
        return None
    event = days[-1]
    if when.day is not None:
        return _day_limits(event + timedelta(days=when.day))
    if when.mode == "before":
        return Limits(-_FOREVER, _day_limits(event).start - 1)
    if when.mode == "after":
        return Limits(_day_limits(event).start, _FOREVER)
    around = timedelta(days=_WITHIN_DAYS if when.anchor != "operation" else 0)
    return Limits(_day_limits(event - around).start, _day_limits(event + around).end)


def _of_dates(days: Sequence[date], when: TimeAsked, record: Record) -> list[date]:
    """Return the days of an event that a question dates too (``the operation in February``), else all."""
    told = [span for parts in when.dates if (span := _span(parts, record, when)) is not None]
    limits = [(day, _day_limits(day)) for day in days]
    dated = [
        day
        for day, of_day in limits
        if any(first <= of_day.end and of_day.start <= last for first, last in told)
    ]
    return dated or list(days)


def event_days(when: TimeAsked, record: Record) -> list[date]:
    """Return the days of the event that a question means, from the earliest: operations done, admissions,
    discharges.
    """
    if when.anchor == "operation":
        times = [time_of(fact) for fact in surgeries(record.facts)]
    else:
        end = when.anchor == "discharge"
        stays = [
            fact.at for fact in in_time(record.facts) if fact.kind == "encounter" and fact.at is not None
        ]
        times = [(at.end if end else at.start) for at in stays]
        kinds = ("discharge_letter", "discharge_summary") if end else ("admission_note",)
        times += [document.authored_at for document in record.documents.values() if document.kind in kinds]
    return sorted(
        {
            date.fromisoformat(time[:10])
            for time in times
            if time and len(time) >= 10 and is_clinical_time(time)
        }
    )


def _day_limits(day: date) -> Limits:
    return Limits(*bounds(day.isoformat()))


def nearest(facts: Sequence[Fact], limits: Limits | None) -> list[Fact]:
    """Return facts by how near they are to a period, the nearest first; the latest first where there is
    none.
    """
    if limits is None:
        return sorted(facts, key=lambda fact: -moment(fact))
    return sorted(facts, key=lambda fact: max(limits.start - moment(fact), moment(fact) - limits.end, 0.0))
