"""Results that are no single number: words, signs, the germ of a culture, a score out of so many, a pressure,
two numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from rag.clinical.concepts import kinds_of
from rag.clinical.facts.measured.found import Found, tail_of
from rag.clinical.facts.measured.measures import MeasuredValue, accepted, word_pattern
from rag.clinical.facts.note import NamedConcept, Note
from rag.clinical.measures.ucum import unit_at

_SIGNS = re.compile(r"(?:\+{2,4}|\(\+{1,4}\)|\+(?=\s*(?:[,;.)|]|$)))(?!\w)")
_BOTTLES = re.compile(
    r"(?:x\s?)?\d{1,2}(?:\s?/\s?\d{1,2})?\s?(?:paires?|flacons?|sets?|bottles?|series?)?\s*(?:\(?[^)\d\n]{0,20}\)\s*)?[:,]?\s*"
)
_CULTURED = re.compile(r"(?<!\be)[.;](?=\s)|\n")
OUT_OF = re.compile(r"(?P<num>\d{1,3}(?:[.,]\d)?)\s?(?:/|sur|out of)\s?(?P<of>\d{1,3})(?![\d/])")
PRESSURE = re.compile(
    r"(?P<high>\d{2,3}|\d{1,2}[.,]\d)(?:\s?(?:/|sur)\s?|(?<=\d{3})\s(?=\d{2,3}(?!\s?[\w%/.,]*\d?/)))(?P<low>\d{1,3}|\d{1,2}[.,]\d)(?!\d|/)\s?(?:mm\s?hg|cm\s?hg)?"
)
_SPREAD = re.compile(r"\d{1,4}(?:[.,]\d{1,2})?\s?%?\s?(?:-|–|a|to)\s?\d{1,4}(?:[.,]\d{1,2})?(?![\d/.-])")
SCORE = frozenset({"{score}", "1"})


def in_words(note: Note, named: NamedConcept, position: int, limit: int) -> Found | None:
    """Return a result without a number: ``négatif``, ``++``, ``hémolysé``, ``en attente``; the germ of a
    culture.
    """
    if germ := _grown(note, named, limit):
        return germ
    if bottles := _BOTTLES.match(note.plain, position, limit):
        position = bottles.end()
    if sign := _SIGNS.match(note.plain, position, limit):
        return replace(_worded(note, named, sign, "A"), words=sign[0])
    for name in ("unusable", "preliminary"):
        if word := word_pattern("status", name).match(note.plain, position, limit):
            return replace(_worded(note, named, word), status=name)
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
                return _worded(note, named, word, letter)
    return None


def _worded(note: Note, named: NamedConcept, word: re.Match[str], letter: str = "") -> Found:
    """Return a result that is a word of the note, with the letter that HL7 has for what it means."""
    details = (("interpretation", letter),) if letter else ()
    span = (named.start, word.end())
    return Found(named, named.concept, None, note.quote(*word.span()), span, word.end(), details)


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


def scored(note: Note, named: NamedConcept, score: re.Match[str], limit: int) -> Found:
    """Return a score with what it is out of: ``7/10``."""
    value = float(score["num"].replace(",", "."))
    measured = MeasuredValue(value, "", "{score}", score.start(), score.end(), True, True)
    details, end, status = tail_of(note, score.end(), limit)
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


def pressures(note: Note, named: NamedConcept, found: re.Match[str]) -> Iterator[Found]:
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


def spread_of(note: Note, named: NamedConcept, position: int, limit: int) -> Found | None:
    """Return a result given as two numbers (``EF 25-30%``): its words, no single value."""
    found = _SPREAD.match(note.plain, position, limit)
    unit = unit_at(note.text, found.end(), limit) if found else None
    if found is None or unit is None or not {one for one, _ in unit.readings} & accepted(named.concept):
        return None
    end = unit.end
    return Found(named, named.concept, None, note.quote(position, end), (named.start, end), end)
