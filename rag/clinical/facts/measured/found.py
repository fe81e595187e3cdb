"""A result found in text, and what stands around its value: the gap before it, its flag, range and status
after it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Literal

from rag.clinical.facts.measured.measures import (
    MeasuredValue,
    flag_after,
    reference_after,
    word_pattern,
)
from rag.clinical.facts.note import NamedConcept, Note
from rag.clinical.folding import flat
from rag.clinical.languages import served
from rag.clinical.phrases import listed
from rag.core.facts import FactStatus, Period
from rag.core.text import Span

_SKIP = re.compile(r"[\s:=…|*_]+|\.{2,}|[(\[](?=\s*\d)|[,/–](?=\s)|-(?=\s)")
_DAY_CODE = re.compile(r"[hj]\s?\+?\d{1,3}(?![\w.,])(?=\s*[:=(])")
_WORD = re.compile(r"[^\W\d_]+'?")
_SOUND = re.compile(r"\b(?:non|not|pas|non-)\s?$")
_SOUND_SAMPLE = re.compile(r"(?:non|not|pas)[ -]ha?emoly[sz]\w*")
_SAMPLE = re.compile(
    r"[\s.;,:–-]*(?:(?:sur|on|le|la|the|du) )?(?:echantillon|prelevement|tube|sample|specimen)\b"
)
_REMARK_END = re.compile(r"[;.](?=\s|$)|(?<![( ]),\s(?![^(]*\))")
MOST_GAP = 70


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


def end_of_tail(note: Note, position: int, limit: int) -> int:
    """Return where a flag after a value ends."""
    return flag_after(note.text, position, limit)[1]


def tail_of(note: Note, position: int, limit: int) -> tuple[dict[str, str], int, FactStatus]:
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
        if _says(note, name, *remark) or _says(note, name, max(sentence.start, first - MOST_GAP), first):
            return name
    return "final"


def _says(note: Note, name: Literal["unusable", "corrected"], start: int, end: int) -> bool:
    """Tell whether words between two places give a status and do not deny it (``non hémolysé``)."""
    found = word_pattern("status", name).finditer(note.plain, start, end)
    return any(not _SOUND.search(note.plain[max(0, word.start() - 6) : word.start()]) for word in found)


def _end_of_remark(note: Note, position: int, limit: int) -> int:
    """Return where a remark on a value ends: at the comma or the end of its sentence."""
    if follows := _SAMPLE.match(note.plain, position, limit):
        return min(limit, follows.end() + MOST_GAP)
    stop = _REMARK_END.search(note.plain, position, min(limit, position + MOST_GAP))
    return stop.start() if stop else min(limit, position + MOST_GAP)


def after_gap(note: Note, start: int, limit: int) -> int:
    """Return where the value may stand: after marks, dates and the words that part a test from its value."""
    position, last = start, min(limit, start + MOST_GAP)
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


def past_date(note: Note, position: int, limit: int) -> int:
    """Return the place after a date in brackets that follows a place, the place itself where none does."""
    for when in note.whens:
        if position <= when.start <= min(position + 6, limit) and when.end <= limit:
            closing = re.compile(r"\s*\)?").match(note.plain, when.end)
            return closing.end() if closing else when.end
    return position
