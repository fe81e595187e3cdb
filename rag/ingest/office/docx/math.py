"""Equations of Word (OMML) in line: fractions with a stroke, raised and lowered parts as such, roots with
their sign.
"""

from __future__ import annotations

from collections.abc import Iterator

from rag.ingest.office.docx.names import MATH, Element, w
from rag.ingest.parsing.runs import LOWERED, RAISED, LetterRun, joined

_HEIGHTS = {"sup": RAISED, "sub": LOWERED}


def equation(element: Element) -> str:
    """Return an equation in line."""
    return joined(_runs(element))


def _runs(element: Element) -> Iterator[LetterRun]:
    for child in element:
        name = child.tag.rpartition("}")[2] if isinstance(child.tag, str) else ""
        if child.tag in (f"{MATH}t", w("t")):
            yield LetterRun(child.text or "")
        elif name == "f":
            yield LetterRun(f"{_part(child, 'num')}/{_part(child, 'den')}")
        elif name in _HEIGHTS and child.tag.startswith(MATH):
            text = equation(child)
            simple = len(text) <= 3
            yield LetterRun(
                text if simple else f"^({text})" if name == "sup" else f"_({text})",
                _HEIGHTS[name] if simple else 0,
            )
        elif name == "rad":
            yield LetterRun(f"√({_part(child, 'e')})")
        elif name == "chr":
            yield LetterRun(str(child.get(f"{MATH}val", "")))
        else:
            yield from _runs(child)


def _part(parent: Element, name: str) -> str:
    text = "".join(equation(child) for child in parent.findall(f"{MATH}{name}"))
    return f"({text})" if len(text.split()) > 1 or any(sign in text for sign in "+−-×*/") else text
