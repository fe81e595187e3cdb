"""How letters of OpenDocument text are set, as far as that changes what they say: struck out, hidden, raised,
in a font of signs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from rag.ingest.parsing.runs import LEVEL, LOWERED, RAISED
from rag.ingest.parsing.symbol_fonts import is_symbol_font
from rag.ingest.parsing.xml_tree import Element
from rag.ingest.parsing.xml_tree import name_of as tag_of

_DEEPEST = 20
_PERCENT = re.compile(r"(-?\d+)(?:\.\d+)?%")


@dataclass(frozen=True, slots=True)
class LetterStyle:
    """What is said of letters; None where nothing is."""

    struck: bool | None = None
    hidden: bool | None = None
    height: int | None = None
    font: str | None = None

    def over(self, below: LetterStyle) -> LetterStyle:
        """Return this setting, and what it leaves unsaid as it is below it."""
        return LetterStyle(
            below.struck if self.struck is None else self.struck,
            below.hidden if self.hidden is None else self.hidden,
            below.height if self.height is None else self.height,
            below.font if self.font is None else self.font,
        )


PLAIN = LetterStyle()


class OdtStyles:
    """The styles of a document, automatic and named, each with the one that it is based on."""

    def __init__(self, roots: Iterable[Element]) -> None:
        self._elements: dict[tuple[str, str], Element] = {}
        self._settings: dict[tuple[str, str], LetterStyle] = {}
        for root in roots:
            for style in root.iter():
                if tag_of(style) == "style":
                    self._elements[attribute(style, "family"), attribute(style, "name")] = style

    def named(self, family: str, name: str, depth: int = 0) -> LetterStyle:
        """Return the setting of a style of a family (``text``, ``paragraph``)."""
        key = (family, name)
        element = self._elements.get(key)
        if element is None or depth > _DEEPEST:
            return PLAIN
        if key not in self._settings:
            own = next((_said(child) for child in element if tag_of(child) == "text-properties"), PLAIN)
            self._settings[key] = own.over(
                self.named(family, attribute(element, "parent-style-name"), depth + 1)
            )
        return self._settings[key]


def _said(properties: Element) -> LetterStyle:
    line, kind = (
        attribute(properties, "text-line-through-style"),
        attribute(properties, "text-line-through-type"),
    )
    position, display = attribute(properties, "text-position"), attribute(properties, "display")
    font = attribute(properties, "font-name") or attribute(properties, "font-family").strip("'\"")
    return LetterStyle(
        (line or kind) != "none" if line or kind else None,
        display == "none" if display else None,
        _height(position) if position else None,
        (font if is_symbol_font(font) else "") if font else None,
    )


def _height(position: str) -> int:
    first = position.split()[0]
    amount = _PERCENT.fullmatch(first)
    if first.startswith("super") or (amount and int(amount[1]) > 0):
        return RAISED
    return LOWERED if first.startswith("sub") or (amount and int(amount[1]) < 0) else LEVEL


def attribute(element: Element, name: str) -> str:
    """Return an attribute by its name in any namespace, empty where there is none."""
    for key, found in element.attrib.items():
        if key.rpartition("}")[2] == name:
            return str(found)
    return ""
