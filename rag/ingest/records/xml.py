"""XML of records: safe reading, and short ways to elements by their names without namespaces."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from functools import lru_cache

from rag.core.errors import ParseError
from rag.ingest.parsing.decode import decode_markup
from rag.ingest.parsing.xml_root import prolog
from rag.ingest.parsing.xml_tree import Element, parse

_DECLARED = re.compile(r"encoding\s*=\s*[\"']([^\"']+)[\"']?")
_KNOWN = re.compile(
    r"utf-?(?:8|16|32)(?:le|be)?|(?:us-)?ascii|iso-?8859-?\d{1,2}|latin-?\d|windows-\d{3,4}|cp\d{3,4}",
    re.IGNORECASE,
)
"""Encodings in which a declared entity is seen for what it is before anything is parsed; in others (UTF-7) it
could hide.
"""

__all__ = ["Element", "child", "children", "local", "parse_xml", "text_at", "value_at", "within"]


def parse_xml(data: bytes, file: str) -> Element:
    """Return the root of an XML file, which may embed documents of any length.

    Raises:
        ParseError: it is not well-formed, not in a usual encoding, or declares entities.
    """
    declared = _DECLARED.search((prolog(data[:65_536]) or "")[:1000])
    if declared and not _KNOWN.fullmatch(declared[1]):
        raise ParseError("xml_encoding", file=file, line=1)
    return parse(
        io.BytesIO(_as_declared(data, declared[1].lower() if declared else "utf-8", file)), file, large=True
    )


def _as_declared(data: bytes, declared: str, file: str) -> bytes:
    """Return the bytes in the encoding that they declare, else the same text in UTF-8: some systems declare
    another than they write.
    """
    if (
        data.isascii()
        or data.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        or re.search(r"16|32", declared)
    ):
        return data
    is_utf8 = _is_utf8(data)
    if is_utf8 == (declared.replace("-", "") == "utf8"):
        return data
    if not is_utf8 and declared.replace("-", "") not in ("utf8", "usascii", "ascii"):
        # of two single-byte encodings the declared one is as good as any; letters at 80-9F are mended in the
        # canonical text
        return data
    text = decode_markup(data, file)
    return _DECLARED.sub('encoding="UTF-8"', text[:1000], count=1).encode() + text[1000:].encode()


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def local(element: Element) -> str:
    """Return the name of an element without its namespace; empty for what is no element (an entity
    reference).
    """
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def children(element: Element | None, *names: str) -> list[Element]:
    """Return the children of these local names, in order."""
    return list(element.iterchildren(*_anywhere(names))) if element is not None and len(element) else []


def within(element: Element, *names: str) -> Iterator[Element]:
    """Yield the elements of these local names in an element, itself included, in order."""
    return iter(element.iter(*_anywhere(names)))


@lru_cache(maxsize=1024)
def _anywhere(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return local names as lxml finds them in any namespace, without an object for each other element."""
    return tuple(f"{{*}}{name}" for name in names)


def child(element: Element | None, *path: str) -> Element | None:
    """Return the first element at a path of local names, None where there is none."""
    for name in path:
        if element is None:
            return None
        element = next(element.iterchildren(*_anywhere((name,))), None) if len(element) else None
    return element


def text_at(element: Element | None, *path: str) -> str:
    """Return the text at a path, its white space made single; empty where there is none."""
    found = child(element, *path)
    return "" if found is None else " ".join("".join(found.itertext()).split())


def value_at(element: Element | None, attribute: str, *path: str) -> str:
    """Return an attribute at a path, empty where there is none."""
    found = child(element, *path)
    return "" if found is None else (found.get(attribute) or "").strip()
