"""Blocks of a note that tell of another patient: pasted by mistake, or a list of several patients in one
text.

A block begins at a line that identifies a patient (a name after *Patient*, a date of birth) other than the
first one of the note.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.clinical.patterns import alternatives
from rag.clinical.times.periods import When

_NAMED = re.compile(
    rf"^[ \t>*#|-]*(?:\*\*)?{alternatives('identity', 'heads')}(?:\*\*)?[ \t]*(?:\(e\))?[ \t]*[:|]["
    r" \t*]*(?P<name>[^\n,;|(–-]{2,40})",
    re.MULTILINE,
)
_BED = re.compile(
    r"^[ \t>*#-]*(?:chambre|ch|lit|room|bed)\.?\s?\d+\w?\s?[:–-]?\s*(?:m|mr|mrs|ms|mme|mlle|monsieur|"
    r"madame)\.?\s+(?P<name>[^\W\d]+)",
    re.MULTILINE,
)
_TITLE = re.compile(r"^(?:m|mr|mrs|ms|mme|mlle|monsieur|madame)\.?\s+")
_NO_NAME = re.compile(r"\d|\b(?:age|ans|years?|old|vu|vue|connu|known|seen|is|est|stable|allerg\w+|has|a)\b")


@dataclass(frozen=True, slots=True)
class Foreign:
    """Spans that tell of another patient, in order."""

    spans: tuple[tuple[int, int], ...] = ()

    def holds(self, position: int) -> bool:
        """Tell whether a place lies in such a span."""
        return any(start <= position < end for start, end in self.spans)


def foreign_blocks(text: str, plain: str, whens: Sequence[When]) -> Foreign:
    """Return the blocks of a note that another name or date of birth heads."""
    heads = sorted([*_names(plain), *_births(plain, whens)])
    if (beds := _beds(plain)) is not None:
        return Foreign(((beds, len(text)),))
    first: dict[str, str] = {}
    spans: list[tuple[int, int]] = []
    opened: int | None = None
    for position, sort, value in heads:
        known = first.setdefault(sort, value)
        is_other = not _is_same(known, value)
        if is_other and opened is None:
            opened = position
        elif not is_other and opened is not None and not _same_line(plain, opened, position):
            spans.append((opened, position))
            opened = None
    if opened is not None:
        spans.append((opened, len(text)))
    return Foreign(tuple(spans))


_MATERNAL = re.compile(
    r"\b(?:accouch\w+|parturiente|cesarienne|primipare|multipare|post-?partum|delivered|delivery|c(?:a|ae)?esarean"
    r"|g\d\s?p\d)\b"
)
_CHILD = re.compile(
    r"\b(?:enfant|nouveau-?nee?|naissance d'une?|bebe|garcon|fille|baby|newborn|neonate|infant|live-?born)\b"
)
_CHILD_END = re.compile(r"\n|\b(?:mere|mother|patiente|maternel\w*|maternal|la maman|delivrance|placenta)\b")
_OWN = frozenset({"newborn", "neonat", "paediatric", "pediatric", "birth_record"})


def is_maternal(plain: str, kind: str) -> bool:
    """Tell whether a note is that of a mother who gave birth."""
    return not any(name in kind for name in _OWN) and _MATERNAL.search(plain) is not None


def child_spans(plain: str) -> Foreign:
    """Return what a note of a delivery says of the child: from its first word to the line's end or the
    mother's.
    """
    spans: list[tuple[int, int]] = []
    for found in _CHILD.finditer(plain):
        if spans and found.start() < spans[-1][1]:
            continue
        end = _CHILD_END.search(plain, found.end())
        spans.append((found.start(), end.start() if end else len(plain)))
    return Foreign(tuple(spans))


def _beds(plain: str) -> int | None:
    """Return where a list of several patients by bed begins: whose record it lies in, nobody can tell."""
    found = list(_BED.finditer(plain))
    return found[0].start() if len({bed["name"] for bed in found}) > 1 else None


def _names(plain: str) -> Iterator[tuple[int, str, str]]:
    for found in _NAMED.finditer(plain):
        name = _TITLE.sub("", found["name"].strip(" *."))
        if name and not _NO_NAME.search(name) and len(name.split()) <= 4:
            yield found.start(), "name", name


def _births(plain: str, whens: Sequence[When]) -> Iterator[tuple[int, str, str]]:
    for when in whens:
        if when.event == "birth" and when.period is not None and when.period.start:
            start = plain.rfind("\n", 0, when.start) + 1
            if not re.search(
                r"\b(?:mere|mother|pere|father|enfant|child|bebe|baby|conjoint|soeur|sour|frere|sister|brother)\b",
                plain[start : when.start],
            ):
                yield start, "birth", when.period.start[:10]


def _is_same(first: str, second: str) -> bool:
    """Tell whether two identities may be one: a shorter name that the longer holds, in any order of its
    words.
    """
    one, two = set(first.split()), set(second.split())
    return bool(one & two) and (one <= two or two <= one or len(one & two) >= 2)


def _same_line(plain: str, first: int, second: int) -> bool:
    return "\n" not in plain[first:second]
