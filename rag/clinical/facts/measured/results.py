"""Results of tests and measures in running text: each value with its unit, its day, and what makes it no
result of this patient.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from rag.clinical.concepts import concept, kinds_of
from rag.clinical.facts.dating import Dated, time_of
from rag.clinical.facts.measured.found import Found, after_gap, end_of_tail, past_date, tail_of
from rag.clinical.facts.measured.measures import (
    MeasuredValue,
    accepted,
    in_first_unit,
    is_possible,
    measured_at,
    needs_unit,
    word_pattern,
)
from rag.clinical.facts.measured.wordy import OUT_OF, PRESSURE, SCORE, in_words, pressures, scored, spread_of
from rag.clinical.facts.note import DOUBTFUL, LIKELY, SURE, NamedConcept, Note
from rag.clinical.measures.ucum import unit_at
from rag.clinical.patterns import pattern
from rag.clinical.times.periods import of_day
from rag.core.facts import Fact, FactKind, Period
from rag.core.text import Span

_NOTHING = re.compile(r"(?!)")
_ARROW = re.compile(
    r"[\s,;]*(?:→|->|-->|=>|>>|➔|puis (?:a |de )?|then (?:to )?)\s*"
    r"|\s*(?:(?<=\d)\s+a(?=\s\d)|\bto(?=\s\d)|,\s?(?=\d)|\b(?:and|et)(?=\s\d))\s*"
    r"|,?\s*(?:(?:and|et|then|puis|before|avant de|but|mais|with|avec)\s+)?(?:then\s+|puis\s+|has\s+"
    r"|had\s+|a\s+ete\s+|est\s+|was\s+)?"
    r"(?:return\w*|f[ae]ll\w*|drop\w*|decreas\w*|declin\w*|improv\w*|c[ao]m\w+ (?:back )?down"
    r"|r[io]s\w+|increas\w*|w[ae]nt"
    r" (?:up|down|back)|normali[sz]\w*|re?tour\w*|re?descend\w*|re?mont\w*|diminu\w*|augment\w*"
    r"|amelior\w*|pass\w+|re?baiss\w*)"
    r"(?: back| up| down)?\s+(?:to|a|at)\s+(?=[\d<>])"
)
_NOUN = re.compile(r"\s(?!le |la |au |en |on |at |ce |the |this |puis |then |et |and |a |to )[a-z]{2,}")
_EARLIER = re.compile(
    r"\s*+(?:\(\s*+|[^.;\n(\d]{0,20}(?:\d{1,3}\s?%[^.;\n(\d]{0,24})?"
    r"\b(?:contre|versus|vs\.?|from|au lieu de|compared (?:with|to)|previously|anterieurement)\s++)"
    r"(?:contre |versus |vs\.? |from |it was |was |were |etait (?:a )?|etaient (?:a )?|previously "
    r"|anterieurement |prior )?"
    r"(?=[<>≤≥~]?\s?\d)"
)
_CONTROL = re.compile(r"[^.\n]{0,60}\bcontrole\w*\s(?:a\s)?(?=\d)")
"""What parts a value from that of its control: ``7,8 le 25/08, transfusée ; contrôle 9,6 le 27/08``."""
_EARLIER_TAIL = re.compile(
    r"\s*(?:,|:)?\s*(?:(?:en|le|au|on|in|of|du|from|a|at|il y a|the)\s)?(?:l'|the )?\s*"
)
_LOOSE = re.compile(r"\s*(?:,|\band\b|\bet\b)\s*")
_CLAUSE_START = re.compile(r"[;.](?=\s)|\n|,\s")
_CHANGE_OF = pattern("change", "of", r"\b", "$")
_BY = re.compile(r"\s*(?:de|of|by|d')\s*")
_AFTER = re.compile(r"[\s:,→>=-]*")


_OF_BIRTH = frozenset({"birth_weight", "apgar", "head_circumference"})
"""What is always a child's; other values of the child are unconfirmed in the mother's record."""
_BLOOD_GROUP = re.compile(
    r"[\s:=|]*(?P<told>(?:ab|a|b|o)"
    r"(?:\s?,?\s?(?:rh(?:esus)?\s?d?\s?)?(?:positi(?:f|ve)|negati(?:f|ve)|pos|neg|\+|-))?)(?!\w)"
)
_APGAR = re.compile(r"\d{1,2}(?:\s?(?:/|-|–|,|;|et|and|puis|then)\s?\d{1,2}){1,2}(?![\d/])")


def results_in(note: Note, kind: FactKind, is_tabled: Sequence[Span]) -> Iterator[Fact]:
    """Yield the results of one kind (``lab`` or ``vital``) in running text, the lines of tables left out."""
    things = note.measured
    for number, named in enumerate(things):
        if named.kind != kind or any(start <= named.start < end for start, end in is_tabled):
            continue
        line = note.line_at(named.start)
        following = next(
            (other.start for other in things[number + 1 :] if other.start >= named.end), line.end
        )
        limit = min(line.end, following) if line.end >= named.end else named.end
        for found in _found(note, named, limit):
            if fact := fact_of(note, kind, found, limit):
                yield fact


def fact_of(note: Note, kind: FactKind, found: Found, limit: int, dated: Dated | None = None) -> Fact | None:
    """Return a result as a fact, None where it is a limit, an aim, or another person's."""
    named, measured = found.named, found.measured
    if dated is None and _is_no_result(note, found):
        return None
    stand = note.stand((named.start, named.end))
    is_mother = note.is_maternal and stand.relation == "mother"
    if (stand.assertion == "family" and not is_mother) or stand.is_conditional:
        return None
    of_child = note.children.holds(named.start)
    if of_child and found.concept == "weight":
        found = replace(found, concept="birth_weight")
    limit = limit if found.stop is None else min(limit, found.stop)
    when = dated or time_of(note, (named.start, found.end), limit)
    born = note.anchors.operation
    if of_child and found.concept in _OF_BIRTH and not when.is_named and born is not None:
        when = Dated(of_day(born), LIKELY)
    if found.at is not None:
        when = Dated(found.at, SURE, True)
    at, confidence = (None, min(when.confidence, 0.6)) if found.is_older else (when.at, when.confidence)
    doubtful = (
        (measured is not None and not is_possible(found.concept, measured))
        or (named.others and dated is None and (measured is None or not measured.has_unit))
        or note.foreign.holds(named.start)
        or (of_child and found.concept not in _OF_BIRTH)
    )
    if measured is not None and not measured.has_unit and accepted(found.concept) - SCORE:
        confidence = min(confidence, LIKELY)
    details = dict(found.details)
    if of_child:
        details["subject"] = "newborn"
    if found.is_older:
        details["earlier"] = "1"
    converted = (
        in_first_unit(found.concept, measured.value, measured.unit)
        if measured is not None and measured.unit
        else None
    )
    if measured is not None and converted is not None and converted[0] != measured.value:
        details["converted"] = f"{converted[0]:.6g} {converted[1]}"
    if measured is not None and "interpretation" not in details and (letter := _against(measured, details)):
        details["interpretation"] = letter
    return Fact(
        kind=kind,
        concept=found.concept,
        label=note.quote(named.start, named.end),
        spans=(found.span,),
        status="unconfirmed" if doubtful else found.status,
        value=measured.value if measured else None,
        comparator=measured.comparator if measured else "",
        unit=measured.unit if measured else "",
        value_text=found.words,
        at=at,
        recorded_at=note.authored_at,
        confidence=min(confidence, DOUBTFUL) if doubtful else confidence,
        codes=_codes(found.concept),
        details=details,
    )


