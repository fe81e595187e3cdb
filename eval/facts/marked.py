"""Marked sentences: text that a clinician reads, with what each thing is said to be written beside it.

A file holds snippets. A line ``= fr surgery 2026-03-20`` opens one: language, ward, day of the note, and its
kind where that matters. In its text ``[fièvre|condition negated]`` marks *fièvre*. After the kind stand, in
any order: a concept (``~creatinine``), an assertion, a status, a side, a value (``=134``, ``=<0.01``), a unit
(``unit:umol/L``), a day (``@2026-03-12``; ``@-`` for none), a dose (``dose:1000_mg``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ASSERTIONS = frozenset({"negated", "hypothesis", "family", "history"})
SIDES = frozenset({"left", "right", "both"})
_MARK = re.compile(r"\[([^\[\]|]+)\|([^\[\]|]+)\]")
_HEAD = re.compile(r"^= ", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Mark:
    """What a marked span is said to be."""

    start: int
    end: int
    kind: str
    concept: str = ""
    assertion: str = "present"
    status: str = ""
    side: str = ""
    value: str = ""
    unit: str = ""
    at: str = ""
    dose: str = ""


@dataclass(frozen=True, slots=True)
class Snippet:
    """One marked text, with the file and number it is named by."""

    name: str
    language: str
    ward: str
    authored_at: str
    kind: str
    text: str
    marks: tuple[Mark, ...]


def read_marked(folder: Path) -> tuple[Snippet, ...]:
    """Return the snippets of every ``*.txt`` of a folder, in order of name."""
    return tuple(snippet for file in sorted(folder.glob("*.txt")) for snippet in _snippets(file))


def _snippets(file: Path) -> Iterator[Snippet]:
    for number, block in enumerate(_HEAD.split(file.read_text(encoding="utf-8"))[1:], 1):
        head, _, body = block.partition("\n")
        language, ward, authored_at, *kind = head.split()
        text, marks = parse(body.strip("\n"))
        yield Snippet(
            f"{file.stem}:{number}", language, ward, authored_at, kind[0] if kind else "", text, marks
        )


def parse(marked: str) -> tuple[str, tuple[Mark, ...]]:
    """Return the text without its marks, and the marks with their spans in it."""
    parts: list[str] = []
    marks: list[Mark] = []
    position = last = 0
    for found in _MARK.finditer(marked):
        parts.append(marked[last : found.start()])
        position += found.start() - last
        parts.append(found[1])
        marks.append(_mark(found[2], position, position + len(found[1])))
        position += len(found[1])
        last = found.end()
    return "".join([*parts, marked[last:]]), tuple(marks)


def _mark(said: str, start: int, end: int) -> Mark:
    kind, *words = said.split()
    read: dict[str, str] = {}
    for word in words:
        name, value = _word(word)
        read[name] = value
    return Mark(start, end, kind, **read)


def _word(word: str) -> tuple[str, str]:
    if word in ASSERTIONS or word == "present":
        return "assertion", word
    if word in SIDES:
        return "side", word
    for sign, name in (("~", "concept"), ("=", "value"), ("@", "at"), ("unit:", "unit"), ("dose:", "dose")):
        if word.startswith(sign):
            return name, word.removeprefix(sign).replace("_", " ") if name != "concept" else word[1:]
    return "status", word
