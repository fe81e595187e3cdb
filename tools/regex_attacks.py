"""Strings that a pattern may take long over, made from the tree that ``re`` parses it into.

What repeats in a pattern is what can be tried in many ways. So each repeatable piece, and each beginning of
the pattern up to one, is a *pump*: a string that is written many times over, behind a beginning that leads to
the piece and before an end that makes the whole fail. Of the characters that a piece accepts, one of each
kind is tried: two characters are of one kind where no part of the pattern tells them apart. So two neighbours
that accept the same character (``\\s*:?\\s*``) meet in one pump.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

_REPEATS = {op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT}
_SINGLES = {op.LITERAL, op.NOT_LITERAL, op.ANY, op.IN}
_CATEGORIES = {
    op.CATEGORY_DIGIT: r"\d",
    op.CATEGORY_NOT_DIGIT: r"\D",
    op.CATEGORY_SPACE: r"\s",
    op.CATEGORY_NOT_SPACE: r"\S",
    op.CATEGORY_WORD: r"\w",
    op.CATEGORY_NOT_WORD: r"\W",
}
_USUAL = "aZ7_ \n\t-.,:;('\"é/<>[\x00"
_ENDS = ("", "\x00", "\n\x00", "a\x00")
_MANY = 8
"""A piece that may come so often or more counts as repeatable."""
_MOST_PUMPS = 80
_MOST_BRANCHES = 12

Node = tuple[Any, Any]


@dataclass(frozen=True, slots=True)
class Attack:
    """A beginning, a pump and an end."""

    start: str
    pump: str
    end: str

    def text(self, length: int) -> str:
        """Return the attack at a length: of a pump of up to four characters so many characters, of a longer
        one a quarter as many pumps.
        """
        return self.start + self.pump * max(1, length // min(4, len(self.pump))) + self.end


def attacks(pattern: str | bytes, flags: int) -> list[Attack]:
    """Return what to try on a pattern, without what is there twice."""
    text = pattern if isinstance(pattern, str) else pattern.decode("latin-1")
    tree = list(parser.parse(text, flags & ~re.DEBUG & (~re.UNICODE if isinstance(pattern, bytes) else ~0)))
    alphabet = [*dict.fromkeys([*_USUAL, *_letters(tree)])]
    atoms = [*_atoms(tree)]
    by_kind = {tuple(_accepts(atom, char) for atom in atoms): char for char in reversed(alphabet)}
    kinds = [*by_kind.values()]
    found: dict[tuple[str, str], None] = {}
    whole = _sample(tree, alphabet)
    for before, inner in _repeats(tree, "", alphabet):
        for pump in _pumps(before, inner, kinds, alphabet):
            found.update({("", pump): None, (before, pump): None})
    for pump in (whole, whole[:-1]):
        found[("", pump)] = None
    pairs = [pair for pair in found if pair[1]][:_MOST_PUMPS]
    return [Attack(start, pump, end) for start, pump in pairs for end in _ENDS]


def _pumps(
    before: str, inner: Sequence[Node], kinds: Sequence[str], alphabet: Sequence[str]
) -> Iterator[str]:
    """Yield what to write over and over for one repeatable piece that stands behind ``before``."""
    if len(inner) == 1 and inner[0][0] in _SINGLES:
        yield from (char for char in kinds if _accepts(inner[0], char))
    piece = _sample(inner, alphabet)
    yield piece
    yield _sample(inner, alphabet, least=1)
    yield before + piece
    yield before


def _repeats(nodes: Sequence[Node], before: str, alphabet: Sequence[str]) -> Iterator[tuple[str, list[Node]]]:
    """Yield each repeatable piece with a string that leads to it."""
    for kind, value in nodes:
        if kind in _REPEATS:
            _, most, inner = value
            if most is op.MAXREPEAT or most >= _MANY:
                yield before, list(inner)
        for part in _parts(kind, value)[:_MOST_BRANCHES]:
            yield from _repeats(part, before, alphabet)
        before += _sample([(kind, value)], alphabet)


def _parts(kind: Any, value: Any) -> list[list[Node]]:
    """Return the sequences that a node holds."""
    if kind in _REPEATS:
        return [list(value[2])]
    if kind is op.BRANCH:
        return [list(branch) for branch in value[1]]
    if kind is op.SUBPATTERN:
        return [list(value[3])]
    if kind in (op.ASSERT, op.ASSERT_NOT):
        return [list(value[1])]
    if kind is op.ATOMIC_GROUP:
        return [list(value)]
    if kind is op.GROUPREF_EXISTS:
        return [list(part) for part in value[1:] if part is not None]
    return []


def _sample(nodes: Sequence[Node], alphabet: Sequence[str], least: int = 0) -> str:
    """Return a string that the nodes match, or nearly: what is optional comes ``least`` times, what looks
    around is left out.
    """
    out = ""
    for kind, value in nodes:
        if kind in _SINGLES:
            out += next((char for char in alphabet if _accepts((kind, value), char)), "")
        elif kind in _REPEATS:
            out += _sample(list(value[2]), alphabet, least) * min(max(value[0], least), 20)
        elif kind is op.BRANCH:
            out += _sample(list(value[1][0]), alphabet, least)
        elif kind not in (op.ASSERT, op.ASSERT_NOT):
            out += "".join(_sample(part, alphabet, least) for part in _parts(kind, value)[:1])
    return out


def _atoms(nodes: Sequence[Node]) -> Iterator[Node]:
    for kind, value in nodes:
        if kind in _SINGLES:
            yield kind, value
        for part in _parts(kind, value):
            yield from _atoms(part)


def _letters(nodes: Sequence[Node]) -> Iterator[str]:
    """Yield the characters that a pattern writes out."""
    for kind, value in _atoms(nodes):
        for item, what in value if kind is op.IN else [(kind, value)]:
            if item in (op.LITERAL, op.NOT_LITERAL):
                yield chr(what)
            elif item is op.RANGE:
                yield from map(chr, what)


def _accepts(atom: Node, char: str) -> bool:
    """Tell whether a node for one character matches a character, letters in either case."""
    kind, value = atom
    if kind is op.ANY:
        return char != "\n"
    if kind in (op.LITERAL, op.NOT_LITERAL):
        return (chr(value).lower() == char.lower()) is (kind is op.LITERAL)
    negated = any(item is op.NEGATE for item, _ in value)
    return any(_holds(item, what, char) for item, what in value if item is not op.NEGATE) is not negated


def _holds(item: Any, what: Any, char: str) -> bool:
    if item is op.LITERAL:
        return chr(what).lower() == char.lower()
    if item is op.RANGE:
        return any(what[0] <= ord(case) <= what[1] for case in {char, char.lower()[:1], char.upper()[:1]})
    return re.match(_CATEGORIES[what], char) is not None