def _codes(concept_id: str) -> tuple:  # type: ignore[type-arg]
    try:
        return concept(concept_id).codes
    except KeyError:
        return ()


def _against(measured: MeasuredValue, details: dict[str, str]) -> str:
    """Return how a value lies against its reference range, "" where none is given."""
    low, high = details.get("reference_low"), details.get("reference_high")
    if high is not None and measured.value > float(high):
        return "H"
    if low is not None and measured.value < float(low):
        return "L"
    return "N" if (low is not None or high is not None) and not measured.comparator else ""


def _is_no_result(note: Note, found: Found) -> bool:
    """Tell whether a number beside a test is a limit, an aim or an example: ``objectif INR 2``, ``si K+ >
    5,5``.
    """
    named = found.named
    if found.measured is not None and found.measured.comparator and found.concept in ("weight", "height"):
        return True  # "poids > 20 kg" is a condition: nobody weighs more than
    if note.rooms.role(named.start) in ("targets", "advice"):
        return True
    sentence = note.sentence_at(named.start)
    start = max(
        (mark.end() for mark in _CLAUSE_START.finditer(note.plain, sentence.start, named.start)),
        default=sentence.start,
    )
    end = found.measured.start if found.measured else named.end
    pattern = word_pattern("not_result", "before")
    if (
        pattern.search(note.plain, start, named.start) is not None
        or pattern.search(note.plain, named.end, end) is not None
    ):
        return True
    if _CHANGE_OF.search(note.plain[start : named.start]) and _BY.fullmatch(note.plain, named.end, end):
        return True
    follows = _AFTER.match(note.plain, found.end).end()  # type: ignore[union-attr]  # matches everywhere
    if (
        found.measured is not None
        and found.measured.comparator
        and word_pattern("not_result", "explains").match(note.plain, follows)
    ):
        return True
    return word_pattern("not_result", "after").match(note.plain, follows) is not None


