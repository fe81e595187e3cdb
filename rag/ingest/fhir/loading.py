"""Bytes to resources: JSON, newline-delimited JSON, XML; bundles are opened, bundles in bundles too."""

from __future__ import annotations

import codecs
import gzip
import json
import zlib
from collections.abc import Iterator
from typing import BinaryIO, NoReturn, cast

from rag.core.errors import ParseError
from rag.ingest.fhir.node import Malformed, Node, Resource
from rag.ingest.fhir.versions import Deleted
from rag.ingest.fhir.xml import as_json
from rag.ingest.parsing.decode import decode_markup
from rag.ingest.records.xml import parse_xml

_GZIP = b"\x1f\x8b"
_DEEPEST_BUNDLE = 5

Found = Resource | Deleted | ParseError


def from_json(data: bytes, file: str) -> Iterator[Found]:
    """Yield the resources of one JSON value: a resource, a bundle, or a list of them.

    Raises:
        ParseError: it is not whole, not JSON, not in UTF-8, or no resource.
    """
    value = _parsed(data, file)
    values = value if isinstance(value, list) else [value]
    if not all(isinstance(item, dict) and isinstance(item.get("resourceType"), str) for item in values):
        raise ParseError("fhir_no_resource", file=file)
    for number, item in enumerate(values, start=1):
        yield from _opened(item, file, str(number))


def from_xml(data: bytes, file: str) -> Iterator[Found]:
    """Yield the resources of FHIR's XML. Raises as ``from_json`` does."""
    yield from _opened(as_json(parse_xml(data, file)), file, "1")


def from_lines(stream: BinaryIO, file: str, longest: int) -> Iterator[Found]:
    """Yield the resources of newline-delimited JSON, plain or gzipped, and in its place the error of each
    line that is none.
    """
    start = stream.read(len(_GZIP))
    stream.seek(0)
    lines = cast(BinaryIO, gzip.open(stream)) if start == _GZIP else stream  # noqa: SIM115 - closed with the stream it reads
    number = 0
    while True:
        number += 1
        try:
            line = lines.readline(longest + 1)
        except (EOFError, gzip.BadGzipFile, zlib.error):
            yield ParseError("gzip_damaged", file=file, line=number)
            return
        if not line:
            return
        if len(line) > longest:
            yield ParseError("record_too_long", file=file, line=number, limit=longest)
            return
        yield from _line(line, file, number)


def _line(line: bytes, file: str, number: int) -> Iterator[Found]:
    if not line.removeprefix(codecs.BOM_UTF8).strip():
        return
    try:
        value = _parsed(line, file)
    except ParseError:
        value = None
    if isinstance(value, dict) and isinstance(value.get("resourceType"), str):
        yield from _opened(value, file, f"line-{number}")
    else:
        yield ParseError("fhir_line_not_json", file=file, line=number)


def _parsed(data: bytes, file: str) -> object:
    try:
        text = data.decode(json.detect_encoding(data) if data else "utf-8")
    except UnicodeDecodeError:  # FHIR is UTF-8; what a system wrote otherwise is read as its letters say
        text = decode_markup(data, file)
    try:
        return json.loads(text.lstrip("\ufeff"), parse_float=str, parse_int=str, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise ParseError("fhir_not_json", file=file, line=error.lineno) from None
    except (ValueError, RecursionError):
        raise ParseError("fhir_not_json", file=file, line=1) from None


def _no_constant(_: str) -> NoReturn:
    raise ValueError("NaN is no JSON")


def _opened(
    value: dict[str, object],
    file: str,
    number: str,
    full_url: str = "",
    depth: int = 0,
    *,
    in_history: bool = False,
) -> Iterator[Found]:
    node = Node(value)
    try:
        kind, identifier = node.text("resourceType"), node.text("id")
        resource = Resource(kind, identifier or number, Node(value, f"{kind}"), full_url, in_history)
        entries = node.nodes("entry") if kind == "Bundle" else ()
        is_history = kind == "Bundle" and node.text("type") == "history"
    except Malformed as error:
        yield ParseError("fhir_bad_resource", file=file, record=f"#{number}", path=error.path)
        return
    if kind != "Bundle" or depth >= _DEEPEST_BUNDLE:
        yield resource
        return
    for place, entry in enumerate(entries, start=1):
        yield from _entry(entry, file, f"{number}.{place}", depth, in_history=is_history)


def _entry(entry: Node, file: str, number: str, depth: int, *, in_history: bool) -> Iterator[Found]:
    inner = entry.data.get("resource")
    try:
        deleted = _deletion(entry, in_history=in_history)
    except Malformed:
        deleted = None
    if deleted is not None:
        yield deleted
        return
    if inner is None:
        return  # a response without what it answers
    if not isinstance(inner, dict) or not isinstance(inner.get("resourceType"), str):
        yield ParseError("fhir_bad_resource", file=file, record=f"Bundle.entry[{number}]", path="resource")
        return
    try:
        full_url = entry.text("fullUrl")
    except Malformed:
        full_url = ""
    yield from _opened(inner, file, number, full_url, depth + 1, in_history=in_history)


def _deletion(entry: Node, *, in_history: bool) -> Deleted | None:
    """Return the deletion that an entry of a history or a transaction is, None for any other."""
    request = entry.node("request")
    if request.text("method").upper() != "DELETE":
        return None
    response, full_url = entry.node("response"), entry.text("fullUrl")
    address = (request.text("url") or full_url).partition("/_history/")[0].partition("?")[0]
    version = response.text("etag").removeprefix("W/").strip('"')
    return Deleted(
        "/".join(address.split("/")[-2:]), full_url, version, response.text("lastModified"), in_history
    )
