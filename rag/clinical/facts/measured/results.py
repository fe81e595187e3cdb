"""Results of tests and measures in running text: each value with its unit, its day, and what makes it no
result of this patient.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from rag.clinical.concepts import concept, kinds_of
from rag.clinical.facts.dating import Dated, time_of
from rag.clinical.facts.measured.measures import (
    MeasuredValue,
    accepted,
    flag_after,
    in_first_unit,
    is_possible,
    measured_at,
    needs_unit,
    reference_after,
    word_pattern,
)
from rag.clinical.facts.note import DOUBTFUL, LIKELY, SURE, NamedConcept, Note
from rag.clinical.folding import flat
from rag.clinical.languages import served
from rag.clinical.measures.ucum import unit_at
from rag.clinical.patterns import pattern
from rag.clinical.phrases import listed
from rag.core.facts import Fact, FactKind, FactStatus, Period
from rag.core.text import Span

_SKIP = re.compile(r"[\s:=…|*_]+|\.{2,}|[(\[](?=\s*\d)|[,/–](?=\s)|-(?=\s)")
_DAY_CODE = re.compile(r"[hj]\s?\+?\d{1,3}(?![\w.,])(?=\s*[:=(])")
_WORD = re.compile(r"[^\W\d_]+'?")
_NOTHING = re.compile(r"(?!)")
_ARROW = re.compile(
    r"[\s,;]*(?:→|->|-->|=>|>>|➔|puis (?:a |de )?|then (?:to )?)\s*"
    r"|\s*(?:(?<=\d)\s+a(?=\s\d)|\bto(?=\s\d)|,\s?(?=\d)|\b(?:and|et)(?=\s\d))\s*"
    r"|,?\s*(?:(?:and|et|then|puis|before|avant de|but|mais|with|avec)\s+)?(?:then\s+|puis\s+|has\s+|had\s+|a\s+ete\s+)?"
    r"(?:return\w*|f[ae]ll\w*|drop\w*|decreas\w*|declin\w*|improv\w*|c[ao]m\w+ (?:back )?down|r[io]s\w+|increas\w*|w[ae]nt"
    r" (?:up|down|back)|normali[sz]\w*|re?tour\w*|re?descend\w*|re?mont\w*|diminu\w*|augment\w*|amelior\w*|pass\w+|re?baiss\w*)"
    r"(?: back| up| down)?\s+(?:to|a|at)\s+(?=[\d<>])"
)
_EARLIER = re.compile(
    r"\s*(?:\(\s*|[^.;\n(\d]{0,20}(?:\d{1,3}\s?%[^.;\n(\d]{0,24})?\b(?:contre|versus|vs\.?|from|au lieu de|compared (?:with|to)|previously|anterieurement)\s+)"
    r"(?:contre |versus |vs\.? |from |it was |was |were |etait (?:a )?|etaient (?:a )?|previously |anterieurement |prior )?"
    r"(?=[<>≤≥~]?\s?\d)"
)
_EARLIER_TAIL = re.compile(r"\s*(?:,|:)?\s*(?:(?:en|le|au|on|in|of|du|from|a|at|il y a|the)\s)?(?:l'|the )?\s*")
_LOOSE = re.compile(r"\s*(?:,|\band\b|\bet\b)\s*")
_PRESSURE = re.compile(
    r"(?P<high>\d{2,3}|\d{1,2}[.,]\d)\s?(?:/|sur)\s?(?P<low>\d{1,3}|\d{1,2}[.,]\d)(?!\d|/)\s?(?:mm\s?hg|cm\s?hg)?"
)
_OUT_OF = re.compile(r"(?P<num>\d{1,3}(?:[.,]\d)?)\s?(?:/|sur|out of)\s?(?P<of>\d{1,3})(?![\d/])")
_SIGNS = re.compile(r"(?:\+{2,4}|\(\+{1,4}\)|\+(?=\s*(?:[,;.)|]|$)))(?!\w)")
_CLAUSE_START = re.compile(r"[;.](?=\s)|\n|,\s")
_SOUND = re.compile(r"\b(?:non|not|pas|non-)\s?$")
_SOUND_SAMPLE = re.compile(r"(?:non|not|pas)[ -]ha?emoly[sz]\w*")
_SAMPLE = re.compile(
    r"[\s.;,:–-]*(?:(?:sur|on|le|la|the|du) )?(?:echantillon|prelevement|tube|sample|specimen)\b"
)
_REMARK_END = re.compile(r"[;.](?=\s|$)|(?<![( ]),\s(?![^(]*\))")
_CHANGE_OF = pattern("change", "of", r"\b", "$")
_BY = re.compile(r"\s*(?:de|of|by|d')\s*")
_AFTER = re.compile(r"[\s:,→>=-]*")
_MOST_GAP = 70
_SCORE = frozenset({"{score}", "1"})


@dataclass(frozen=True, slots=True)
class Found:
    """A result found in text: its thing, its value or its words, and the span of both."""

    named: NamedConcept
    concept: str
    measured: MeasuredValue | None
    words: str
    span: Span
    end: int
    """Where the result ends, its range and flag taken in."""
    details: tuple[tuple[str, str], ...] = ()
    status: FactStatus = "final"
    is_older: bool = False
    """The first of ``92 → 134``: its day is not that of the last."""
    at: Period | None = None
    """Its own time, where it is told of as an earlier value."""
    stop: int | None = None
    """Where the earlier value begins that is set against this one: a date there is not this one's."""


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
    if stand.assertion == "family" or stand.is_conditional:
        return None
    limit = limit if found.stop is None else min(limit, found.stop)
    when = dated or time_of(note, (named.start, found.end), limit)
    if found.at is not None:
        when = Dated(found.at, SURE, True)
    at, confidence = (None, min(when.confidence, 0.6)) if found.is_older else (when.at, when.confidence)
    doubtful = (
        (measured is not None and not is_possible(found.concept, measured))
        or (named.others and dated is None and (measured is None or not measured.has_unit))
        or note.foreign.holds(named.start)
    )
    if measured is not None and not measured.has_unit and accepted(found.concept) - _SCORE:
        confidence = min(confidence, LIKELY)
    details = dict(found.details)
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
    position = _after_gap(note, named.end, limit)
    if named.concept in ("blood_pressure", "mean_arterial_pressure") and (
        pressure := _PRESSURE.match(note.plain, position, limit)
    ):
        yield from _pressures(note, named, pressure)
        return
    if (score := _OUT_OF.match(note.plain, position, limit)) and accepted(named.concept) & _SCORE:
        yield _scored(note, named, score, limit)
        return
    if "culture" in kinds_of(named.concept):
        if words := _in_words(note, named, position, limit):
            yield words
        return
    first = measured_at(note.text, note.plain, position, limit, note.language, readings)
    if first is None:
        if between := _spread(note, named, position, limit):
            yield between
            return
        if words := _in_words(note, named, position, limit):
            yield words
        return
    measured, reading = first
    if (measured.has_unit and not measured.fits) or (
        not measured.has_unit and (not accepted(reading) or needs_unit(reading))
    ):
        return
    yield from _series(note, named, reading, measured, limit)