def _found(note: Note, named: NamedConcept, limit: int) -> Iterator[Found]:
    readings = (named.concept, *named.others)
    heading = _unit_in_brackets(note, named, limit)
    position = after_gap(note, heading[1] if heading else named.end, limit)
    if named.concept in ("blood_pressure", "mean_arterial_pressure") and (
        pressure := PRESSURE.match(note.plain, position, limit)
    ):
        yield from pressures(note, named, pressure)
        return
    if named.concept == "blood_group":
        if group := _BLOOD_GROUP.match(note.plain, named.end, limit):
            span = (named.start, group.end())
            yield Found(named, named.concept, None, note.quote(*group.span("told")), span, group.end())
        return
    if named.concept == "apgar" and (marks := _APGAR.match(note.plain, position, limit)):
        span = (named.start, marks.end())
        yield Found(named, "apgar", None, note.quote(*marks.span()), span, marks.end())
        return
    if (score := OUT_OF.match(note.plain, position, limit)) and accepted(named.concept) & SCORE:
        yield scored(note, named, score, limit)
        return
    if "culture" in kinds_of(named.concept):
        if words := in_words(note, named, position, limit):
            yield words
        return
    first = measured_at(note.text, note.plain, position, limit, note.language, readings)
    if first is None:
        if between := spread_of(note, named, position, limit):
            yield between
            return
        if words := in_words(note, named, position, limit):
            yield words
        return
    measured, reading = first
    if heading is not None and not measured.has_unit:
        measured = replace(measured, unit=heading[0], fits=True, has_unit=True)
    if (measured.has_unit and not measured.fits) or (
        not measured.has_unit and (not accepted(reading) or needs_unit(reading))
    ):
        return
    yield from _series(note, named, reading, measured, limit)


def _unit_in_brackets(note: Note, named: NamedConcept, limit: int) -> tuple[str, int] | None:
    """Return the unit written in brackets after the name of a test and where they end: ``Hb (g/dL) 11,2``."""
    opened = _OPENED.match(note.plain, named.end, limit)
    unit = unit_at(note.text, opened.end(), limit) if opened else None
    if unit is None or note.text[unit.end : unit.end + 1] != ")":
        return None
    known = accepted(named.concept)
    fitting = next((ucum for ucum, factor in unit.readings if ucum in known and factor == 1), None)
    return (fitting, unit.end + 1) if fitting else None


_OPENED = re.compile(r"\s?\(")


