"""Inline marks of articles as plain text that keeps its meaning: ``10<sup>9</sup>`` is not 109, ``5
mg<sup>12</sup>`` is not 5 mg12.
"""

from __future__ import annotations

import re

from rag.ingest.parsing.scripts import calls_a_note
from rag.ingest.parsing.xml_tree import Element, text_of
from rag.ingest.records.xml import local, within

_RAISED = str.maketrans("0123456789+-−=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿ")
_CAN_RAISE = re.compile(r"[0-9+\-−]+")
_FORMULAS = frozenset(("disp-formula", "inline-formula", "chem-struct", "math"))
_SOURCE_CODE = frozenset(("tex-math", "annotation", "annotation-xml"))
_ASIDE = frozenset(("object-id", "graphic", "inline-graphic", "media", "permissions", "attrib"))


def make_plain(root: Element) -> None:
    """Put plain text in the place of marks in an element: calls of references in brackets, exponents
    raised.
    """
    for element in list(within(root, *_SOURCE_CODE, *_ASIDE, "sup", "xref")):
        name = local(element)
        if element is root or element.getparent() is None:
            continue
        if name in _SOURCE_CODE or name in _ASIDE:
            _replace(element, "")
        elif name == "sup":
            _replace(element, _raised(element))
        elif name == "xref" and element.get("ref-type") == "bibr" and not _in_brackets(element):
            _replace(element, f" [{text_of(element)}]")


def flat_text(element: Element | None) -> str:
    """Return the text of an element on one line."""
    return text_of(element)


def _raised(element: Element) -> str:
    text = text_of(element)
    if any(inside.get("ref-type") == "bibr" for inside in within(element, "xref")):
        return f" [{text.strip('[]')}]"
    if calls_a_note(text, _before(element)):
        return f" ({text})"
    return text.translate(_RAISED) if _CAN_RAISE.fullmatch(text) else text


def _before(element: Element) -> str:
    """Return the text right before an element, in the same parent."""
    previous = element.getprevious()
    return (previous.tail if previous is not None else element.getparent().text) or ""


def _in_brackets(element: Element) -> bool:
    """Tell whether a call of a reference stands in brackets already, alone or after others."""
    before = element.getprevious()
    said = (before.tail if before is not None else element.getparent().text) or ""
    while before is not None and not re.search(r"[\[\](]", said):
        before = before.getprevious()
        said = ((before.tail if before is not None else element.getparent().text) or "") + said
    opened = re.findall(r"[\[\]()]", said)
    inside = text_of(element)
    return inside.startswith(("[", "(")) or bool(opened and opened[-1] in "[(")


def _replace(element: Element, text: str) -> None:
    """Put text in the place of an element."""
    parent, before = element.getparent(), element.getprevious()
    said = text + (element.tail or "")
    if before is not None:
        before.tail = (before.tail or "") + said
    else:
        parent.text = (parent.text or "") + said
    element.tail = None
    parent.remove(element)
