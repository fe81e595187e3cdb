"""XML that comes from anywhere, read so that it can do nothing: no entity, no DTD, no network, no tree of
unlimited depth.

A file that declares entities is refused before it is parsed; clinical and library exports never need them. A
document type that only names its DTD is read, and the DTD is not fetched.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import unescape
from typing import Any, BinaryIO

from lxml import etree

from rag.core.errors import ParseError
from rag.ingest.parsing.xml_root import prolog

Element = Any
"""An lxml element; the library has no types."""

_HEAD = 1 << 20
_BLOCK = 1 << 16
_SAFE = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "huge_tree": False,
    "remove_comments": True,
    "remove_pis": True,
}
_ENCODING = {etree.ErrorTypes.ERR_INVALID_ENCODING, etree.ErrorTypes.ERR_UNSUPPORTED_ENCODING}


def parse(stream: BinaryIO, file: str, *, large: bool = False) -> Element:
    """Return the root of an XML file; ``large`` lets one text be longer than 10 MB, as that of an embedded
    PDF is.

    Raises:
        ParseError: it is not well-formed, its encoding is not the one it declares, or it declares entities.
        The error names the line.
    """
    refuse_entities(stream, file)
    try:
        return _with_letters(etree.parse(stream, etree.XMLParser(**_SAFE | {"huge_tree": large})).getroot())
    except etree.XMLSyntaxError as error:
        raise _translated(error, file) from None


def records(stream: BinaryIO, file: str, *tags: str) -> Iterator[Element]:
    """Yield the elements of these names, wherever they stand, each read whole and freed when the next is
    asked for.

    ``{*}name`` stands for any namespace. Raises as ``parse`` does, after the records that stand before the
    fault.
    """
    refuse_entities(stream, file)
    parser = etree.XMLPullParser(events=("end",), tag=tags, **_SAFE)
    fault: ParseError | None = None
    while fault is None and (block := stream.read(_BLOCK)):
        try:
            parser.feed(block)
        except etree.XMLSyntaxError as error:
            fault = _translated(error, file)
        yield from _freed(parser)
    try:
        parser.close()
    except etree.XMLSyntaxError as error:
        fault = fault or _translated(error, file)
    yield from _freed(parser)
    if fault is not None:
        raise fault


def _freed(parser: Any) -> Iterator[Element]:
    """Yield the elements that are read whole, and free each behind its reader."""
    for _, element in parser.read_events():
        held = list(_with_letters(element).iter())  # an element is made anew each time nobody holds it
        yield element
        held.clear()
        element.clear(keep_tail=False)
        while element.getprevious() is not None and element.getparent() is not None:
            del element.getparent()[0]


def refuse_entities(stream: BinaryIO, file: str) -> None:
    """Raise ``ParseError`` where the document type declares entities, or has no end; leave the stream at its
    start.
    """
    start = prolog(stream.read(_HEAD))
    stream.seek(0)
    if start is None or "<!ENTITY" in start:
        raise ParseError("xml_entities", file=file)


def name_of(element: Element) -> str:
    """Return the name of an element without its namespace; empty for what is no element."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def text_of(element: Element | None) -> str:
    """Return all text in an element, white space made single spaces."""
    if element is None:
        return ""
    whole = (
        etree.tostring(element, method="text", encoding="unicode", with_tail=False)
        if len(element)
        else element.text
    )
    return " ".join((whole or "").split())


def _with_letters(root: Element) -> Element:
    """Put letters where a document names them by the entities that every DTD of articles has:
    ``&eacute;``.
    """
    for entity in list(root.iter(etree.Entity)):
        letters, parent, before = (
            unescape(entity.text) + (entity.tail or ""),
            entity.getparent(),
            entity.getprevious(),
        )
        if before is not None:
            before.tail = (before.tail or "") + letters
        elif parent is not None:
            parent.text = (parent.text or "") + letters
        entity.tail = None
        if parent is not None:
            parent.remove(entity)
    return root


def _translated(error: etree.XMLSyntaxError, file: str) -> ParseError:
    if error.code in _ENCODING:
        return ParseError("xml_encoding", file=file, line=error.lineno or 1)
    return ParseError("xml_damaged", file=file, line=error.lineno or 1)


def serialised(element: Element) -> str:
    """Return an element as XML text, without what follows it."""
    return str(etree.tostring(element, encoding="unicode", with_tail=False))


def parse_fragment(text: str) -> Element:
    """Return the root of markup inside a record, XHTML as a rule; what is not well-formed is mended as a
    browser would.
    """
    try:
        if "<!" not in text[:1000]:
            return etree.fromstring(text, etree.XMLParser(**_SAFE))
    except (etree.XMLSyntaxError, ValueError):
        pass
    parser = etree.HTMLParser(
        encoding="utf-8", no_network=True, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        found = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError:
        found = None
    return etree.Element("div") if found is None else found
