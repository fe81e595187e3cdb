"""How a run of Word letters is set, as far as that changes what it says: struck out, hidden, raised, lowered,
in a font of signs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from rag.ingest.office.docx.names import Element, is_on, value, w
from rag.ingest.parsing.runs import LEVEL, LOWERED, RAISED
from rag.ingest.parsing.symbol_fonts import is_symbol_font

_HEIGHTS = {"superscript": RAISED, "subscript": LOWERED, "baseline": LEVEL}
_DEEPEST = 20
_TINY = 4
"""Half points: print below two points is not read."""
_WHITE = 0xF0
_WHITE_THEMES = ("background1", "light1")
_HEX = re.compile(r"[0-9A-Fa-f]{6}")


@dataclass(frozen=True, slots=True)
class RunStyle:
    """What is said of a run; None where nothing is. ``font`` is the name of a font of signs, empty for one of
    letters; ``marked`` says that a colour lies behind the letters.
    """

    struck: bool | None = None
    hidden: bool | None = None
    height: int | None = None
    font: str | None = None
    white: bool | None = None
    tiny: bool | None = None
    marked: bool | None = None

    def over(self, below: RunStyle) -> RunStyle:
        """Return this setting, and what it leaves unsaid as it is below it."""
        return RunStyle(
            below.struck if self.struck is None else self.struck,
            below.hidden if self.hidden is None else self.hidden,
            below.height if self.height is None else self.height,
            below.font if self.font is None else self.font,
            below.white if self.white is None else self.white,
            below.tiny if self.tiny is None else self.tiny,
            below.marked if self.marked is None else self.marked,
        )


PLAIN = RunStyle()


class Styles:
    """The styles of a document, each with those it is based on."""

    def __init__(self, root: Element | None) -> None:
        found = list(root.iter(w("style"))) if root is not None else []
        self._elements = {str(style.get(w("styleId"))): style for style in found}
        self._settings: dict[str, RunStyle] = {}

    def named(self, style_id: str | None, depth: int = 0) -> RunStyle:
        """Return the setting of a style."""
        element = self._elements.get(style_id or "")
        if element is None or depth > _DEEPEST:
            return PLAIN
        if style_id not in self._settings:
            own = _said(element.find(w("rPr")))
            self._settings[str(style_id)] = own.over(self.named(value(element, "basedOn"), depth + 1))
        return self._settings[str(style_id)]

    def is_coloured_table(self, table: Element) -> bool:
        """Tell whether a table, or a style that it goes by, puts a colour behind any of its cells."""
        properties = table.find(w("tblPr"))
        style_id = None if properties is None else value(properties, "tblStyle")
        if any(is_coloured(shade) for shade in table.iter(w("shd"))):
            return True
        for _ in range(_DEEPEST):
            element = self._elements.get(style_id or "")
            if element is None:
                return False
            if any(is_coloured(shade) for shade in element.iter(w("shd"))):
                return True
            style_id = value(element, "basedOn")
        return False

    def chain(self, paragraph: Element) -> Iterator[Element]:
        """Yield the style that a paragraph names, and those it is based on."""
        properties = paragraph.find(w("pPr"))
        style_id = None if properties is None else value(properties, "pStyle")
        for _ in range(_DEEPEST):
            element = self._elements.get(style_id or "")
            if element is None:
                return
            yield element
            style_id = value(element, "basedOn")

    def of_paragraph(self, paragraph: Element) -> RunStyle:
        """Return the setting of the style of a paragraph."""
        properties = paragraph.find(w("pPr"))
        return PLAIN if properties is None else self.named(value(properties, "pStyle"))

    def of_run(self, run: Element, around: RunStyle) -> RunStyle:
        """Return the setting of a run in a paragraph with the setting ``around``."""
        properties = run.find(w("rPr"))
        if properties is None or not len(properties):
            return around
        style = value(properties, "rStyle")
        own = _said(properties)
        return (own.over(self.named(style)) if style else own).over(around)


def _said(properties: Element | None) -> RunStyle:
    if properties is None:
        return PLAIN
    said = PLAIN
    for child in properties:
        name = child.tag.rpartition("}")[2] if isinstance(child.tag, str) else ""
        if name in ("strike", "dstrike"):
            said = replace(said, struck=bool(said.struck) or bool(is_on(properties, name)))
        elif name in ("vanish", "webHidden"):
            said = replace(said, hidden=bool(said.hidden) or bool(is_on(properties, name)))
        elif name == "vertAlign":
            said = replace(said, height=_HEIGHTS.get(child.get(w("val"), ""), LEVEL))
        elif name == "position" and said.height is None:
            said = replace(said, height=_raised_by(child.get(w("val"), "0")))
        elif name == "color":
            said = replace(said, white=_is_white(child))
        elif name == "sz":
            said = replace(
                said, tiny=child.get(w("val"), "").isdecimal() and int(child.get(w("val"))) < _TINY
            )
        elif name in ("shd", "highlight"):
            said = replace(said, marked=bool(said.marked) or is_coloured(child))
        elif name == "rFonts":
            fonts = [child.get(w(which), "") for which in ("ascii", "hAnsi")]
            said = replace(said, font=next(filter(is_symbol_font, fonts), ""))
    return said


def _is_white(element: Element) -> bool:
    return (
        element.get(w("themeColor"), "") in _WHITE_THEMES or _lightness(element.get(w("val"), "")) >= _WHITE
    )


def is_coloured(shade: Element) -> bool:
    """Tell whether a shade or a highlight puts a colour behind letters on which white ones are seen."""
    if shade.tag == w("highlight"):
        return shade.get(w("val"), "none") not in ("none", "white")
    fill, theme = shade.get(w("fill"), "auto"), shade.get(w("themeFill"), "")
    if theme and theme not in _WHITE_THEMES:
        return True
    return fill != "auto" and _lightness(fill) < _WHITE


def _lightness(colour: str) -> int:
    """Return how light a colour of six hexadecimal digits is, from 0 to 255; any other is dark."""
    if not _HEX.fullmatch(colour):
        return 0
    return min(int(colour[at : at + 2], 16) for at in (0, 2, 4))


def _raised_by(half_points: str) -> int | None:
    amount = int(half_points) if half_points.lstrip("+-").isdecimal() else 0
    return None if abs(amount) < 4 else RAISED if amount > 0 else LOWERED
