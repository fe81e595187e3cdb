"""The letters of RTF: its tokens, the code pages of its fonts, and the words that stand for signs."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from rag.ingest.parsing.decode import unmangled
from rag.ingest.parsing.symbol_fonts import is_symbol_font

TOKEN = re.compile(
    r"\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])|([^\\{}\r\n]+)|[\r\n]+"
)

SIGNS = {
    "tab": "\t",
    "emdash": "—",
    "endash": "–",
    "lquote": "‘",
    "rquote": "’",
    "ldblquote": "“",
    "rdblquote": "”",
    "bullet": "•",
    "emspace": " ",
    "enspace": " ",
    "qmspace": " ",
    "line": "\n",
    "lbr": "\n",
    "column": "\n",
}
ESCAPED = {"~": "\u00a0", "_": "-", "-": "", "\\": "\\", "{": "{", "}": "}", "\n": "\n", "\r": "\n", "*": ""}
_CODE_PAGES = {
    77: "mac-roman",
    128: "cp932",
    129: "cp949",
    130: "johab",
    134: "gbk",
    136: "big5",
    161: "cp1253",
    162: "cp1254",
}
_CODE_PAGES |= {
    163: "cp1258",
    177: "cp1255",
    178: "cp1256",
    186: "cp1257",
    204: "cp1251",
    222: "cp874",
    238: "cp1250",
    254: "cp437",
}
_CODE_PAGES |= {255: "cp850"}
_WHOLE = {"mac": "mac-roman", "pc": "cp437", "pca": "cp850", "ansi": "cp1252"}
_SYMBOLS = 2


@dataclass(slots=True)
class Fonts:
    """The fonts of a document: their names and the code pages of their letters."""

    code_page: str = "cp1252"
    names: dict[int, str] = field(default_factory=dict)
    charsets: dict[int, int] = field(default_factory=dict)

    def set_whole(self, word: str, number: int | None) -> None:
        """Note the code page of the whole document, by its name or number."""
        if word in _WHOLE:
            self.code_page = _WHOLE[word]
        elif word == "ansicpg" and number:
            self.code_page = "utf-8" if number == 65001 else f"cp{number}"

    def code_page_of(self, font: int | None) -> str:
        """Return the code page of a font's letters."""
        return (
            _CODE_PAGES.get(self.charsets.get(font or 0, 0), self.code_page)
            if font is not None
            else self.code_page
        )

    def signs_of(self, font: int | None) -> str:
        """Return the name of a font of signs, empty for one of letters."""
        name = self.names.get(font if font is not None else -1, "").strip(" ;")
        if is_symbol_font(name):
            return name
        return "symbol" if font is not None and self.charsets.get(font) == _SYMBOLS and not name else ""


def decoded(data: bytes, code_page: str) -> str:
    """Return bytes as letters; ``\\ufffd`` for those that are none. UTF-8 is UTF-8 whatever the code page."""
    try:
        return unmangled(data.decode(code_page, errors="replace"))
    except LookupError:
        return unmangled(data.decode("cp1252", errors="replace"))
