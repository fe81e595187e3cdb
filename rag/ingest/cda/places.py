"""Where in the written text of a section an entry is told: by the ids that it refers to, else by its words on
one line.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.core.text import Span, trimmed
from rag.ingest.cda.told import ToldEntry
from rag.ingest.records.narrative import flat
from rag.ingest.records.xml import Element, children, local, within

_LONGEST_KEY = 60


@dataclass(frozen=True, slots=True)
class NarrativePlaces:
    """The lines of a section's text, each with where it stands, and the elements of its narrative that have
    ids.
    """

    lines: Sequence[tuple[Span, str]]
    by_id: dict[str, Element]

    @classmethod
    def of(cls, text: str, start: int, by_id: dict[str, Element]) -> NarrativePlaces:
        """Return the places of a text that begins at an offset."""
        lines, at = [], 0
        for line in text.split("\n"):
            if line.strip():
                first, last = trimmed(text, at, at + len(line))
                lines.append(((start + first, start + last), _folded(line)))
            at += len(line) + 1
        return cls(lines, by_id)

    def find(self, told: ToldEntry) -> Span | None:
        """Return where a statement is told, None where no line says it."""
        elements = (self.by_id.get(name) for name in _references(told.statement))
        linked = [
            found for element in elements if element is not None and (found := self._of(element)) is not None
        ]
        words = set(_folded(told.fact.label).split()) if told.fact is not None else set()
        lines = dict(self.lines)
        named = [
            place for place in linked if words & set(lines[place].replace("|", " ").replace(",", " ").split())
        ]
        return next(iter(named), None) or self._by_words(told) or next(iter(linked), None)

    def _of(self, element: Element) -> Span | None:
        """Return the line that an element was written to: the row that it stands in, else its own words."""
        row = element if local(element) == "tr" else _row_of(element)
        key = (
            _folded(flat(element))[:_LONGEST_KEY]
            if local(element) not in ("tr", "td", "th") or row is None
            else ""
        )
        wanted = (
            [_folded(flat(cell)).replace("|", "/")[:_LONGEST_KEY] for cell in children(row, "td", "th")]
            if row is not None
            else []
        )
        wanted = [cell for cell in (*wanted, key) if cell]
        if not wanted:
            return None
        best = max(self.lines, key=lambda line: sum(cell in line[1] for cell in wanted), default=None)
        if best is None:
            return None
        found = sum(cell in best[1] for cell in wanted)
        return (
            best[0]
            if found and (found * 2 >= len(wanted)) and (not key or key in best[1] or row is not None)
            else None
        )

    def _by_words(self, told: ToldEntry) -> Span | None:
        fact = told.fact
        if fact is None:
            words = _folded(told.line)
            return next((place for place, line in self.lines if _stands_in(words, line)), None)
        label, value = _folded(fact.label), _folded(fact.value_text)
        number = value.split(" ")[0] if value else ""
        for place, line in self.lines:
            if (
                label
                and _stands_in(label, line)
                and (not number or f" {number} " in f" {line.replace(',', '.')} " or number in line)
            ):
                return place
        return None


def _stands_in(words: str, line: str) -> bool:
    """Tell whether a line holds words whole: ``a`` is not said by ``autre``."""
    at = line.find(words)
    while at >= 0:
        end = at + len(words)
        if not line[at - 1 : at].isalnum() and not line[end : end + 1].isalnum():
            return True
        at = line.find(words, at + 1)
    return False


def _references(statement: Element) -> Iterator[str]:
    """Yield the ids that a statement refers to, its own text first, then those of its code, its value, its
    product.
    """
    own = children(statement, "text")
    inner = within(statement, "originalText")
    for one in (*own, *inner):
        for reference in children(one, "reference"):
            if value := (reference.get("value") or "").strip():
                yield value.lstrip("#")


def _row_of(element: Element) -> Element | None:
    above = element.getparent()
    while above is not None and local(above) not in ("tr", "text"):
        above = above.getparent()
    return above if above is not None and local(above) == "tr" else None


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
