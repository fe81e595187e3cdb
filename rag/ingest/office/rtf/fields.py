"""Fields of RTF that show something that is not written as text: boxes, entries of lists, signs of a font,
buttons.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from rag.ingest.office.docx.fields import EMPTY_BOX, TICKED, button
from rag.ingest.parsing.symbol_fonts import sign

_SYMBOL = re.compile(r"\s*SYMBOL\s+(0x[0-9a-f]+|\d+)(.*)", re.IGNORECASE | re.DOTALL)
_FONT = re.compile(r'\\f\s*"?([^"\\]+)"?', re.IGNORECASE)
_BOX, _LIST, _UNDEFINED = 1, 2, 25


@dataclass(slots=True)
class FormField:
    """A field of a form while it is read."""

    kind: int = 0
    result: int = _UNDEFINED
    default: int = 0
    entries: list[str] = field(default_factory=list)

    def note(self, word: str, number: int | None) -> None:
        """Note a property."""
        if word == "fftype":
            self.kind = number or 0
        elif word == "ffres":
            self.result = number or 0
        elif word == "ffdefres":
            self.default = number or 0

    def shown(self) -> str | None:
        """Return the box or the entry, None where the text of the field itself says it."""
        state = self.default if self.result == _UNDEFINED else self.result
        if self.kind == _BOX:
            return TICKED if state else EMPTY_BOX
        return self.entries[state] if self.kind == _LIST and 0 <= state < len(self.entries) else None


def shown(instruction: str, form: FormField | None) -> str | None:
    """Return what a field shows by its instruction alone, None where its result is what it shows."""
    if form is not None:
        return form.shown()
    if found := _SYMBOL.fullmatch(instruction):
        code, font = int(found[1], 0), _FONT.search(found[2])
        return (
            sign(font[1], code)
            if font
            else bytes([code]).decode("cp1252", "ignore")
            if code < 256
            else chr(code)
        ).replace("μ", "µ")
    return button(instruction) or None
