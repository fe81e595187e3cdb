"""What Outlook wraps a mail and its attachments in (``winmail.dat``): Transport Neutral Encapsulation Format,
as [MS-OXTNEF] and [MS-OXCDATA] specify it.

Only what is read is taken apart. Every length is checked against the bytes that are there.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

SIGNATURE = b"\x78\x9f\x3e\x22"
_ATTRIBUTE = struct.Struct("<BII")
_SUBJECT, _BODY, _DATE_SENT = 0x18004, 0x2800C, 0x38005
_PROPERTIES, _CODE_PAGE = 0x69003, 0x69007
_ATTACHMENT, _ATTACHED_DATA, _ATTACHED_TITLE, _ATTACHED_PROPERTIES = 0x69002, 0x6800F, 0x18010, 0x69005
_TEXT, _UNICODE, _BINARY, _OBJECT = 0x1E, 0x1F, 0x102, 0x0D
_SIZES = {2: 4, 3: 4, 4: 4, 5: 8, 6: 8, 7: 8, 0x0A: 4, 0x0B: 4, 0x14: 8, 0x40: 8, 0x48: 16}
_LENGTHS = frozenset((_TEXT, _UNICODE, _BINARY, _OBJECT))
_MANY, _NAMED = 0x1000, 0x8000
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
_MOST_ATTACHED = 1000


class DamagedTnef(ValueError):
    """The bytes end within a value, or are no TNEF."""


@dataclass(slots=True)
class WrappedFile:
    """One attachment: its name as far as any is given, its declared type, its bytes."""

    name: str = ""
    media_type: str = ""
    data: bytes = b""


@dataclass(slots=True)
class WrappedMail:
    """What a file holds. ``text``, ``html`` and ``rtf`` are writings of one body; ``code_page`` is that of
    ``text`` and ``html`` where they are bytes.
    """

    subject: str = ""
    sender: str = ""
    sent: str | None = None
    text: bytes | str = b""
    html: bytes | str = b""
    rtf: bytes = b""
    code_page: str = ""
    attached: list[WrappedFile] = field(default_factory=list)
    unread: int = 0


def read_tnef(data: bytes) -> WrappedMail:
    """Read a file.

    Raises:
        DamagedTnef: it is cut short, or no such file.
    """
    if not data.startswith(SIGNATURE):
        raise DamagedTnef
    mail, subject = WrappedMail(), b""
    for identity, value in _attributes(data):
        if identity == _CODE_PAGE and len(value) >= 4:
            mail.code_page = f"cp{int.from_bytes(value[:4], 'little')}"
        elif identity == _SUBJECT:
            subject = value
        elif identity == _BODY:
            mail.text = mail.text or value.rstrip(b"\0")
        elif identity == _DATE_SENT:
            mail.sent = mail.sent or _date(value)
        elif identity == _PROPERTIES:
            _take(mail, _properties(value))
        elif identity == _ATTACHMENT:
            if len(mail.attached) >= _MOST_ATTACHED:
                raise DamagedTnef
            mail.attached.append(WrappedFile())
        elif identity in (_ATTACHED_DATA, _ATTACHED_TITLE, _ATTACHED_PROPERTIES):
            _attach(mail, identity, value)
    mail.subject = mail.subject or decoded(subject.rstrip(b"\0"), mail.code_page)
    return mail


def decoded(value: bytes | str, code_page: str) -> str:
    """Return a text as its code page says, else as Western Windows writes it."""
    if isinstance(value, str):
        return value
    try:
        return value.decode("utf-8" if code_page in ("cp65001", "") else code_page)
    except (LookupError, UnicodeDecodeError):
        return value.decode("cp1252", "replace")


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = len(SIGNATURE) + 2  # behind the key
    while at < len(data):
        if at + _ATTRIBUTE.size > len(data):
            raise DamagedTnef
        _, identity, length = _ATTRIBUTE.unpack_from(data, at)
        at += _ATTRIBUTE.size
        if at + length > len(data):
            raise DamagedTnef
        yield identity, data[at : at + length]
        at += length + 2  # the sum of its bytes


def _properties(data: bytes) -> dict[int, bytes | str]:
    """Return the properties of a message or an attachment by their number; of several values the first."""
    at, found = 4, dict[int, bytes | str]()
    for _ in range(_number(data, 0)):
        kind, identity = _number(data, at) & 0xFFFF, _number(data, at) >> 16
        at += 4
        if identity >= _NAMED:
            named = _number(data, at + 16)
            at += 24 if not named else 24 + _padded(_number(data, at + 20))
        is_many, kind = bool(kind & _MANY), kind & ~_MANY
        count = 1
        if is_many or kind in _LENGTHS:
            count = _number(data, at)
            at += 4
        for number in range(count):
            if kind in _LENGTHS:
                length = _number(data, at)
                at += 4
            elif kind in _SIZES:
                length = _SIZES[kind]
            else:
                raise DamagedTnef
            if at + length > len(data):
                raise DamagedTnef
            if not number:
                found[identity] = _value(kind, data[at : at + length])
            at += _padded(length)
    return found


def _value(kind: int, data: bytes) -> bytes | str:
    if kind == _UNICODE:
        return data.decode("utf-16-le", "replace").rstrip("\0")
    return data.rstrip(b"\0") if kind == _TEXT else data


def _take(mail: WrappedMail, found: Mapping[int, bytes | str]) -> None:
    if isinstance(page := found.get(0x3FDE), bytes):
        mail.code_page = f"cp{int.from_bytes(page[:4], 'little')}"
    mail.subject = decoded(found.get(0x37, ""), mail.code_page) or mail.subject
    mail.sender = decoded(found.get(0x0C1A, ""), mail.code_page) or mail.sender
    mail.text = found.get(0x1000, b"") or mail.text
    mail.html = found.get(0x1013, b"") or mail.html
    if isinstance(packed := found.get(0x1009), bytes):
        mail.rtf = unpacked_rtf(packed)
    for identity in (0x39, 0x0E06):
        if isinstance(ticks := found.get(identity), bytes) and len(ticks) == 8:
            mail.sent = _filetime(ticks) or mail.sent
            break


def _attach(mail: WrappedMail, identity: int, value: bytes) -> None:
    if not mail.attached:
        mail.unread += 1
        return
    last = mail.attached[-1]
    if identity == _ATTACHED_DATA:
        last.data = last.data or value
    elif identity == _ATTACHED_TITLE:
        last.name = last.name or decoded(value.rstrip(b"\0"), mail.code_page)
    else:
        found = _properties(value)
        last.name = (
            decoded(found.get(0x3707, ""), mail.code_page)
            or decoded(found.get(0x3704, ""), mail.code_page)
            or last.name
        )
        last.media_type = decoded(found.get(0x370E, ""), mail.code_page) or last.media_type
        if isinstance(held := found.get(0x3701), bytes) and held:
            last.data = held[16:] if held[16:20] == SIGNATURE else held  # a mail within, behind its interface


def _date(value: bytes) -> str | None:
    if len(value) < 12:
        return None
    try:
        return datetime(*struct.unpack_from("<6H", value)).isoformat()
    except ValueError:
        return None


def _filetime(ticks: bytes) -> str | None:
    try:
        moment = _EPOCH + timedelta(microseconds=int.from_bytes(ticks, "little") // 10)
    except OverflowError:
        return None
    return moment.isoformat(timespec="seconds")


def _number(data: bytes, at: int) -> int:
    if at + 4 > len(data):
        raise DamagedTnef
    return int.from_bytes(data[at : at + 4], "little")


def _padded(length: int) -> int:
    return (length + 3) & ~3


_KNOWN_RTF = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript "
    b"\\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par "
    b"\\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)
"""What every packed RTF refers back to ([MS-OXRTFCP] 2.1.2.1)."""
_WINDOW = 4096


def unpacked_rtf(data: bytes) -> bytes:
    """Return RTF that Outlook packed ([MS-OXRTFCP]). It grows ninefold at most.

    Raises:
        DamagedTnef: it is no such RTF.
    """
    if len(data) < 16:
        raise DamagedTnef
    size, kind = _number(data, 4), data[8:12]
    if kind == b"MELA":
        return data[16 : 16 + size]
    if kind != b"LZFu":
        raise DamagedTnef
    window = bytearray(_KNOWN_RTF.ljust(_WINDOW, b"\0"))
    to, at, out = len(_KNOWN_RTF), 16, bytearray()
    while at < len(data):
        control = data[at]
        at += 1
        for bit in range(8):
            if at >= len(data):
                break
            if control >> bit & 1:
                if at + 2 > len(data):
                    return bytes(out[:size])
                pair = int.from_bytes(data[at : at + 2], "big")
                at += 2
                start, length = pair >> 4, (pair & 15) + 2
                if start == to:
                    return bytes(out[:size])
                piece = [0] * length
                for number in range(length):
                    piece[number] = window[(start + number) % _WINDOW]
                    window[to] = piece[number]
                    to = (to + 1) % _WINDOW
                out += bytes(piece)
            else:
                out.append(data[at])
                window[to] = data[at]
                to = (to + 1) % _WINDOW
                at += 1
    return bytes(out[:size])