_SPREAD = re.compile(r"\d{1,4}(?:[.,]\d{1,2})?\s?%?\s?(?:-|–|a|to)\s?\d{1,4}(?:[.,]\d{1,2})?(?![\d/.-])")


def _spread(note: Note, named: NamedConcept, position: int, limit: int) -> Found | None:
    """Return a result given as two numbers (``EF 25-30%``): its words, no single value."""
    found = _SPREAD.match(note.plain, position, limit)
    unit = unit_at(note.text, found.end(), limit) if found else None
    if found is None or unit is None or not {one for one, _ in unit.readings} & accepted(named.concept):
        return None
    end = unit.end
    return Found(named, named.concept, None, note.quote(position, end), (named.start, end), end)


def _series(
    note: Note, named: NamedConcept, reading: str, measured: MeasuredValue, limit: int
) -> Iterator[Found]:
    """Yield a value and those that follow it by arrows: ``92 → 134 µmol/L``, all in the unit that one of them
    has.
    """
    values = [measured]
    ends = [_tail_end(note, measured.end, limit)]
    while (arrow := _ARROW.match(note.plain, _past_date(note, ends[-1], limit), limit)) and (
        following := measured_at(note.text, note.plain, arrow.end(), limit, note.language, (reading,))
    ):
        if (following[0].has_unit and not following[0].fits) or (
            _LOOSE.fullmatch(arrow[0]) and not following[0].has_unit
        ):
            break
        values.append(following[0])
        ends.append(_tail_end(note, following[0].end, limit))
    unit = next((value.unit for value in values if value.unit), "")
    earlier = tuple(_earlier(note, named, reading, values[-1], ends[-1], limit))
    stop = next((one.measured.start for one in earlier if one.measured is not None), None)
    for index, value in enumerate(values):
        whole = (
            value
            if value.unit or not unit
            else MeasuredValue(value.value, value.comparator, unit, value.start, value.end, True, True)
        )
        details, end, status = _tail(note, value.end, ends[index] if index + 1 < len(values) else limit)
        until = values[index + 1].start if index + 1 < len(values) else None
        dated = until is None or any(value.end <= when.start < until for when in note.whens)
        yield Found(
            named,
            reading,
            whole,
            note.quote(value.start, value.end),
            (named.start, value.end),
            end,
            tuple(details.items()),
            status,
            not dated,
            stop=stop,
        )
    yield from earlier


