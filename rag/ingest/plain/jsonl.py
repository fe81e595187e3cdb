"""JSON Lines, one document a line: ``{"_id"|"id", "title"?, "text", any metadata}``, plain or gzipped.

Lines are read one at a time, so a corpus of any size fits. A line that cannot be read is an error of that
line; the next one goes on.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import BinaryIO, cast

from rag.core.errors import ParseError
from rag.core.protocols import Warn
from rag.core.text import canonical
from rag.core.types import Document, Source
from rag.ingest.parsing.address import name_of, record_uri
from rag.ingest.parsing.aside import Aside
from rag.ingest.parsing.controls import note_controls
from rag.ingest.plain.sections import plain_headings, sections_of
from rag.ingest.sources.intake import Intake
from rag.ingest.sources.metadata import ID_KEYS, declared, opening_words

GZIP = b"\x1f\x8b"


class JsonLinesParser:
    """Reads many documents from one file."""

    def __init__(self, longest_line: int) -> None:
        self._longest_line = longest_line

    def __call__(self, source: Source, stream: BinaryIO, warn: Warn) -> Iterator[Document]:
        """Return the documents of the file, in order. After a ``ParseError`` the iterator goes on with the
        next line.
        """
        return _LineRecords(source, _unpacked(stream), self._longest_line, warn)


def _unpacked(stream: BinaryIO) -> BinaryIO:
    start = stream.read(len(GZIP))
    stream.seek(0)
    return cast(BinaryIO, gzip.open(stream)) if start == GZIP else stream


class _LineRecords:
    """An iterator that survives what it raises, as a generator would not."""

    def __init__(self, source: Source, lines: BinaryIO, longest: int, warn: Warn) -> None:
        self._source, self._lines, self._longest = source, lines, longest
        self._file = name_of(source)
        self._number = 0
        self._ended = False
        self._warn, self._aside = warn, Aside(self._file)

    def __iter__(self) -> Iterator[Document]:
        return self

    def __next__(self) -> Document:
        while not self._ended:
            line = self._next_line()
            if line.strip():
                return self._document(line)
        self._aside.tell(self._warn)
        raise StopIteration

    def _next_line(self) -> bytes:
        self._number += 1
        try:
            line = self._lines.readline(self._longest + 1)
        except (EOFError, gzip.BadGzipFile, zlib.error):
            self._ended = True
            raise self._error("gzip_damaged") from None
        self._ended = not line
        if len(line) > self._longest:
            self._ended = True  # to find the end of such a line is to unpack what may be a bomb
            raise self._error("record_too_long", limit=self._longest)
        return line

    def _error(self, key: str, **variables: object) -> ParseError:
        return ParseError(key, file=self._file, line=self._number, **variables)

    def _document(self, line: bytes) -> Document:
        values = self._flat(self._parsed(line))
        body = values.pop("text", None)
        title = values.get("title")
        if not isinstance(body, str):
            raise self._error("record_without_text")
        note_controls(body, self._aside, "text")
        self._aside.characters += len(body)
        text = canonical(body) or (canonical(title) if isinstance(title, str) else "")
        if not text:
            raise self._error("record_without_text")
        fields = declared(
            {key: _plain(value) for key, value in values.items()}, f"line {self._number}", self._file
        )
        record = fields.doc_id or hashlib.sha256(line.strip()).hexdigest()[:16]
        source = replace(self._source, uri=record_uri(self._source, record))
        return replace(
            fields.document(source, text, opening_words(text)),
            sections=sections_of(text, plain_headings(text)),
            intake=Intake(is_record=False, is_declared=bool(fields.doc_id)).packed(),
        )

    def _parsed(self, line: bytes) -> dict[str, object]:
        try:
            values = json.loads(
                line.decode("utf-8-sig" if self._number == 1 else "utf-8"), object_pairs_hook=_once
            )
        except (ValueError, RecursionError):
            raise self._error("record_not_json") from None
        if not isinstance(values, dict):
            raise self._error("record_not_json")
        return values

    def _flat(self, values: dict[str, object]) -> dict[str, object]:
        """Return the values with those of a nested ``metadata`` beside them; a patient in there counts like
        any other.
        """
        nested = values.pop("metadata", None)
        if not isinstance(nested, Mapping):
            return values if nested is None else {**values, "metadata": nested}
        if any(
            key in values and values[key] != nested[key] for key in (*ID_KEYS, "patient_id") if key in nested
        ):
            raise self._error("record_contradicts_itself")
        return {**nested, **values}


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    values = dict(pairs)
    if len(values) != len(pairs):
        raise ValueError
    return values


def _plain(value: object) -> object:
    """Return further metadata of a deeper shape as one text, so that nothing is refused for being rich."""
    if isinstance(value, dict) or (
        isinstance(value, list) and any(isinstance(item, list | dict) for item in value)
    ):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return value
