"""Medicines ordered, dispensed and given (RXO, RXE, RXD, RXG, RXA with RXR, RXC, TQ1): one line each, with
all that its order says.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rag.core.facts import Fact, FactStatus
from rag.ingest.hl7v2.groups import Entry
from rag.ingest.hl7v2.message import Segment
from rag.ingest.hl7v2.people import coded, professional
from rag.ingest.hl7v2.telling.fields import joined, rest, words
from rag.ingest.hl7v2.telling.results import all_codes
from rag.ingest.records.facts import Measured, day, filled, measured, span
from rag.ingest.records.wording.units import unit_in_words
from rag.ingest.records.wording.when import dated, from_stamp, span_in_words
from rag.messages import catalogue, message


@dataclass(frozen=True, slots=True)
class _MedicineFields:
    """Where the segments of medicines hold the same thing; 0 where one has none."""

    code: int
    low: int
    high: int
    unit: int
    form: int
    strength: int
    rate: int
    rate_per: int
    timing: int = 0
    total: int = 0
    reasons: tuple[int, ...] = ()


_PLACES = {
    "RXO": _MedicineFields(1, 2, 3, 4, 5, 18, 21, 17, total=23, reasons=(20,)),
    "RXE": _MedicineFields(2, 3, 4, 5, 6, 25, 23, 22, timing=1, total=19, reasons=(27,)),
    "RXD": _MedicineFields(2, 4, 0, 5, 6, 16, 0, 0, total=12, reasons=(21,)),
    "RXG": _MedicineFields(4, 5, 6, 7, 8, 17, 15, 14, timing=3, reasons=(22,)),
    "RXA": _MedicineFields(5, 6, 0, 7, 8, 13, 0, 0, reasons=(19,)),
}
_STOPPED = frozenset("CA DC OC OD CR DR UX DE".split())
"""Order controls (ORC-1) after which an order no longer stands: cancelled or discontinued."""
_HELD = frozenset("HD OH HR".split())
_CHANGED = frozenset("XO XX XR RP RO RU".split())
_NO_AMOUNT = ("", "0", "999")
_UNITS = {"S": "s", "M": "min", "H": "h", "D": "d", "W": "wk", "L": "mo"}


def medicine_line(entry: Entry, language: str) -> tuple[str, Fact | None]:
    """Return a medicine in words, and the fact that it states; None for an entry that was deleted or names
    nothing.
    """
    segment, places = entry.segment, _PLACES[entry.name]
    what = coded(segment, places.code) or message("record.unknown_what", language)
    dose, schedules = _dose(entry, places), _schedules(entry, places, language)
    route = ", ".join(
        text for part in entry.parts if part.name == "RXR" for at in (1, 2) for text in words(part, at)
    )
    reasons = [text for at in places.reasons for text in words(segment, at)]
    refusals = words(segment, 18) if entry.name == "RXA" else []
    status = _status(entry)
    parts = [
        dose,
        *words(segment, places.form),
        _strength(segment, places),
        _rate(segment, places, language),
        route,
        *schedules,
        _most(segment, places, language),
        *(_component(part) for part in entry.parts if part.name == "RXC"),
        _when(entry, language),
        *(message("record.reason_is", language, text=text) for text in (*reasons, *refusals)),
        _lot(segment, language),
    ]
    said = message("record.semicolon", language).join(dict.fromkeys(filter(None, parts)))
    line = f"{_head(what, status, entry, language)}{' — ' if said else ''}{said}"
    line += "".join(
        f"{message('record.semicolon', language)}{text}" for text in _further(entry, line, language)
    )
    if entry.name == "RXA" and segment.get(21).upper() == "D":
        return line, None
    return line, _fact(
        entry, places, what, line, status, dose, route, ", ".join(schedules), [*reasons, *refusals]
    )


def _status(entry: Entry) -> FactStatus:
    """Return what became of a medicine: by its completion where it was given, else by what its order
    commands.
    """
    segment, order = entry.segment, entry.order
    if entry.name == "RXA":
        return "not_to_give" if segment.get(20).upper() in ("NA", "RE") else "given"
    control = order.get(1).upper() if order is not None else ""
    state = order.get(5).upper() if order is not None else ""
    if control in _STOPPED or state in ("CA", "DC", "RP"):
        return "stopped"
    if control in _CHANGED:
        return "changed"
    return "given" if entry.name == "RXG" else "started" if control == "NW" else "continued"


def _head(what: str, status: FactStatus, entry: Entry, language: str) -> str:
    if status == "not_to_give":
        return message("record.not_given", language, what=what)
    if status == "stopped":
        return message("record.no_longer", language, what=what, status=message("status.stopped", language))
    if entry.order is not None and entry.order.get(1).upper() in _HELD:
        return f"{what} ({message('status.on-hold', language)})"
    return what


def _dose(entry: Entry, places: _MedicineFields) -> str:
    segment = entry.segment
    low = segment.get(places.low)
    high = segment.get(places.high) if places.high else ""
    unit = unit_in_words(coded(segment, places.unit))
    amount = f"{low}–{high}" if low and high not in ("", low) else low
    return f"{amount} {unit}".strip() if amount not in _NO_AMOUNT else ""


def _strength(segment: Segment, places: _MedicineFields) -> str:
    amount = segment.get(places.strength)
    return f"{amount} {unit_in_words(coded(segment, places.strength + 1))}".strip() if amount else ""


def _rate(segment: Segment, places: _MedicineFields, language: str) -> str:
    if not places.rate:
        return ""
    amount, per = segment.get(places.rate), segment.get(places.rate_per)
    unit = unit_in_words(coded(segment, places.rate + 1)) if amount else ""
    shown = f"{amount} {unit}".strip()
    each = _duration(per, language)
    return f"{shown} / {each}" if shown and each else shown or (f"/ {each}" if each else "")


def _most(segment: Segment, places: _MedicineFields, language: str) -> str:
    value = next(iter(segment.repetitions(places.total)), "") if places.total else ""
    amount = segment.part(value, 1)
    unit = segment.part(value, 2, 2) or segment.part(value, 2, 1)
    text = f"{amount} {unit_in_words(unit)}".strip()
    return message("record.total_daily", language, dose=text) if amount else ""


def _component(segment: Segment) -> str:
    amount = " ".join(filter(None, (segment.get(3), unit_in_words(coded(segment, 4)))))
    strength = " ".join(filter(None, (segment.get(5), unit_in_words(coded(segment, 6)))))
    return " ".join(filter(None, ("+" if segment.get(1) != "B" else "", coded(segment, 2), amount, strength)))


def _schedules(entry: Entry, places: _MedicineFields, language: str) -> list[str]:
    """Return when a medicine is to be taken, of TQ1, of RXE-1 and ORC-7 as older versions write it."""
    found = [_tq1(part, language) for part in entry.parts if part.name == "TQ1"]
    olds = [(entry.segment, places.timing)] if places.timing else []
    olds += [(entry.order, 7)] if entry.order is not None else []
    for segment, at in olds:
        found += [_tq(segment, value, language) for value in segment.repetitions(at)]
    return list(dict.fromkeys(filter(None, found)))


def _tq1(segment: Segment, language: str) -> str:
    patterns = [
        segment.part(value, 1, 2) or _pattern(segment.part(value, 1, 1), language)
        for value in segment.repetitions(3)
    ]
    period = span_in_words(_stamp(segment.get(7)), _stamp(segment.get(8)), language, clock=True)
    times = [f"{value[:2]}:{value[2:4]}" for value in segment.repetitions(4) if value[:4].isdigit()]
    duration = " ".join(
        filter(
            None,
            (
                segment.get(6, 1),
                segment.get(6, 2, 2) or _unit(segment.get(6, 2, 1), segment.get(6, 1), language),
            ),
        )
    )
    quantity = " ".join(
        filter(None, (segment.get(2, 1), unit_in_words(segment.get(2, 2, 2) or segment.get(2, 2, 1))))
    )
    told = [
        quantity,
        *patterns,
        *times,
        message("record.during", language, time=duration) if duration else "",
        period,
        *(catalogue(language).get(f"priority.{text.upper()}", text) for text in words(segment, 9)),
        segment.text(10),
        segment.text(11),
        message("record.occurrences", language, count=segment.get(14)) if segment.get(14) else "",
    ]
    return ", ".join(filter(None, told))


def _tq(segment: Segment, value: str, language: str) -> str:
    """Return a timing (TQ): dose, pattern with its times, duration, both ends, priority, condition, text, how
    often in all.
    """
    quantity = " ".join(filter(None, (segment.part(value, 1, 1), unit_in_words(segment.part(value, 1, 2)))))
    pattern, times = segment.part(value, 2, 1), segment.part(value, 2, 2)
    duration = _duration(segment.part(value, 3), language)
    told = [
        quantity if quantity != "1" else "",
        _pattern(pattern, language),
        times,
        message("record.during", language, time=duration) if duration else "",
        span_in_words(_stamp(segment.part(value, 4)), _stamp(segment.part(value, 5)), language, clock=True),
        catalogue(language).get(f"priority.{segment.part(value, 6).upper()}", segment.part(value, 6)),
        segment.part(value, 7),
        segment.part(value, 8),
        (
            message("record.occurrences", language, count=segment.part(value, 12))
            if segment.part(value, 12)
            else ""
        ),
    ]
    return ", ".join(filter(None, told))


def _pattern(code: str, language: str) -> str:
    """Return a repeat pattern (table 0335) in words: ``BID``, ``Q6H``; what is no pattern stays as it
    came.
    """
    code = code.strip()
    known = catalogue(language).get(f"pattern.{code.upper()}", "")
    if known or not code:
        return known
    if code.upper().startswith("Q") and code[1:-1].isdigit() and code[-1].upper() in _UNITS:
        return message("record.every", language, time=_duration(f"{code[-1]}{code[1:-1]}", language))
    return code


def _duration(text: str, language: str) -> str:
    """Return ``D10`` as ``10 jours``; what is written otherwise stays."""
    unit = _UNITS.get(text[:1].upper(), "")
    return f"{text[1:]} {_unit(unit, text[1:], language)}" if unit and text[1:].isdigit() else text


def _unit(unit: str, count: str, language: str) -> str:
    one, _, many = catalogue(language).get(f"duration.{unit}", unit).partition("|")
    return one if count in ("0", "1") or not many else many


def _stamp(text: str) -> str | None:
    return from_stamp(text) if text else None


def _times(entry: Entry) -> tuple[str | None, str | None]:
    segment = entry.segment
    if entry.name == "RXA":
        return _stamp(segment.get(3)), _stamp(segment.get(4)) or _stamp(segment.get(3))
    if entry.name == "RXD":
        return _stamp(segment.get(3)), _stamp(segment.get(3))
    for part in entry.parts:
        if part.name == "TQ1" and (part.get(7) or part.get(8)):
            return _stamp(part.get(7)), _stamp(part.get(8))
    place = _PLACES[entry.name].timing
    if place and (segment.get(place, 4) or segment.get(place, 5)):
        return _stamp(segment.get(place, 4)), _stamp(segment.get(place, 5))
    order = entry.order
    if order is None:
        return None, None
    return (_stamp(order.get(7, 4)) or _stamp(order.get(15)) or _stamp(order.get(9))), _stamp(order.get(7, 5))


def _when(entry: Entry, language: str) -> str:
    start, end = _times(entry)
    if entry.name in ("RXA", "RXD"):
        return span_in_words(start, end, language, clock=True)
    asked = _stamp(entry.order.get(9)) if entry.order is not None else None
    return message("record.prescribed_on", language, date=dated(asked, language)) if asked else ""


def _lot(segment: Segment, language: str) -> str:
    place = {"RXA": 15, "RXD": 18, "RXG": 19}.get(segment.name, 0)
    lots = [joined(segment, value) for value in segment.repetitions(place)] if place else []
    return message("record.lot", language, number=", ".join(lots)) if lots else ""


def _further(entry: Entry, line: str, language: str) -> Iterator[str]:
    """Yield what else the segments of a medicine say, and its notes."""
    colon = message("record.colon", language)
    orders = [entry.order] if entry.order is not None else []
    for segment in (entry.segment, *entry.parts, *orders):
        for label, text in rest(segment, line, frozenset(), language):
            yield f"{label}{colon} {text}"
    for note in entry.notes:
        yield message("record.note_is", language, text=note)


def _fact(
    entry: Entry,
    places: _MedicineFields,
    what: str,
    line: str,
    status: FactStatus,
    dose: str,
    route: str,
    frequency: str,
    reasons: list[str],
) -> Fact:
    segment, (start, end) = entry.segment, _times(entry)
    is_given = entry.name in ("RXA", "RXG")
    codes = tuple(all_codes(segment, places.code))
    is_vaccine = any(code.system == "cvx" for code in codes)
    is_one = bool(dose) and "–" not in dose
    number = measured(segment.get(places.low), coded(segment, places.unit)) if is_one else Measured()
    return Fact(
        "procedure" if is_vaccine else "drug",
        "",
        what,
        status=("cancelled" if status == "not_to_give" else "done") if is_vaccine else status,
        assertion="negated" if status == "not_to_give" else "present",
        value_text=dose,
        at=day(start) if is_given else span(start, end),
        reason="; ".join(reasons),
        source="structured",
        codes=codes,
        details=filled(
            dose=dose,
            route=route,
            frequency=frequency,
            operator=professional(segment, 10) if entry.name == "RXA" else "",
        ),
        value=number.value,
        unit=number.unit,
    )
