"""One message: its segments, fields, repetitions, components, with the delimiters and the encoding that it
declares.

Escape sequences are undone where a text is taken out (chapter 2, 2.7): delimiters, line breaks, hexadecimal
data; highlighting is dropped.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from rag.core.errors import ParseError
from rag.ingest.hl7v2.framing import Raw
from rag.ingest.parsing.decode import decode

_TABLE_0211 = {
    "": "",
    "ASCII": "ascii",
    "UNICODE UTF-8": "utf-8",
    "UTF-8": "utf-8",
    "UTF8": "utf-8",
    "UNICODE": "utf-8",
    "WINDOWS-1252": "cp1252",
    "CP1252": "cp1252",
    **{f"8859/{part}": f"iso8859-{part}" for part in (1, 2, 3, 4, 5, 6, 7, 8, 9, 15)},
    **{f"ISO-8859-{part}": f"iso8859-{part}" for part in (1, 2, 3, 4, 5, 6, 7, 8, 9, 15)},
    **{f"ISO8859-{part}": f"iso8859-{part}" for part in (1, 2, 3, 4, 5, 6, 7, 8, 9, 15)},
}
_SINGLE_BYTE = re.compile(r"iso8859-\d+|cp125\d")
_HIGH_CONTROLS = re.compile(rb"[\x80-\x9f]")
"""Bytes that are control characters in every part of ISO 8859, which no text has: there they are letters of
Windows-1252.
"""
_DELETED = '""'


@dataclass(frozen=True, slots=True)
class Delimiters:
    """The characters that part fields, components, repetitions, escapes and subcomponents."""

    field: str = "|"
    component: str = "^"
    repetition: str = "~"
    escape: str = "\\"
    subcomponent: str = "&"


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment. Fields count from 1 as the standard counts them; MSH-1 is the field separator itself."""

    name: str
    fields: tuple[str, ...]
    marks: Delimiters

    def raw(self, field: int) -> str:
        """Return a field as it came, empty where it is absent or marked as deleted."""
        value = self.fields[field] if field < len(self.fields) else ""
        return "" if value == _DELETED else value

    def repetitions(self, field: int) -> list[str]:
        """Return the repetitions of a field, as they came."""
        return [part for part in self.raw(field).split(self.marks.repetition) if part]

    def get(self, field: int, component: int = 1, sub: int = 0) -> str:
        """Return a component of the first repetition of a field as text."""
        return self.part(self.raw(field).split(self.marks.repetition)[0], component, sub)

    def part(self, value: str, component: int, sub: int = 0) -> str:
        """Return a component of a field's value as text: one of its subcomponents, or with 0 the whole of it.

        A component that the standard makes a plain text has no subcomponents; a separator in it is a
        character that the sender did not escape (chapter 2, 2.7), and what stands behind it is text as well.
        """
        components = value.split(self.marks.component)
        found = components[component - 1] if component <= len(components) else ""
        if sub:
            parts = found.split(self.marks.subcomponent)
            found = parts[sub - 1] if sub <= len(parts) else ""
        text = unescaped(found, self.marks)
        return "" if text == _DELETED else text.strip()

    def text(self, field: int) -> str:
        """Return a whole field as text; repetitions stand on lines of their own."""
        return "\n".join(
            unescaped(part, self.marks) for part in self.raw(field).split(self.marks.repetition)
        ).strip()


@dataclass(frozen=True, slots=True)
class Message:
    """The segments of a message, the first of them MSH."""

    number: int
    segments: tuple[Segment, ...]

    @property
    def header(self) -> Segment:
        """Return MSH."""
        return self.segments[0]

    @property
    def code(self) -> str:
        """Return ``ORU``, ``MDM``, ``ADT``…"""
        return self.header.get(9, 1)

    @property
    def event(self) -> str:
        """Return the trigger event: ``R01``, ``T02``, ``A08``…"""
        first = self.first("EVN")
        return self.header.get(9, 2) or (first.get(1) if first else "")

    @property
    def type(self) -> str:
        """Return ``ORU^R01``."""
        return f"{self.code}^{self.event}" if self.event else self.code

    @property
    def control_id(self) -> str:
        """Return MSH-10."""
        return self.header.get(10)

    def first(self, name: str) -> Segment | None:
        """Return the first segment of a name."""
        return next((segment for segment in self.segments if segment.name == name), None)

    def all(self, *names: str) -> list[Segment]:
        """Return the segments of these names."""
        return [segment for segment in self.segments if segment.name in names]


