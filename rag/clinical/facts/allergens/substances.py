"""Which words of a sentence speak of an allergen: its cue, its part of a list, its reaction."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.clinical.facts.note import Note, Sentence
from rag.clinical.phrases import Phrase, phrases_in
from rag.core.text import Span

KINDS = frozenset({"drug", "drug_class", "allergen", "organism"})
_ITEM = re.compile(r"[,;\n.]|\s(?:et|and|mais|but)\s")


@dataclass(frozen=True, slots=True)
class Substance:
    """What one may be allergic to, named at a span."""

    concept: str
    start: int
    end: int


def reaction_in(note: Note, cue: Phrase) -> Phrase | None:
    """Return the reaction that a cue itself names: ``toux sous``, ``hives after``, ``caused cough``."""
    ranges = [(cue.first, last) for last in range(cue.last - 1, cue.first, -1)]
    ranges += [(first, cue.last) for first in range(cue.first + 1, cue.last)]
    for first, last in ranges:
        found = next(phrases_in(note.tokens, note.language, "allergies", first, last), None)
        if found is not None and found.first == first and found.name.startswith("reaction."):
            return found
    return None


def cue_of(note: Note, substance: Substance, cues: Sequence[Phrase]) -> Phrase | None:
    """Return the cue that speaks of a substance: the nearest before it with no sentence mark between, or one
    close after it.
    """
    for cue in reversed(cues):
        if (
            cue.end <= substance.start
            and not re.search(
                r"[;.](?=\s)|\n|\b(?:mais|but|avec|with|grace|remplac\w+|relais|puis|then|replaced|switched)\b",
                note.plain[cue.end : substance.start],
            )
            and substance.start - cue.end < 90
        ):
            return cue if not cue.name.endswith(".after") or _is_beside(note, cue, substance) else None
    for cue in cues:
        if (
            0 <= cue.start - substance.end <= 14
            and (not cue.name.endswith(".before") or _heads_reaction(note, cue, substance))
            and not _is_reason(note, substance, cue)
            and not re.search(r"[;.,]", note.plain[substance.end : cue.start])
        ):
            return cue
    return None


def _heads_reaction(note: Note, cue: Phrase, substance: Substance) -> bool:
    """Tell whether *allergy:* ends the name of a substance, before a reaction: ``Latex allergy: rash``."""
    return note.plain[cue.end - 1] in ":=" and not note.plain[substance.end : cue.start].strip()


def _is_beside(note: Note, cue: Phrase, substance: Substance) -> bool:
    """Tell whether the bare word *allergy* stands right before its substance, and no other thing right before
    it: ``(allergie pénicilline)``.
    """
    if note.plain[cue.end : substance.start].strip(" :-"):
        return False
    ahead = note.plain[max(0, cue.start - _REACH) : cue.start]
    return not ahead.strip() or ahead.rstrip()[-1:] in "(.;:,!-" or "\n" in ahead


def _is_reason(note: Note, substance: Substance, cue: Phrase) -> bool:
    """Tell whether a cue in brackets after a substance says why it was chosen: ``clindamycine (allergie
    pénicilline)``.
    """
    between = note.plain[substance.end : cue.start]
    return "(" in between and (
        any(char.isdigit() for char in between)
        or any(
            named.kind in KINDS
            and cue.end <= named.start < cue.end + _REACH
            and ")" not in note.plain[cue.end : named.start]
            for named in note.named
        )
    )


_REACH = 24


def item_of(note: Note, sentence: Sentence, substance: Substance) -> Span:
    """Return the part of a list that a substance stands in."""
    start = max(
        (found.end() for found in _ITEM.finditer(note.plain, sentence.start, substance.start)),
        default=sentence.start,
    )
    opened = _BRACKETED.match(note.plain, substance.end, sentence.end)
    following = _ITEM.search(note.plain, opened.end() if opened else substance.end, sentence.end)
    return start, following.start() if following else sentence.end


_BRACKETED = re.compile(r"[^(,;.\n]{0,30}\([^()\n]{0,90}\)")
"""What is in brackets beside a substance belongs to it, with its commas."""


def is_near(note: Note, phrase: Phrase, substance: Substance, item: Span, sentence: Sentence) -> bool:
    """Tell whether a reaction is that of a substance: in its item, or in brackets or after a colon beside
    it.
    """
    between = (
        note.plain[substance.end : phrase.start]
        if phrase.start >= substance.end
        else note.plain[phrase.end : substance.start]
    )
    return item[0] <= phrase.start < item[1] or (
        len(between) < 40 and not re.search(r"[;.]", between) and "," not in between
    )
