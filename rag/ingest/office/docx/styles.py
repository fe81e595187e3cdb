"""How a run of Word letters is set, as far as that changes what it says: struck out, hidden, raised, lowered,
in a font of signs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from rag.ingest.office.docx.names import Element, is_on, value, w
from rag.ingest.parsing.runs import LEVEL, LOWERED, RAISED
from rag.ingest.parsing.symbol_fonts import is_symbol_font

_HEIGHTS = {"superscript": RAISED, "subscript": LOWERED, "baseline": LEVEL}
_DEEPEST = 20


@dataclass(frozen=True, slots=True)
class RunStyle:
    """What is said of a run; None where nothing is. ``font`` is the name of a font of signs, empty for one of
    letters.
    """

    struck: bool | None = None
    hidden: bool | None = None
    height: int | None = None
    font: str | None = None

    def over(self, below: RunStyle) -> RunStyle:
        """Return this setting, and what it leaves unsaid as it is below it."""
        return RunStyle(
            below.struck if self.struck is None else self.struck,
            below.hidden if self.hidden is None else self.hidden,
            below.height if self.height is None else self.height,
            below.font if self.font is None else self.font,
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
        elif name == "rFonts":
            fonts = [child.get(w(which), "") for which in ("ascii", "hAnsi")]
            said = replace(said, font=next(filter(is_symbol_font, fonts), ""))
    return said


def _raised_by(half_points: str) -> int | None:
    amount = int(half_points) if half_points.lstrip("+-").isdecimal() else 0
    return None if abs(amount) < 4 else RAISED if amount > 0 else LOWERED
