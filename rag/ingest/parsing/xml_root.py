"""The name and the namespace of an XML file's root, read from its first bytes without an XML parser: no
entity is looked at.

What stands before the root is stepped over piece by piece, never matched by one pattern: forty comments in
one pattern took for ever.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import AnyStr

_SPACES = re.compile(r"\s*")
_PIECES = (("<?", "?>"), ("<!--", "-->"))
_DOCTYPE = re.compile(r"<!DOCTYPE[^\[>]*")
_SUBSET_END = re.compile(r"\]\s*>")
_ROOT = re.compile(r"\s*<(?:([\w.-]+):)?([\w.-]+)((?:\s[^<>]*)?)/?>?", re.DOTALL)
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"<\x00", "utf-16-le"),
)


@dataclass(frozen=True, slots=True)
class Root:
    """A root element: its name without prefix, and its namespace, empty where none is declared."""

    name: str
    namespace: str


def _decoded(head: bytes) -> str:
    encoding = next(
        (encoding for mark, encoding in _MARKS if head.startswith(mark)), "latin-1"
    )  # names are ASCII in every format we know
    return head.decode(encoding, "ignore")


def _root_at(text: str) -> int:
    at = 0
    while (end := _piece_end(text, _after_spaces(text, at))) != -1:
        at = end
    return at


def _after_spaces(text: str, at: int) -> int:
    spaces = _SPACES.match(text, at)
    return spaces.end() if spaces else at


def _piece_end(text: str, at: int) -> int:
    """Return where a declaration, a comment or a document type that begins here ends, -1 where none does
    both.
    """
    for opening, closing in _PIECES:
        if text.startswith(opening, at):
            return after_piece(text, at, opening, closing)
    doctype = _DOCTYPE.match(text, at)
    if doctype is None:
        return -1
    if text.startswith("[", doctype.end()):
        subset = _SUBSET_END.search(text, doctype.end())
        return subset.end() if subset else -1
    return doctype.end() + 1 if text.startswith(">", doctype.end()) else -1


def after_piece(text: AnyStr, at: int, opening: AnyStr, closing: AnyStr) -> int:
    """Return where a piece that is known to begin here ends, -1 where it is never closed."""
    end = text.find(closing, at + len(opening))
    return -1 if end == -1 else end + len(closing)


def prolog(head: bytes) -> str | None:
    """Return what stands before the root element, None where the root does not begin in these bytes."""
    text = _decoded(head)
    at = _root_at(text)
    return text[:at] if _ROOT.match(text, at) else None


def xml_root(head: bytes) -> Root | None:
    """Return the root of what may be XML, None where the bytes do not start as XML does."""
    text = _decoded(head)
    root = _ROOT.match(text, _root_at(text))
    if root is None:
        return None
    prefix, name, attributes = root.groups()
    declared = re.search(
        rf"\sxmlns{':' + re.escape(prefix) if prefix else ''}\s*=\s*[\"']([^\"']*)[\"']", attributes
    )
    return Root(name, declared[1] if declared else "")
