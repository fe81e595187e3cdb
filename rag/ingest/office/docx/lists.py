"""The marks of Word lists: Word writes them when it shows a page, so the text alone would lose ``1.``,
``2.``, and ``-``.
"""

from __future__ import annotations

from rag.ingest.office.docx.names import Element, w

_LETTERS = "abcdefghijklmnopqrstuvwxyz"


class ListMarks:
    """Counts the items of each list of a document, in reading order."""

    def __init__(self, numbering: Element | None) -> None:
        self._formats: dict[tuple[str, str], str] = {}
        self._counts: dict[tuple[str, int], int] = {}
        if numbering is not None:
            self._read(numbering)

    def _read(self, numbering: Element) -> None:
        abstract = {
            found.get(w("abstractNumId")): {
                level.get(w("ilvl")): _value(level, "numFmt") for level in found.iter(w("lvl"))
            }
            for found in numbering.iter(w("abstractNum"))
        }
        for number in numbering.iter(w("num")):
            for level, form in abstract.get(_value(number, "abstractNumId"), {}).items():
                self._formats[number.get(w("numId")), level] = form

    def mark(self, properties: Element | None) -> str:
        """Return the mark of an item with its space, empty where the paragraph is no item. ``properties`` is
        its ``numPr``.
        """
        number = _value(properties, "numId") if properties is not None else ""
        if number in ("", "0"):
            return ""
        level = _value(properties, "ilvl") or "0"
        form = self._formats.get((number, level), "bullet")
        indent = "  " * int(level)
        if form in ("bullet", "none"):
            return f"{indent}- "
        for deeper in [key for key in self._counts if key[0] == number and key[1] > int(level)]:
            del self._counts[deeper]
        count = self._counts[number, int(level)] = self._counts.get((number, int(level)), 0) + 1
        return f"{indent}{_LETTERS[(count - 1) % 26]}) " if form == "lowerLetter" else f"{indent}{count}. "


def _value(parent: Element, name: str) -> str:
    found = parent.find(w(name))
    return "" if found is None else str(found.get(w("val"), ""))
