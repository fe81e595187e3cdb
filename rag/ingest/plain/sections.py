"""Headings and the sections they open, in Markdown and in the plain text of hospital reports.

Sections follow each other without meeting; text before the first heading lies in none. A heading's own line
belongs to its section, and a heading with nothing under it but a deeper heading opens the section of that
one, so that no passage is a bare title.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag.clinical.assertion.sections import names_section
from rag.core.text import trimmed
from rag.core.types import Section

_MARKDOWN = re.compile(r"^ {0,3}(#{1,6})[ ]+(\S.*)$", re.MULTILINE)
_FENCE = re.compile(r"^ {0,3}(?:```|~~~)", re.MULTILINE)
_MARKS = re.compile(r"[*_`]{1,3}|(?<! ) ++#++$")
_LONGEST_HEADING = 60
_LONGEST_TITLE = 300
_DEEPEST_PATH = 12
_MOST_SECTIONS = 5_000
_RULE = re.compile(r"[-=_*~.]{3,}")
_COLUMNS = re.compile(r"\S {2,}\S|\|")
_ASIDE = re.compile(r"\([^()]*\)")
_MOSTLY_CAPITALS = 0.6
_MOST_WORDS = 5


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading and the span of its line; ``level`` 1 is the outermost."""

    title: str
    level: int
    start: int
    end: int


def markdown_headings(text: str) -> list[Heading]:
    """Return the ``#`` headings outside fenced blocks."""
    fences = [found.start() for found in _FENCE.finditer(text)]
    headings = []
    for found in _MARKDOWN.finditer(text):
        inside = bisect_left(fences, found.start()) % 2
        title = _MARKS.sub("", found[2]).strip()
        if title and not inside:
            headings.append(Heading(title, len(found[1]), found.start(), found.end()))
    return headings


def plain_headings(text: str) -> list[Heading]:
    """Return the headings of a report without markup.

    A heading is a usual section word, alone on its line or before a colon; or a short line in capitals or
    ending with a colon, where it stands free: after a blank or a ruled line, or above the rows of a table.
    Where nearly everything is in capitals, they mean nothing.
    """
    letters = [char for char in text[:20_000] if char.isalpha()]
    shouts = sum(char.isupper() for char in letters) > _MOSTLY_CAPITALS * len(letters)
    lines = text.split("\n")
    headings, start = [], 0
    for number, line in enumerate(lines):
        stands_free = number > 0 and _stands_free(
            lines[number - 1].strip(), lines[number + 1] if number + 1 < len(lines) else ""
        )
        heading = _known_heading(line, start) or (_free_heading(line, start, shouts) if stands_free else None)
        if heading:
            headings.append(heading)
        start += len(line) + 1
    return headings


def _stands_free(before: str, after: str) -> bool:
    return not before or bool(_RULE.fullmatch(before)) or bool(_COLUMNS.search(after))


def _known_heading(line: str, start: int) -> Heading | None:
    before, colon, _after = line.partition(":")
    title = before.strip()
    if not title[:1].isupper() or len(title) > _LONGEST_HEADING or _COLUMNS.search(line):
        return None
    if not names_section(title):
        return None
    return Heading(title, 1, start, start + len(before) + len(colon))  # what follows the colon is its body


def _free_heading(line: str, start: int, shouts: bool) -> Heading | None:
    words = line.strip()
    title = words.rstrip(" :")
    core = _ASIDE.sub("", title).strip()
    if (
        not words[:1].isalpha()
        or len(core) > _LONGEST_HEADING
        or len(words) > 2 * _LONGEST_HEADING
        or _COLUMNS.search(words)
    ):
        return None
    if _is_capitals(core) and not shouts:
        return Heading(title, 1, start, start + len(line))
    if words.endswith(":") and words[0].isupper() and len(title.split()) <= _MOST_WORDS:
        return Heading(title, 2, start, start + len(line))
    return None


def _is_capitals(title: str) -> bool:
    letters = [char for char in title if char.isalpha()]
    return len(letters) >= 4 and all(char.isupper() for char in letters) and not title.endswith((".", ","))


def usable_sections(sections: Sequence[Section]) -> tuple[Section, ...]:
    """Return sections that cost no more than their text: paths short enough to stand on each passage, none
    where there are thousands.

    Each section is a passage at least, which is embedded and indexed: a hundred thousand lines of two letters
    are no outline.
    """
    if len(sections) > _MOST_SECTIONS:
        return ()
    return tuple(
        (
            replace(section, path=tuple(title[:_LONGEST_TITLE] for title in section.path[:_DEEPEST_PATH]))
            if _is_long(section)
            else section
        )
        for section in sections
    )


def _is_long(section: Section) -> bool:
    return len(section.path) > _DEEPEST_PATH or any(len(title) > _LONGEST_TITLE for title in section.path)


def sections_of(text: str, headings: Sequence[Heading]) -> tuple[Section, ...]:
    """Return the sections that headings, in order, open in a text."""
    sections: list[Section] = []
    path: list[Heading] = []
    opened: int | None = None
    for index, heading in enumerate(headings):
        following = headings[index + 1] if index + 1 < len(headings) else None
        path = [*(above for above in path if above.level < heading.level), heading]
        start = heading.start if opened is None else opened
        end = following.start if following else len(text)
        if following and following.level > heading.level and not text[heading.end : end].strip():
            opened = start
            continue
        opened = None
        sections.append(Section(tuple(above.title for above in path), *trimmed(text, start, end)))
    return tuple(sections)
