"""What is done to a patient and what is put in: done, planned, cancelled; in place, removed. Shared by
procedures and devices.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.clinical.facts.note import NamedConcept, Note
from rag.clinical.phrases import Phrase, phrases_in

_FAR = 120
"""Characters after a thing within which its clause may still say that it was given up."""
_BREAK = re.compile(r"[;.|](?=\s|$)|\n|\b(?:mais|but|puis|then)\b")


def acts_in(note: Note, named: NamedConcept, limit: int) -> tuple[list[Phrase], list[Phrase]]:
    """Return the cues before a thing in its clause and those after it up to ``limit``."""
    sentence = note.sentence_at(named.start)
    found: Sequence[Phrase] = tuple(
        phrases_in(note.tokens, sentence.language, "acts", sentence.first, sentence.last)
    )
    start = max(
        (mark.end() for mark in _BREAK.finditer(note.plain, sentence.start, named.start)),
        default=sentence.start,
    )
    stop = _BREAK.search(note.plain, named.end, min(limit, sentence.end))
    end = stop.start() if stop else min(limit, sentence.end)
    before = [
        phrase
        for phrase in found
        if start <= phrase.start
        and phrase.end <= named.start
        and phrase.name.endswith((".before", ".either"))
    ]
    after = [
        phrase
        for phrase in found
        if named.end <= phrase.start and phrase.end <= end and phrase.name.endswith((".after", ".either"))
    ]
    return before, after


def status_of(
    note: Note, named: NamedConcept, limit: int, tables: Sequence[str]
) -> tuple[str, Phrase | None]:
    """Return the table of the cue that decides ("" for none) and the cue: one after the thing, else the
    nearest before it.
    """
    before, after = acts_in(note, named, limit)
    for cue in sorted(
        after, key=lambda cue: not cue.name.startswith("cancelled.")
    ):  # "prévue le 9, différée" was not done
        table = cue.name.partition(".")[0]
        if table == "cancelled" and table in tables and cue.start - named.end < _FAR:
            return table, cue
        if (
            table in tables
            and cue.start - named.end < 60
            and not ("," in note.plain[named.end : cue.start] and cue.start - named.end > 30)
        ):
            return table, cue
    for cue in reversed(before):
        table = cue.name.partition(".")[0]
        between = note.plain[cue.end : named.start]
        if table in tables and len(between.split()) <= 4 and "," not in between:
            return table, cue
    return "", None
