"""Names of elements in Word's XML."""

from __future__ import annotations

from typing import Any

Element = Any
"""An lxml element; the library has no types."""

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
W14 = "{http://schemas.microsoft.com/office/word/2010/wordml}"
MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
DRAWING_TEXT = "{http://schemas.openxmlformats.org/drawingml/2006/main}t"
FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
"""A second writing of the same text box, for older readers."""

RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def w(name: str) -> str:
    """Return the full name of an element or attribute of WordprocessingML."""
    return _W + name


def value(parent: Element, name: str) -> str | None:
    """Return the value of a child, the empty text where it has none, None where there is no such child."""
    found = parent.find(w(name))
    return None if found is None else str(found.get(w("val"), ""))


def is_on(parent: Element, name: str) -> bool | None:
    """Tell whether a property that is on or off is set, None where nothing is said of it."""
    said = value(parent, name)
    return None if said is None else said not in ("false", "0", "none", "off")
