"""What a worker process sends back, as frames of JSON and bytes.

Nothing is ever unpickled: whatever a hostile file made of the worker, the parent reads plain values and
checks their form.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import BinaryIO

from pydantic import TypeAdapter, ValidationError

from rag.core.errors import ParseError
from rag.core.types import Document, Original, Source
from rag.messages import catalogue

_LENGTHS = struct.Struct("<cQQQ")
_MOST = 1 << 33
_DOCUMENT, _PROBLEM, _WARNING, _ALIVE, _END = b"D", b"P", b"W", b"A", b"E"


@dataclass(frozen=True, slots=True)
class Warned:
    """What was left out of a document that could be read."""

    error: ParseError


@dataclass(frozen=True, slots=True)
class Alive:
    """The worker is getting on with the file."""


@dataclass(frozen=True, slots=True)
class End:
    """The file is read to its end."""


Sent = Document | ParseError | Warned | Alive | End


@dataclass(frozen=True, slots=True)
class Task:
    """A file to read: where its bytes lie, and what they are."""

    path: str
    source: Source


class BrokenChannel(Exception):
    """The other side ended or sent what is no frame."""


def send(stream: BinaryIO, item: Sent) -> None:
    """Write one frame."""
    if isinstance(item, Document):
        original = item.original or Original("", b"")
        bare = _documents().dump_json(
            replace(item, places=b"", original=None), exclude={"places", "original"}
        )
        body = json.dumps([original.media_type, bare.decode()]).encode()
        _write(stream, _DOCUMENT, body, item.places, original.data)
    elif isinstance(item, ParseError):
        _write(stream, _PROBLEM, _error_body(item))
    elif isinstance(item, Warned):
        _write(stream, _WARNING, _error_body(item.error))
    else:
        _write(stream, _ALIVE if isinstance(item, Alive) else _END, b"")


def receive(stream: BinaryIO) -> Sent:
    """Read one frame.

    Raises:
        BrokenChannel: there is none, or it is not of this form.
    """
    kind, lengths = _header(stream)
    body, places, data = (_read(stream, length) for length in lengths)
    try:
        if kind == _DOCUMENT:
            media_type, bare = json.loads(body)
            document = _documents().validate_json(bare)
            return replace(
                document, places=places, original=Original(media_type, data) if media_type else None
            )
        if kind in (_PROBLEM, _WARNING):
            error = _error(json.loads(body))
            return error if kind == _PROBLEM else Warned(error)
    except (ValueError, TypeError, LookupError, ValidationError):
        raise BrokenChannel from None
    if kind not in (_ALIVE, _END):
        raise BrokenChannel
    return Alive() if kind == _ALIVE else End()


def send_task(stream: BinaryIO, task: Task) -> None:
    """Write a task for a worker."""
    _write(stream, b"T", TypeAdapter(Task).dump_json(task))


def receive_task(stream: BinaryIO) -> Task:
    """Read a task. Raises ``BrokenChannel`` where none will come any more."""
    _, lengths = _header(stream)
    return TypeAdapter(Task).validate_json(_read(stream, lengths[0]))


def _write(stream: BinaryIO, kind: bytes, body: bytes, places: bytes = b"", data: bytes = b"") -> None:
    for part in (_LENGTHS.pack(kind, len(body), len(places), len(data)), body, places, data):
        stream.write(part)
    stream.flush()


def _header(stream: BinaryIO) -> tuple[bytes, tuple[int, int, int]]:
    kind, *lengths = _LENGTHS.unpack(_read(stream, _LENGTHS.size))
    if sum(lengths) > _MOST:
        raise BrokenChannel
    return kind, (lengths[0], lengths[1], lengths[2])


def _read(stream: BinaryIO, length: int) -> bytes:
    data = stream.read(length)
    if len(data) < length:
        raise BrokenChannel
    return data


def _error_body(error: ParseError) -> bytes:
    plain = {
        name: value if isinstance(value, int | float) else str(value)
        for name, value in error.variables.items()
    }
    return json.dumps([error.key, plain]).encode()


def _error(body: tuple[str, Mapping[str, object]]) -> ParseError:
    key, variables = body
    error = ParseError(key, **variables)
    if f"errors.{key}" not in catalogue("en"):
        raise ValueError(key)
    error.describe()  # KeyError where a variable is missing: a fault of a parser, told as such
    return error


@cache
def _documents() -> TypeAdapter[Document]:
    return TypeAdapter(Document)
