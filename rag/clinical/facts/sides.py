"""The side of a thing: the nearest word of side in the same noun group, never one across a comma, another
thing or a verb.
"""

from __future__ import annotations

import re
from functools import cache

from rag.clinical.facts.note import Note
from rag.clinical.folding import flat
from rag.clinical.languages import served
from rag.clinical.phrases import listed, phrases_in
from rag.core.facts import Side
from rag.core.text import Span

_BREAK = re.compile(r"[;.:|\n]|,\s|\b(?:et|and|mais|but|avec|with|puis|then|sans|without|contre|versus|vs)\b")
_SHORT = frozenset({"d", "g", "r", "l", "dt", "rt", "lt"})
_THINGS = frozenset({"condition", "procedure", "device", "imaging", "symptom"})
_REACH = 56


def side_of(note: Note, span: Span) -> tuple[Side, int]:
    """Return the side of the thing at a span, "" where none is said, and where the words of side end."""
    sentence = note.sentence_at(span[0])
    following = min(
        (named.start for named in note.named if named.start >= span[1] and named.kind in _THINGS),
        default=sentence.end,
    )
    limit = min(sentence.end, span[1] + _REACH, following)
    if broken := _BREAK.search(note.plain, span[1], limit):
        joined = broken[0] in ("et", "and") and re.match(
            r"(?:et|and)\s(?:droite?|gauche|right|left)", note.plain[broken.start() : limit]
        )
        limit = limit if joined else broken.start()
    after = sides_in(note, span[1], limit)
    if after:
        return after[0]
    if inside := sides_in(note, *span):
        return inside[0][0], span[1]
    ended = max(
        (named.end for named in note.named if named.end <= span[0] and named.kind in _THINGS), default=0
    )
    start = max(sentence.start, span[0] - 24, ended)
    before = [broken.end() for broken in _BREAK.finditer(note.plain, start, span[0])]
    found = sides_in(note, max([start, *before]), span[0])
    return (found[-1][0], span[1]) if found else ("", span[1])


def sides_in(note: Note, start: int, end: int) -> list[tuple[Side, int]]:
    """Return the sides that are named between two places, each with where its words end."""
    found: list[tuple[Side, int]] = []
    for language in served():
        for phrase in phrases_in(note.tokens, language, "acts", *note.tokens_in(start, end)):
            table, name = phrase.name.split(".")
            if table != "side" or name == "never" or phrase.end > end:
                continue
            word = note.plain[phrase.start : phrase.end]
            if word in _SHORT and not _is_side_letter(note, phrase.start, phrase.end):
                continue
            if (
                re.match(
                    r"\s*(?:ventric|atri|auricul|ventricular|atrial)",
                    note.plain[phrase.end : phrase.end + 14],
                )
                and not found
            ):
                continue
            found.append((name, phrase.end))  # type: ignore[arg-type]
        if found:
            break
    return found


_ELIDED = re.compile(r"\s[aeiouyh]\w")


@cache
def _never() -> frozenset[str]:
    return frozenset(
        flat(word) for language in served() for word in listed(language, "acts", "side", "never")
    )


def _is_side_letter(note: Note, start: int, end: int) -> bool:
    """Tell whether a single letter is a side: a capital, alone or in brackets, with no number or unit beside
    it.
    """
    before = note.plain[max(0, start - 24) : start].split()
    if before and before[-1].strip(":( ") in _never():
        return False
    if note.plain[start:end] == "d" and _ELIDED.match(note.plain, end):
        return False  # "PAS D ALLERGIE": an apostrophe left out
    return (
        note.text[start:end].isupper()
        and not re.match(r"\s?[\d+/']|[-.]\w", note.plain[end : end + 2])
        and not re.search(r"[\d/]\s?$|\w[-'.]$", note.plain[max(0, start - 2) : start])
    )
