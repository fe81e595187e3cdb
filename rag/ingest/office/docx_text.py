"""The words of a Word document, as its reader sees them, from its XML.

python-docx's own ``text`` leaves out what stands in content controls, text boxes and accepted insertions, all common in hospital templates;
a missing sentence would read as "not mentioned". Deleted and hidden text is left out, as on the page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

Element = Any
"""An lxml element; the library has no types."""

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_SIGNS = {f"{_W}tab": "\t", f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}noBreakHyphen": "-"}
_UNSEEN = {f"{_W}del", f"{_W}moveFrom", f"{_W}instrText", f"{_W}pPr", f"{_W}rPr", f"{_W}tblPr", f"{_W}sectPr", f"{_W}sdtPr"}
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
"""A second writing of the same text box, for older readers."""


def w(name: str) -> str:
    """Return the full name of an element or attribute of WordprocessingML."""
    return _W + name


def blocks(parent: Element) -> Iterator[Element]:
    """Yield the paragraphs and tables of a part in reading order, whatever wraps them; those of a text box follow its paragraph."""
    for child in parent:
        if child.tag in (w("p"), w("tbl")):
            yield child
            if child.tag == w("p"):
                yield from _boxed(child)
        elif child.tag not in _UNSEEN and isinstance(child.tag, str):
            yield from blocks(child)


def _boxed(paragraph: Element) -> Iterator[Element]:
    for box in paragraph.iter(w("txbxContent")):
        if not any(above.tag == _FALLBACK for above in box.iterancestors()):
            yield from blocks(box)


def text_of(paragraph: Element) -> str:
    """Return the visible text of a paragraph, without that of its text boxes."""
    return "".join(_pieces(paragraph, lambda _run: True))


def bold_text_of(paragraph: Element) -> str:
    """Return the part of the visible text that is set in bold."""
    return "".join(_pieces(paragraph, _is_bold))


def _pieces(element: Element, wanted: Callable[[Element], bool]) -> Iterator[str]:
    for child in element:
        if child.tag in _UNSEEN or child.tag in (w("txbxContent"), _FALLBACK):
            continue
        if child.tag == w("r") and (_is_hidden(child) or not wanted(child)):
            continue
        if child.tag == w("t"):
            yield child.text or ""
        elif child.tag in _SIGNS:
            yield _SIGNS[child.tag]
        else:
            yield from _pieces(child, wanted)


def _has(run: Element, name: str) -> bool:
    found = run.find(f"{w('rPr')}/{w(name)}")
    return found is not None and found.get(w("val"), "true") not in ("false", "0", "none")


def _is_hidden(run: Element) -> bool:
    return _has(run, "vanish")


def _is_bold(run: Element) -> bool:
    return _has(run, "b")


def rows_of(table: Element) -> Iterator[str]:
    """Yield the rows of a table as ``| cell | cell |``; a cell that spans several is given once, a table in a cell is run into it."""
    for row in _within(table, w("tr")):
        cells = [_cell(cell) for cell in _within(row, w("tc"))]
        if any(cells):
            yield f"| {' | '.join(cells)} |"


def _within(parent: Element, tag: str) -> Iterator[Element]:
    """Yield the rows or cells of a table, which may be wrapped in content controls, but not those of a table inside it."""
    for child in parent:
        if child.tag == tag:
            yield child
        elif child.tag not in (w("tr"), w("tc"), w("tbl"), w("p")) and isinstance(child.tag, str):
            yield from _within(child, tag)


def _cell(cell: Element) -> str:
    merged = cell.find(f"{w('tcPr')}/{w('vMerge')}")
    if merged is not None and merged.get(w("val"), "continue") == "continue":
        return ""
    lines = (" ".join(rows_of(block)) if block.tag == w("tbl") else text_of(block) for block in blocks(cell))
    return " ".join(" ".join(lines).split())
