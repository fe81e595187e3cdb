"""What a version of an order still says beside a newer one of another file: the results that the newer does
not carry.

Both are texts as this project writes them: opening lines, then tables and paragraphs, under headings. A row
falls where the newer has one of its name, unless their times differ and the newer is no correction; a
paragraph where the newer has one under the same heading.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from rag.core.facts import Fact
from rag.core.types import Document, Section

_ROW = "| "


@dataclass(frozen=True, slots=True)
class _Block:
    """Lines between blank lines; ``heading`` is the one above, ``is_heading`` tells that it is one itself."""

    start: int
    end: int
    lines: tuple[tuple[int, int], ...]
    heading: str
    is_heading: bool


def remains_of(older: Document, newer: Document) -> Document | None:
    """Return what stands of an older version, None where the newer says all of it."""
    blocks, said = list(_blocks(older)), list(_blocks(newer))
    names = {name for block in said for name in _names(newer, block)}
    texts = {
        block.heading
        for block in said
        if block.start and not block.is_heading and not _is_table(newer, block)
    }
    kept: list[tuple[int, int]] = []
    stands = False
    for block in blocks:
        if block.is_heading or not (block.start or _is_table(older, block)):
            kept.append((block.start, block.end))
        elif _is_table(older, block):
            rows = [
                line
                for line in block.lines[1:]
                if not _is_named(_name(older, line), names) or _is_other_time(older, line, newer)
            ]
            kept.extend([block.lines[0], *rows] if rows else ())
            stands |= bool(rows)
        elif block.heading not in texts:
            kept.append((block.start, block.end))
            stands = True
    return _cut(older, kept) if stands else None


def _blocks(document: Document) -> Iterator[_Block]:
    text, headings = document.text, {section.path[-1] for section in document.sections if section.path}
    at, heading = 0, ""
    for piece in text.split("\n\n"):
        lines, begin = [], at
        for line in piece.split("\n"):
            lines.append((begin, begin + len(line)))
            begin += len(line) + 1
        is_heading = len(lines) == 1 and piece in headings
        heading = piece if is_heading else heading
        yield _Block(at, at + len(piece), tuple(lines), heading, is_heading)
        at += len(piece) + 2


def _is_table(document: Document, block: _Block) -> bool:
    return document.text.startswith(_ROW, block.start) and len(block.lines) > 1


def _names(document: Document, block: _Block) -> Iterator[str]:
    if _is_table(document, block):
        yield from (_name(document, line) for line in block.lines[1:])


def _name(document: Document, line: tuple[int, int]) -> str:
    cells = document.text[line[0] : line[1]].strip("| ").split(" | ")
    return " ".join(cells[0].casefold().split())


def _is_named(name: str, names: set[str]) -> bool:
    """Tell whether a row is one of those named, or a comment on one."""
    return name in names or any(name.startswith(f"{other}, ") for other in names)


def _is_other_time(older: Document, line: tuple[int, int], newer: Document) -> bool:
    """Tell whether a row is a value of another time than the newer's of its name, none of which corrects
    it.
    """
    mine = [fact for fact in older.facts if _lies_in(fact, line)]
    theirs = [fact for fact in newer.facts if any(_is_same(fact, one) for one in mine)]
    if not mine or not theirs or any(fact.status == "corrected" for fact in theirs):
        return False
    times = {fact.at.start for fact in mine if fact.at}
    others = {fact.at.start for fact in theirs if fact.at}
    return bool(times and others) and not times & others


def _is_same(one: Fact, other: Fact) -> bool:
    return one.kind == other.kind and one.label.casefold() == other.label.casefold()


def _lies_in(fact: Fact, line: tuple[int, int]) -> bool:
    return any(line[0] <= start and end <= line[1] for start, end in fact.spans)


def _cut(document: Document, kept: list[tuple[int, int]]) -> Document:
    """Return a document of the pieces kept, with its sections and the facts that they state."""
    pieces: list[str] = []
    moved: list[tuple[int, int, int]] = []
    length, last = 0, 0
    for start, end in kept:
        between = "" if not pieces else "\n\n" if "\n\n" in document.text[last:start] else "\n"
        pieces += [between, document.text[start:end]]
        moved.append((start, end, length + len(between) - start))
        length += len(between) + end - start
        last = end
    facts = (_moved(fact, moved) for fact in document.facts)
    sections = (_section(section, moved, length) for section in document.sections)
    return replace(
        document,
        text="".join(pieces),
        sections=tuple(section for section in sections if section is not None),
        facts=tuple(fact for fact in facts if fact is not None),
        pages=(),
        places=b"",
    )


def _moved(fact: Fact, moved: list[tuple[int, int, int]]) -> Fact | None:
    spans = []
    for first, last in fact.spans:
        by = next((by for start, end, by in moved if start <= first and last <= end), None)
        if by is None:
            return None
        spans.append((first + by, last + by))
    return replace(fact, spans=tuple(spans))


def _section(section: Section, moved: list[tuple[int, int, int]], length: int) -> Section | None:
    """Return a section where what it held has come to, None where nothing of it is left."""
    inside = [
        (max(start, section.start) + by, min(end, section.end) + by)
        for start, end, by in moved
        if start < section.end and section.start < end
    ]
    if not inside:
        return None
    return replace(section, start=inside[0][0], end=min(length, inside[-1][1]))