def read_message(raw: Raw, file: str, warn: Callable[[ParseError], None]) -> Message:
    """Decode a message and cut it into segments.

    Raises:
        ParseError: MSH is not whole, or declares an encoding that is not known.
    """
    head = raw.segments[0]
    if len(head) < 8 or not raw.segments[0].startswith(b"MSH"):
        raise ParseError("hl7_bad_header", file=file, number=raw.number)
    separator = chr(head[3])
    marks = _delimiters(separator, head[4:9].decode("latin-1").partition(separator)[0])
    declared = _declared(head.decode("latin-1"), marks)
    decoded = _decoder(declared, raw, file, warn)
    segments = tuple(_segment(decoded(segment), marks) for segment in raw.segments)
    message = Message(raw.number, segments)
    if not re.fullmatch(r"[A-Z0-9]{3}", message.code):
        raise ParseError("hl7_bad_header", file=file, number=raw.number)
    return message


def _delimiters(separator: str, encoding: str) -> Delimiters:
    usual = Delimiters()
    given = [*encoding, *("" for _ in range(4 - len(encoding)))]
    return Delimiters(
        separator,
        given[0] or usual.component,
        given[1] or usual.repetition,
        given[2],
        given[3] or usual.subcomponent,
    )


def _declared(head: str, marks: Delimiters) -> str:
    fields = head.split(marks.field)
    return (
        fields[17].split(marks.repetition)[0].split(marks.component)[0].strip().upper()
        if len(fields) > 17
        else ""
    )


def _decoder(
    declared: str, raw: Raw, file: str, warn: Callable[[ParseError], None]
) -> Callable[[bytes], str]:
    """Return how to decode the segments: as declared where that can be, else as the bytes look, with a
    warning.
    """
    if declared not in _TABLE_0211:
        raise ParseError("hl7_unknown_encoding", file=file, number=raw.number, encoding=declared[:30])
    data = b"\r".join(raw.segments)
    encoding = _TABLE_0211[declared]
    if data.isascii():
        return lambda part: part.decode("ascii")
    if encoding and _fits(data, encoding):
        return lambda part: part.decode(encoding)
    _, used = decode(
        re.sub(rb"[|^~\\&#$]", b" ", data), file
    )  # delimiters inside words look like another encoding's letters
    if declared:
        warn(ParseError("hl7_encoding", file=file, number=raw.number, encoding=declared, used=used))
    return lambda part: part.decode(used)


def _fits(data: bytes, encoding: str) -> bool:
    """Tell whether bytes beyond ASCII can be of a declared encoding, and are not plainly of another."""
    if _SINGLE_BYTE.fullmatch(encoding) and _is_utf8(data):
        return False
    if encoding.startswith("iso8859") and _HIGH_CONTROLS.search(data):
        return False
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _is_utf8(data: bytes) -> bool:
    """Tell whether bytes beyond ASCII are UTF-8; text of a single-byte encoding practically never is by
    chance.
    """
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _segment(text: str, marks: Delimiters) -> Segment:
    fields = text.split(marks.field)
    if fields[0] == "MSH":
        fields.insert(1, marks.field)
    return Segment(fields[0][:3], tuple(fields), marks)


def unescaped(text: str, marks: Delimiters) -> str:
    """Return a text with its escape sequences undone; what is no sequence stays."""
    if not marks.escape or marks.escape not in text:
        return text
    return "".join(_pieces(text, marks))


def _pieces(text: str, marks: Delimiters) -> Iterator[str]:
    signs = {
        "F": marks.field,
        "S": marks.component,
        "T": marks.subcomponent,
        "R": marks.repetition,
        "E": marks.escape,
        "H": "",
        "N": "",
    }
    parts = text.split(marks.escape)
    yield parts[0]
    at = 1
    while at < len(parts):
        code, is_closed = parts[at], at + 1 < len(parts)
        replaced = _sequence(code, signs) if is_closed else None
        if replaced is None:
            yield marks.escape + code
            at += 1
        else:
            yield replaced + parts[at + 1]
            at += 2


def _sequence(code: str, signs: dict[str, str]) -> str | None:
    if code in signs:
        return signs[code]
    if code.startswith((".br", ".ce")):
        return "\n"
    if found := re.fullmatch(r"\.sp\+?(\d*)", code):
        return "\n" * min(int(found[1] or 1), 5)
    if re.fullmatch(r"\.(?:in|ti|sk)[+-]?\d*|\.fi|\.nf", code):
        return " " if code.startswith(".sk") else ""
    if re.fullmatch(r"X(?:[0-9A-Fa-f]{2})+", code):
        return _from_hexadecimal(bytes.fromhex(code[1:]))
    return "" if re.fullmatch(r"[ZCM][0-9A-Za-z]*", code) else None


def _from_hexadecimal(data: bytes) -> str:
    text = data.decode("utf-8") if _is_utf8(data) else data.decode("cp1252", "replace")
    return text.replace("\r\n", "\n").replace("\r", "\n")
