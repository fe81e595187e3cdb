"""JSON Lines as evaluation data is written, plain or gzipped: one object a line, checked as it is read."""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from rag.core.errors import UsageError

_GZIP = b"\x1f\x8b"
_MAYBE_HALF = re.compile(r"\\u[dD][89a-fA-F]")


@dataclass(frozen=True, slots=True)
class Record:
    """One line of a file, with its place for errors."""

    file: Path
    line: int
    values: Mapping[str, object]

    def identifier(self) -> str:
        """Return ``_id`` or ``id``: text or a whole number, not empty."""
        value = self.values.get("_id", self.values.get("id"))
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        if not isinstance(value, str) or not value.strip():
            raise self.error("_id")
        return value.strip()

    def text(self, field: str) -> str:
        """Return a field that must be there and be text; it may be empty."""
        value = self.values.get(field)
        if not isinstance(value, str):
            raise self.error(field)
        return value

    def optional_text(self, field: str) -> str | None:
        """Return a field that may be missing or null; empty text counts as missing."""
        return (self.text(field).strip() or None) if self.values.get(field) is not None else None

    def texts(self, field: str) -> tuple[str, ...]:
        """Return a field that, where it is given, is a list of texts; empty ones are dropped."""
        value = self.values.get(field)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.error(field)
        return tuple(item for item in value if item.strip())

    def slices(self) -> tuple[tuple[str, str], ...]:
        """Return the field ``slices``, where it is given an object of texts, sorted by name."""
        value = self.values.get("slices")
        if value is None:
            return ()
        if not isinstance(value, dict) or not all(
            isinstance(item, str) and item.strip() for item in value.values()
        ):
            raise self.error("slices")
        return tuple(sorted(value.items()))

    def error(self, field: str) -> UsageError:
        """Return the error for a field that is missing or of the wrong form."""
        return UsageError("eval_bad_field", file=self.file, line=self.line, field=field)


def read_records(path: Path) -> Iterator[Record]:
    """Yield the records of a file in order; blank lines are skipped.

    Raises:
        UsageError: the file cannot be read, or a line is not a JSON object; the error names file and line.
    """
    for number, line in read_lines(path):
        try:
            values = parsed(line)
        except ValueError:
            values = None
        if not isinstance(values, dict):
            raise UsageError("eval_line_not_json", file=path, line=number)
        yield Record(path, number, values)


def parsed(text: str) -> object:
    """Return what a JSON text says.

    Raises:
        ValueError: it is not JSON, gives a key twice (of which readers keep one in silence), or escapes half
        of a character, which JSON
            allows and no file in UTF-8 can hold.
    """
    try:
        value: object = json.loads(text, object_pairs_hook=_unique)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if _MAYBE_HALF.search(text):
        json.dumps(value, ensure_ascii=False).encode()
    return value


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key comes twice")
    return found


def read_text(path: Path) -> str:
    """Return a whole file, unpacked where it is gzipped, without a mark of byte order.

    Raises:
        UsageError: it cannot be opened, unpacked or decoded.
    """
    try:
        raw = path.read_bytes()
        return (gzip.decompress(raw) if raw.startswith(_GZIP) else raw).decode("utf-8-sig")
    except (OSError, EOFError, zlib.error) as error:
        raise UsageError("eval_file_unreadable", file=path, reason=_reason(error)) from None
    except UnicodeDecodeError:
        raise UsageError("eval_file_unreadable", file=path, reason="UTF-8") from None


def _reason(error: Exception) -> str:
    return error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__


def read_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the lines that are not blank, numbered from 1, without their ends.

    Raises:
        UsageError: the file cannot be opened, unpacked or decoded.
    """
    number = 0
    try:
        with _opened(path) as stream:
            for number, raw in enumerate(stream, start=1):
                line = raw.decode("utf-8-sig" if number == 1 else "utf-8").strip()
                if line:
                    yield number, line
    except (OSError, EOFError, zlib.error) as error:
        raise UsageError("eval_file_unreadable", file=path, reason=_reason(error)) from None
    except UnicodeDecodeError:
        raise UsageError("eval_file_unreadable", file=f"{path}:{number}", reason="UTF-8") from None


def _opened(path: Path) -> BinaryIO:
    with path.open("rb") as stream:
        packed = stream.read(len(_GZIP)) == _GZIP
    return cast(BinaryIO, gzip.open(path)) if packed else path.open("rb")
