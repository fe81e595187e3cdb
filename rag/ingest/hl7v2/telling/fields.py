"""What the fields of the segments that are read say in words, by their data types; nothing that may carry
text is left out in silence.

A parser tells the fields that it knows a sentence for. ``rest`` then gives every other text of the segment
with the name of its field.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from rag.ingest.hl7v2.message import Segment
from rag.ingest.hl7v2.people import professional_in
from rag.ingest.records.wording.units import unit_in_words
from rag.messages import catalogue

_CODED = frozenset("CE CWE CNE CF".split())
_PLAIN = frozenset("ST TX FT".split())

_SAID_IN_WORDS = {
    "OBX-8": frozenset("H L HH LL HU LU N A AA POS NEG IND DET ND R S I U D".split()),
    "AL1-2": frozenset("DA FA EA LA MA".split()),
    "AL1-4": frozenset("SV MO MI U".split()),
    "IAM-2": frozenset("DA FA EA LA MA".split()),
    "IAM-4": frozenset("SV MO MI U".split()),
    "IAM-6": frozenset("A U X D".split()),
    "IAM-17": frozenset("U P S C I E D".split()),
}
"""Codes of the standard's tables that lines say in words of their own: a code that came without text is told
by them.
"""


@cache
def types() -> dict[str, tuple[str, ...]]:
    """Return the data types of the fields of each segment that is read, from field 1."""
    found = tomllib.loads((files(__package__) / "segments.toml").read_text(encoding="utf-8"))
    return {name: tuple(line.split()) for name, line in found.items()}


def coded_words(segment: Segment, value: str) -> str:
    """Return what a coded value (CE, CWE) says: its text, with the other words that it gives behind it; its
    code where it has none.
    """
    primary = [segment.part(value, 2), segment.part(value, 9), segment.part(value, 5)]
    said = list(dict.fromkeys(filter(None, primary)))
    if not said:
        return segment.part(value, 1) or segment.part(value, 4)
    extra = [text for text in said[1:] if _folded(text) not in _folded(said[0])]
    return f"{said[0]} ({', '.join(extra)})" if extra else said[0]


def words(segment: Segment, field: int, kind: str = "") -> list[str]:
    """Return the texts of a field, one for each repetition; none of a type that carries no words."""
    names = types().get(segment.name, ())
    kind = kind or (names[field - 1] if 0 < field <= len(names) else "ST")
    found = (_words(segment, value, kind) for value in segment.repetitions(field))
    return list(dict.fromkeys(filter(None, found)))


def _words(segment: Segment, value: str, kind: str) -> str:
    if kind in _PLAIN:
        return joined(segment, value)
    if kind in _CODED:
        return coded_words(segment, value)
    if kind == "XCN":
        return professional_in(segment, value)
    if kind == "XPN":
        return " ".join(filter(None, (segment.part(value, at, 1) for at in (5, 2, 1))))
    if kind == "XON":
        return segment.part(value, 1)
    if kind == "SPS":
        return specimen_words(segment, value)
    if kind in ("TQ", "RPT", "CQ", "RI"):
        return _subcoded(segment, value, {"TQ": (7, 8), "RPT": (1,), "RI": (1,), "CQ": ()}[kind])
    return ""


def joined(segment: Segment, value: str) -> str:
    """Return all that a plain value says; what its sender did not escape is text as well."""
    parts = (segment.part(value, at + 1) for at in range(value.count(segment.marks.component) + 1))
    return " ".join(filter(None, parts))


def specimen_words(segment: Segment, value: str) -> str:
    """Return what a specimen source (SPS) says: what it is, from where, how it was taken."""
    parts = [
        _concept(segment, value, 1),
        _concept(segment, value, 4),
        _concept(segment, value, 2),
        segment.part(value, 3),
    ]
    parts += [_concept(segment, value, at) for at in (5, 6, 7)]
    return ", ".join(dict.fromkeys(filter(None, parts)))


def _concept(segment: Segment, value: str, component: int) -> str:
    """Return the text of a coded value within a component, else its code."""
    return (
        segment.part(value, component, 2)
        or segment.part(value, component, 5)
        or segment.part(value, component, 1)
    )


def _subcoded(segment: Segment, value: str, components: tuple[int, ...]) -> str:
    return ", ".join(
        filter(None, (segment.part(value, at, 2) or segment.part(value, at) for at in components))
    )


def rest(segment: Segment, told: str, skip: frozenset[int], language: str) -> Iterator[tuple[str, str]]:
    """Yield the texts of a segment that are not told yet, each with the name of its field.

    Args:
        segment: one that is read.
        told: what its document says of it so far.
        skip: the fields that other means tell.
        language: of the names.
    """
    said = _folded(told)
    names = types().get(segment.name, ())
    for field in range(1, len(segment.fields)):
        kind = names[field - 1] if field <= len(names) else "ST"
        if field in skip or (field > len(names) and not any(char.isalpha() for char in segment.raw(field))):
            continue
        for text in words(segment, field, kind):
            if text.upper() in _SAID_IN_WORDS.get(f"{segment.name}-{field}", ()):
                continue
            if any(map(str.isalpha, text)) and not _is_said(text, said):
                yield (
                    catalogue(language).get(f"hl7_field.{segment.name}-{field}", f"{segment.name}-{field}"),
                    text,
                )


def rest_lines(segment: Segment, told: str, skip: frozenset[int], language: str) -> list[str]:
    """Return the lines of ``rest``: ``Renseignements cliniques : fièvre``."""
    colon = catalogue(language)["record.colon"]
    return [f"{label}{colon} {text}" for label, text in rest(segment, told, skip, language)]


def _is_said(text: str, said: str) -> bool:
    """Tell whether a text is told: as it came, or as the unit that it is."""
    return _folded(text) in said or _folded(unit_in_words(text)) in said


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