def _earlier(
    note: Note, named: NamedConcept, reading: str, last: MeasuredValue, position: int, limit: int
) -> Iterator[Found]:
    """Yield the earlier value that is set against one: ``61 kg (55 en juin)``, ``1,12 L contre 1,30 L en 2022``.

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
    if when is None or when.period is None or when.is_future or not is_possible(reading, value):
        return
    if not value.has_unit and last.has_unit:
        value = MeasuredValue(value.value, value.comparator, last.unit, value.start, value.end, True, True)
    yield Found(
        named,
        reading,
        value,
        note.quote(value.start, value.end),
        (named.start, when.end),
        when.end,
        at=when.period,
    )


def _past_date(note: Note, position: int, limit: int) -> int:
    """Return the place after a date in brackets that follows a place, the place itself where none does."""
    for when in note.whens:
        if position <= when.start <= min(position + 6, limit) and when.end <= limit:
            closing = re.compile(r"\s*\)?").match(note.plain, when.end)
            return closing.end() if closing else when.end
    return position


def _tail_end(note: Note, position: int, limit: int) -> int:
    return flag_after(note.text, position, limit)[1]


def _tail(note: Note, position: int, limit: int) -> tuple[dict[str, str], int, FactStatus]:
    """Read what follows a value: flag, reference range, and whether the sample was fit."""
    flag, end = flag_after(note.text, position, limit)
    details, end = reference_after(note.plain, end, limit, note.language)
    if not flag:
        flag, end = flag_after(note.text, end, limit)
    if flag:
        details["interpretation"] = flag
    return details, end, _status(note, position, limit)


def _status(note: Note, position: int, limit: int) -> FactStatus:
    sentence = note.sentence_at(position)
    first = next((named.start for named in note.measured if named.start >= sentence.start), position)
    remark = (position, _end_of_remark(note, position, limit))
    for name in ("unusable", "corrected"):
        if _says(note, name, *remark) or _says(note, name, max(sentence.start, first - _MOST_GAP), first):
            return name
    return "final"


def _says(note: Note, name: Literal["unusable", "corrected"], start: int, end: int) -> bool:
    """Tell whether words between two places give a status and do not deny it (``non hémolysé``)."""
    found = word_pattern("status", name).finditer(note.plain, start, end)
    return any(not _SOUND.search(note.plain[max(0, word.start() - 6) : word.start()]) for word in found)


def _end_of_remark(note: Note, position: int, limit: int) -> int:
    """Return where a remark on a value ends: at the comma or the end of its sentence."""
    if follows := _SAMPLE.match(note.plain, position, limit):
        return min(limit, follows.end() + _MOST_GAP)
    stop = _REMARK_END.search(note.plain, position, min(limit, position + _MOST_GAP))
    return stop.start() if stop else min(limit, position + _MOST_GAP)


def _after_gap(note: Note, start: int, limit: int) -> int:
    """Return where the value may stand: after marks, dates and the words that part a test from its value."""
    position, last = start, min(limit, start + _MOST_GAP)
    whens = [when for when in note.whens if start <= when.start < last]
    while position < last:
        if when := next((when for when in whens if when.start == position), None):
            position = when.end
        elif code := _DAY_CODE.match(note.plain, position, last):
            position = code.end()
        elif sound := _SOUND_SAMPLE.match(note.plain, position, last):
            position = sound.end()
        elif (mark := _SKIP.match(note.plain, position, last)) and mark.end() > position:
            position = mark.end()
        elif note.plain[position] == ")":
            position += 1
        elif (word := _WORD.match(note.plain, position, last)) and _is_gap(word[0]):
            position = word.end()
        else:
            break
    return position


@cache
def _gap_words() -> tuple[frozenset[str], tuple[str, ...]]:
    words = {
        flat(word)
        for language in served()
        for phrase in listed(language, "results", "gap", "words")
        for word in phrase.split()
    }
    return frozenset(words), tuple(word[:-1] for word in words if word.endswith("*"))


def _is_gap(word: str) -> bool:
    whole, begun = _gap_words()
    return word in whole or word.startswith(begun)


def _in_words(note: Note, named: NamedConcept, position: int, limit: int) -> Found | None:
    """Return a result without a number: ``négatif``, ``++``, ``hémolysé``, ``en attente``; the germ of a
    culture.
    """
    if germ := _grown(note, named, limit):
        return germ
    if bottles := _BOTTLES.match(note.plain, position, limit):
        position = bottles.end()
    if sign := _SIGNS.match(note.plain, position, limit):
        return Found(
            named,
            named.concept,
            None,
            sign[0],
            (named.start, sign.end()),
            sign.end(),
            (("interpretation", "A"),),
        )
    for name in ("unusable", "preliminary"):
        if word := word_pattern("status", name).match(note.plain, position, limit):
            return Found(
                named,
                named.concept,
                None,
                note.quote(*word.span()),
                (named.start, word.end()),
                word.end(),
                (),
                name,
            )
    for name, letter in (
        ("negative", "N"),
        ("positive", "A"),
        ("normal", "N"),
        ("abnormal", "H"),
        ("low", "L"),
        ("traces", "A"),
    ):
        for start in _starts_back(note, named, position, name):
            if word := word_pattern("words", name).match(note.plain, start, limit):
                return Found(
                    named,
                    named.concept,
                    None,
                    note.quote(*word.span()),
                    (named.start, word.end()),
                    word.end(),
                    (("interpretation", letter),),
                )
    return None


_BOTTLES = re.compile(
    r"(?:x\s?)?\d{1,2}(?:\s?/\s?\d{1,2})?\s?(?:paires?|flacons?|sets?|bottles?|series?)?\s*(?:\(?[^)\d\n]{0,20}\)\s*)?[:,]?\s*"
)
_CULTURED = re.compile(r"(?<!\be)[.;](?=\s)|\n")


def _grown(note: Note, named: NamedConcept, limit: int) -> Found | None:
    """Return the germ that a culture grew, in the same sentence and not denied."""
    if "culture" not in kinds_of(named.concept):
        return None
    line = note.line_at(named.start)
    stop = _CULTURED.search(note.plain, named.end, line.end)
    end = stop.start() if stop else line.end
    germ = next((one for one in note.of_kind("organism") if named.end <= one.start < end), None)
    if germ is None or note.stand((germ.start, germ.end)).assertion == "negated":
        return None
    return Found(
        named,
        named.concept,
        None,
        note.quote(germ.start, germ.end),
        (named.start, germ.end),
        germ.end,
        (("interpretation", "A"), ("organism", germ.concept)),
    )


def _starts_back(note: Note, named: NamedConcept, position: int, name: str) -> Iterator[int]:
    """Yield the places where a word of result may begin: after the gap, and just after the thing
    (``créatinine normale``).
    """
    yield position
    skip = re.compile(r"[\s:=]*(?:est |etait |is |was |sont |were )?").match(note.plain, named.end)
    if skip and skip.end() != position:
        yield skip.end()


def _scored(note: Note, named: NamedConcept, score: re.Match[str], limit: int) -> Found:
    value = float(score["num"].replace(",", "."))
    measured = MeasuredValue(value, "", "{score}", score.start(), score.end(), True, True)
    details, end, status = _tail(note, score.end(), limit)
    return Found(
        named,
        named.concept,
        measured,
        note.quote(*score.span()),
        (named.start, score.end()),
        end,
        (*details.items(), ("out_of", score["of"])),
        status,
    )


def _pressures(note: Note, named: NamedConcept, found: re.Match[str]) -> Iterator[Found]:
    """Yield the systolic and the diastolic pressure; ``12/8`` is in centimetres of mercury, as French notes
    write it.
    """
    high, low = (float(found[name].replace(",", ".")) for name in ("high", "low"))
    factor = 10 if high < 30 else 1
    high, low = high * factor, low * factor
    if not (40 <= high <= 300 and 15 <= low < high):
        return
    end = found.start() + len(found[0].rstrip())
    for name, value in (("systolic_pressure", high), ("diastolic_pressure", low)):
        measured = MeasuredValue(value, "", "mm[Hg]", found.start(), end, True, True)
        yield Found(named, name, measured, note.quote(found.start(), end), (named.start, end), end)
