"""XML of records: safe reading, and short ways to elements by their names without namespaces."""

from __future__ import annotations

import io
import re

from rag.core.errors import ParseError
from rag.ingest.parsing.xml_root import prolog
from rag.ingest.parsing.xml_tree import Element, parse

_DECLARED = re.compile(r"encoding\s*=\s*[\"']([^\"']+)")
_KNOWN = re.compile(r"utf-?(?:8|16|32)(?:le|be)?|(?:us-)?ascii|iso-?8859-?\d{1,2}|latin-?\d|windows-\d{3,4}|cp\d{3,4}", re.IGNORECASE)
"""Encodings in which a declared entity is seen for what it is before anything is parsed; in others (UTF-7) it could hide."""

__all__ = ["Element", "child", "children", "local", "parse_xml", "text_at", "value_at"]


def parse_xml(data: bytes, file: str) -> Element:
    """Return the root of an XML file, which may embed documents of any length.

    Raises:
        ParseError: it is not well-formed, not in a usual encoding, or declares entities.
    """
    declared = _DECLARED.search((prolog(data[:65_536]) or "")[:1000])
    if declared and not _KNOWN.fullmatch(declared[1]):
        raise ParseError("xml_encoding", file=file, line=1)
    return parse(io.BytesIO(data), file, large=True)


def local(element: Element) -> str:
    """Return the name of an element without its namespace; empty for what is no element (an entity reference)."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def children(element: Element | None, *names: str) -> list[Element]:
    """Return the children of these local names, in order."""
    return [] if element is None else [child for child in element if local(child) in names]


def child(element: Element | None, *path: str) -> Element | None:
    """Return the first element at a path of local names, None where there is none."""
    for name in path:
        element = next((found for found in children(element, name)), None)
    return element


def text_at(element: Element | None, *path: str) -> str:
    """Return the text at a path, its white space made single; empty where there is none."""
    found = child(element, *path)
    return "" if found is None else " ".join("".join(found.itertext()).split())


def value_at(element: Element | None, attribute: str, *path: str) -> str:
    """Return an attribute at a path, empty where there is none."""
    found = child(element, *path)
    return "" if found is None else (found.get(attribute) or "").strip()
