"""The alternative texts of a tagged PDF: what its author wrote of a figure for those who do not see it
(ISO 32000-1 14.9.3).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

from rag.ingest.pdf.annotations import text_from

_MOST_ELEMENTS = 20_000
_LONGEST = 10_000


def alternative_texts(page: pypdfium2.PdfPage) -> list[str]:
    """Return the alternative texts of a page in the order of its structure, each once."""
    tree = pdfium.FPDF_StructTree_GetForPage(page.raw)
    if not tree:
        return []
    try:
        texts = (text[:_LONGEST] for element in _elements(tree) if (text := _alternative(element)))
        return list(dict.fromkeys(texts))
    finally:
        pdfium.FPDF_StructTree_Close(tree)


def _elements(tree: Any) -> Iterator[Any]:
    """Yield the elements of a tree, outermost first; a tree without end is left after so many."""
    top = pdfium.FPDF_StructTree_CountChildren(tree)
    waiting = [pdfium.FPDF_StructTree_GetChildAtIndex(tree, at) for at in reversed(range(max(0, top)))]
    for _ in range(_MOST_ELEMENTS):
        if not waiting:
            return
        element = waiting.pop()
        if not element:
            continue
        yield element
        room = max(0, _MOST_ELEMENTS - len(waiting))
        count = min(room, max(0, pdfium.FPDF_StructElement_CountChildren(element)))
        waiting.extend(
            pdfium.FPDF_StructElement_GetChildAtIndex(element, at) for at in reversed(range(count))
        )


def _alternative(element: Any) -> str:
    found = text_from(lambda buffer, size: pdfium.FPDF_StructElement_GetAltText(element, buffer, size))
    return " ".join(found.split())
