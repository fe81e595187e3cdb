"""The name and the namespace of an XML file's root, read from its first bytes without an XML parser: no entity is looked at."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

_PROLOG = re.compile(r"\s*(?:<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>)", re.DOTALL)
_ROOT = re.compile(r"\s*<(?:([\w.-]+):)?([\w.-]+)((?:\s[^<>]*)?)/?>?", re.DOTALL)
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"), (b"<\x00", "utf-16-le"))


@dataclass(frozen=True, slots=True)
class Root:
    """A root element: its name without prefix, and its namespace, empty where none is declared."""

    name: str
    namespace: str


def _decoded(head: bytes) -> str:
    encoding = next((encoding for mark, encoding in _MARKS if head.startswith(mark)), "latin-1")  # names are ASCII in every format we know
    return head.decode(encoding, "ignore")


def _root_at(text: str) -> int:
    at = 0
    while found := _PROLOG.match(text, at):
        at = found.end()
    return at


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
    declared = re.search(rf"\sxmlns{':' + re.escape(prefix) if prefix else ''}\s*=\s*[\"']([^\"']*)[\"']", attributes)
    return Root(name, declared[1] if declared else "")
