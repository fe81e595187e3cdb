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


def xml_root(head: bytes) -> Root | None:
    """Return the root of what may be XML, None where the bytes do not start as XML does."""
    encoding = next((encoding for mark, encoding in _MARKS if head.startswith(mark)), "latin-1")  # names are ASCII in every format we know
    text = head.decode(encoding, "ignore")
    at = 0
    while found := _PROLOG.match(text, at):
        at = found.end()
    root = _ROOT.match(text, at)
    if root is None:
        return None
    prefix, name, attributes = root.groups()
    declared = re.search(rf"\sxmlns{':' + re.escape(prefix) if prefix else ''}\s*=\s*[\"']([^\"']*)[\"']", attributes)
    return Root(name, declared[1] if declared else "")