def _series(
    note: Note, named: NamedConcept, reading: str, measured: MeasuredValue, limit: int
) -> Iterator[Found]:
    """Yield a value and those that follow it by arrows: ``92 → 134 µmol/L``, all in the unit that one of them
    has.
    """
    values = [measured]
    ends = [end_of_tail(note, measured.end, limit)]
    while (arrow := _arrow(note, ends[-1], limit)) and (
        following := measured_at(note.text, note.plain, arrow.end(), limit, note.language, (reading,))
    ):
        if not following[0].has_unit and _NOUN.match(note.plain, following[0].end):
            break  # "Hb 7,6 -> 2 CGR": a number of something else
        if (following[0].has_unit and not following[0].fits) or (
            _LOOSE.fullmatch(arrow[0])
            and not following[0].has_unit
            and not (_is_placed(note, ends[-1], limit) and _has_date(note, following[0].end, limit))
        ):
            break
        values.append(following[0])
        ends.append(end_of_tail(note, following[0].end, limit))
    unit = next((value.unit for value in values if value.unit), "")
    earlier = tuple(_earlier(note, named, reading, values[-1], ends[-1], limit))
    stop = next((one.measured.start for one in earlier if one.measured is not None), None)
    for index, value in enumerate(values):
        whole = (
            value
            if value.unit or not unit
            else MeasuredValue(value.value, value.comparator, unit, value.start, value.end, True, True)
        )
        details, end, status = tail_of(note, value.end, ends[index] if index + 1 < len(values) else limit)
        until = values[index + 1].start if index + 1 < len(values) else None
        dated = until is None or any(value.end <= when.start < until for when in note.whens)
        entry = _at_entry(note, value.end, limit)
        yield Found(
            named,
            reading,
            whole,
            note.quote(value.start, value.end),
            (named.start, value.end),
            end,
            tuple(details.items()),
            status,
            not dated and entry is None,
            at=None if dated else entry,
            stop=stop,
        )
    yield from earlier


def _arrow(note: Note, position: int, limit: int) -> re.Match[str] | None:
    """Return what leads from a value to the next one of the same test, past the first one's own time."""
    after = past_date(note, position, limit)
    if entry := _AT_ENTRY.match(note.plain, after, limit):
        after = entry.end()
    found = _ARROW.match(note.plain, after, limit)
    if found is None and after > position:
        found = _CONTROL.match(note.plain, after, limit)
    return found


def _at_entry(note: Note, position: int, limit: int) -> Period | None:
    """Return the day of admission for a value that is said to be of then."""
    admission = note.anchors.admission
    if admission is None or _AT_ENTRY.match(note.plain, position, limit) is None:
        return None
    return of_day(admission)


def _is_placed(note: Note, position: int, limit: int) -> bool:
    """Tell whether a value has a time of its own: a day, or the admission."""
    return _has_date(note, position, limit) or _AT_ENTRY.match(note.plain, position, limit) is not None


_AT_ENTRY = re.compile(r"\s?\(?(?:a l'(?:entree|admission)|on admission)\b\)?")


def _has_date(note: Note, position: int, limit: int) -> bool:
    return past_date(note, position, limit) > position


def _earlier(
    note: Note, named: NamedConcept, reading: str, last: MeasuredValue, position: int, limit: int
) -> Iterator[Found]:
    """Yield the earlier value that is set against one: ``61 kg (55 en juin)``, ``1,12 L contre 1,30 L en
    2022``.

    Only where its own time is written: without one it is of no known day.
    """
    opening = _EARLIER.match(note.plain, position, limit)
    got = (
        measured_at(note.text, note.plain, opening.end(), limit, note.language, (reading,))
        if opening is not None
        else None
    )
    if got is None or (got[0].has_unit and not got[0].fits):
        return
    value = got[0]
    tail = _EARLIER_TAIL.match(note.plain, value.end, limit)
    start = tail.end() if tail is not None else value.end
    when = next((when for when in note.whens if value.end <= when.start <= start <= when.end), None)
    entry = _at_entry(note, value.end, limit)
    if when is None or when.period is None:
        at, end = entry, value.end
    else:
        at, end = (None if when.is_future else when.period), when.end
    if at is None or not is_possible(reading, value):
        return
    if not value.has_unit and last.has_unit:
        value = MeasuredValue(value.value, value.comparator, last.unit, value.start, value.end, True, True)
    yield Found(
        named,
        reading,
        value,
        note.quote(value.start, value.end),
        (named.start, end),
        end,
        at=at,
    )
