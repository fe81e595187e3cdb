"""What the facts of a record answer: statements with the facts that they come from, or nothing, with what
came near.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from rag.core.facts import Fact
from rag.core.types import PartStatus

__all__ = [
    "FactAnswer",
    "FactStatement",
    "Fragment",
    "PartStatus",
    "not_found",
    "quoted",
    "statement",
    "worst",
]


@dataclass(frozen=True, slots=True)
class Fragment:
    """Some words of a statement.

    ``date`` (ISO 8601) is a date that the words give: where no document writes it they are left out, or
    ``undated`` is said instead: the day under which the document is filed.
    ``is_frame`` marks words about the record itself (``last document``), which no quote can hold.
    """

    text: str
    date: str | None = None
    is_frame: bool = False
    undated: str = ""


@dataclass(frozen=True, slots=True)
class FactStatement:
    """One sentence and the facts that it states.

    ``is_quoted`` where the document's own sentence is said after the words: what is best told as it was
    written, e.g. a reason.
    """

    pieces: tuple[Fragment, ...]
    facts: tuple[Fact, ...]
    is_quoted: bool = False
    items: tuple[FactStatement, ...] = ()
    """Of a list: each of its things, which stands or falls by itself; ``pieces`` are then the words before
    them.
    """
    between: str = "; "
    is_dated: bool = False
    """Of a thing in a list: it is left out where no document writes its date."""

    @property
    def text(self) -> str:
        """Return the sentence with every date."""
        words = "".join(piece.text for piece in self.pieces)
        return f"{words}{self.between.join(one.text for one in self.items)}." if self.items else words


@dataclass(frozen=True, slots=True)
class FactAnswer:
    """What facts say to one part of a question. ``near_misses`` are facts of the record that come near and do
    not answer.

    ``is_certain`` where nothing answers and the facts know why: the thing was measured, at other times than
    the one asked about.
    """

    status: PartStatus
    statements: tuple[FactStatement, ...] = ()
    near_misses: tuple[Fact, ...] = ()
    is_certain: bool = False


def statement(facts: Iterable[Fact], *pieces: Fragment | str) -> FactStatement:
    """Return a statement; a plain string is a piece without a date."""
    kept = tuple(Fragment(piece) if isinstance(piece, str) else piece for piece in pieces if piece)
    return FactStatement(kept, tuple({fact.fact_id: fact for fact in facts}.values()))


def listing(head: Fragment | str, items: Sequence[FactStatement], language: str) -> FactStatement:
    """Return a list of things as one sentence; what a thing's own quotes do not carry is left out of it."""
    whole = statement([fact for one in items for fact in one.facts], head)
    bare = tuple(replace(one, pieces=_unended(one.pieces)) for one in items)
    return replace(whole, items=bare, between=" ; " if language == "fr" else "; ")


def _unended(pieces: tuple[Fragment, ...]) -> tuple[Fragment, ...]:
    """Return pieces without the full stop of a sentence of its own."""
    return pieces[:-1] if pieces and pieces[-1].text == "." else pieces


def quoted(fact: Fact, *pieces: Fragment | str) -> FactStatement:
    """Return a statement that ends with the document's own sentence."""
    return replace(statement([fact], *pieces), is_quoted=True)


def worst(statuses: Sequence[PartStatus]) -> PartStatus:
    """Return the status of several things asked together: a contradiction is said, and what is not found of
    some makes it partial.
    """
    if "contradictory" in statuses:
        return "contradictory"
    return "partial" if "partial" in statuses or "not_found" in statuses else "answered"


def not_found(near: Sequence[Fact] = (), *, is_certain: bool = False) -> FactAnswer:
    """Return that nothing answers."""
    return FactAnswer("not_found", (), tuple(near)[:_MOST_NEAR], is_certain)


_MOST_NEAR = 5
