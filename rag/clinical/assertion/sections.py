"""What part of a note a place lies in: past illnesses, the family's, allergies, usual treatment, what to do
next.

A heading alone on its line opens a part that lasts to the next heading; a heading with its content beside it
(``ATCD : HTA``) holds for that line and the lines that wrap from it, within the part that is open. A part
that nobody knows has the role "".
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from rag.clinical.folding import flat
from rag.clinical.languages import served
from rag.clinical.phrases import Token, phrases_in, tokens_of
from rag.core.text import Span
from rag.core.types import Section

_BULLET = re.compile(r"[ \t]*(?:[-•*–▪◦·>+]|\d{1,2}[.)])[ \t]+")
_LEAD = re.compile(r"[ \t]*(?:[-•*–▪◦·>]+|#{1,6}|\d{1,2}[.)/]|[A-Z][.)]|[|])?[ \t]*(?:\*\*|__|\*)?[ \t]*")
_AFTER_NAME = re.compile(
    r"(?:\*\*|__|\*)?[ \t]*(?:\([^)\n]{0,40}\)|(?:du|le|of|on|au)?[ \t]*\d[\d/.\- ]{3,9})?["
    r" \t]*(?P<colon>[:=]|\|)?(?:\*\*|__|\*)?[ \t]*"
)
_UNKNOWN = re.compile(
    r"[ \t]*(?:#{1,6}[ \t]+\S[^\n]*|[A-ZÀ-Ý][^\n:|.,;]{2,45}[ \t]*:|\*\*[^*\n]{3,60}\*\*[ \t]*:?)[ \t]*$"
)
_MOST_WORDS = 6


@dataclass(frozen=True, slots=True)
class NotePart:
    """A span of a note, the role of its heading, and the heading's own span."""

    role: str
    start: int
    end: int
    heading: Span


@dataclass(frozen=True, slots=True)
class NoteLine:
    """One line of a text: its span without the line end, and its tokens as a half-open range."""

    start: int
    end: int
    first: int
    last: int


def lines_of(text: str, tokens: Sequence[Token]) -> tuple[NoteLine, ...]:
    """Return the lines of a text that hold a token, in order."""
    lines, start, first, total = [], 0, 0, len(tokens)
    while start <= len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        last = first
        while last < total and tokens[last].start < end:
            last += 1
        if last > first:
            lines.append(NoteLine(start, end, first, last))
        first, start = last, end + 1
    return tuple(lines)


def parts_of(
    text: str,
    tokens: tuple[Token, ...],
    lines: Sequence[NoteLine],
    language: str,
    sections: Sequence[Section] = (),
) -> tuple[NotePart, ...]:
    """Return the parts of a note in order; together they cover it from the first heading on."""
    opened: NotePart | None = None
    parts: list[NotePart] = []
    known = {section.start: section for section in sections}
    for line in lines:
        heading = _heading(text, tokens, line, language)
        if heading is None:
            if _wraps(text, line, parts):
                parts[-1] = NotePart(parts[-1].role, parts[-1].start, line.end, parts[-1].heading)
            elif _UNKNOWN.match(text, line.start, line.end) or line.start in known:
                opened = NotePart("", line.start, line.end, (line.start, line.end))
                parts.append(opened)
            elif opened is not None:
                parts.append(NotePart(opened.role, line.start, line.end, opened.heading))
            continue
        role, span, alone = heading
        part = NotePart(role, line.start, line.end, span)
        if alone or (
            not _BULLET.match(text, line.start) and not text[line.start : line.end].lstrip().startswith("|")
        ):
            opened = part if alone else None
        parts.append(part)
    return tuple(parts)


def names_section(title: str) -> bool:
    """Tell whether a title is the usual name of a part of a note or an article, in any language served; one
    more word may follow the name (``Examen cardiologique``).
    """
    tokens = tokens_of(flat(title))
    for language in served():
        found = next(phrases_in(tokens, language, "sections"), None)
        if found is None or found.first > 0 or found.name == "other.fields":
            continue
        rest = tokens[found.last :]
        if not rest or (len(rest) == 1 and rest[0].word.isalpha()):
            return True
    return False


class Rooms:
    """The parts of one note, asked by place."""

    __slots__ = ("_parts", "_starts")

    def __init__(self, parts: Sequence[NotePart]) -> None:
        self._parts = tuple(parts)
        self._starts = [part.start for part in parts]

    def at(self, position: int) -> NotePart | None:
        """Return the part that a place lies in, None where no heading precedes it."""
        index = bisect_right(self._starts, position) - 1
        if index < 0:
            return None
        part = self._parts[index]
        return part if position <= part.end else None

    def role(self, position: int) -> str:
        """Return the role of the part at a place, "" where it has none."""
        part = self.at(position)
        return part.role if part is not None else ""


def _heading(
    text: str, tokens: tuple[Token, ...], line: NoteLine, language: str
) -> tuple[str, Span, bool] | None:
    """Return the role, the span and whether nothing follows, of the heading that a line begins with."""
    start = _LEAD.match(text, line.start, line.end).end()  # type: ignore[union-attr]  # matches everywhere
    first = line.first
    while first < line.last and tokens[first].start < start:
        first += 1
    for name in (language, *(other for other in served() if other != language)):
        for found in phrases_in(tokens, name, "sections", first, min(line.last, first + _MOST_WORDS)):
            if found.first != first:
                break
            if heading := _confirmed(text, line, found.end, start, found.name):
                return heading
            break
    return None


def _confirmed(text: str, line: NoteLine, end: int, start: int, name: str) -> tuple[str, Span, bool] | None:
    after = _AFTER_NAME.match(text, end, line.end)
    if after is None:
        return None
    alone = after.end() >= line.end
    if not alone and not after["colon"]:
        return None
    if (
        alone
        and not after["colon"]
        and not (text[start].isupper() or text[line.start : line.end].lstrip().startswith("#"))
    ):
        return None
    table, role = name.split(".")
    return ("" if table == "other" else role, (start, end), alone)


def _wraps(text: str, line: NoteLine, parts: Sequence[NotePart]) -> bool:
    """Tell whether a line goes on with the sentence of the line before, which a heading opened."""
    if not parts or parts[-1].end + 1 != line.start or _BULLET.match(text, line.start):
        return False
    last = text[line.start - 2] if line.start > 1 else "\n"
    return text[line.start : line.end].lstrip()[:1].islower() or last in ","
