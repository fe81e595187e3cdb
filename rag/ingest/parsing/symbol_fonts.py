"""The signs of symbol fonts: ``m`` set in Symbol is µ, and a Wingdings ``þ`` is a ticked box; their letters
alone say something else.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

_PRIVATE = 0xF000
_KINDS = {
    "symbolmt": "symbol",
    "standardsymbolsl": "symbol",
    "opensymbol": "wingdings",
    "starsymbol": "wingdings",
    "itc zapf dingbats": "zapfdingbats",
    "zapf dingbats": "zapfdingbats",
    "zadb": "zapfdingbats",
    "dingbats": "zapfdingbats",
    "wingdings2": "wingdings 2",
    "wingdings3": "wingdings 3",
    "wingdings-regular": "wingdings",
}


@cache
def _tables() -> dict[str, dict[int, str]]:
    data = tomllib.loads((files(__package__) / "symbol_fonts.toml").read_text(encoding="utf-8"))
    return {font: {int(code, 16): sign for code, sign in table.items()} for font, table in data.items()}


def is_symbol_font(font: str) -> bool:
    """Tell whether the letters of a font are signs."""
    return _name(font) in _tables()


def sign(font: str, code: int) -> str:
    """Return the sign that a symbol font shows for a code (or for the code's private use, U+F0xx), empty
    where none is known.
    """
    code = code - _PRIVATE if _PRIVATE <= code <= _PRIVATE + 0xFF else code
    return _tables().get(_name(font), {}).get(code, "")


def signs(font: str, text: str) -> tuple[str, int]:
    """Return a text set in a symbol font as what it shows, and how many of its letters show something
    unknown.
    """
    shown = [
        char if char.isspace() or (ord(char) > 0xFF and not _is_private(char)) else sign(font, ord(char))
        for char in text
    ]
    return "".join(shown), sum(not one for one in shown)


def _is_private(char: str) -> bool:
    return _PRIVATE <= ord(char) <= _PRIVATE + 0xFF


def _name(font: str) -> str:
    plain = font.strip().lower().partition("+")[2] or font.strip().lower()
    return _KINDS.get(plain, plain)
