"""Files that observations hold, in whatever wrapping: base64 or hexadecimal, of type ED or as bare text, in
one piece or several.

What is not declared is recognised by its bytes: a text that is base64 throughout and of a known kind of file
is that file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.ingest.hl7v2.message import Segment
from rag.ingest.hl7v2.telling.results import Observed
from rag.ingest.parsing.media import JSON
from rag.ingest.parsing.sniff import look_into, sniff
from rag.ingest.records.attachments import Attachment, decoded
from rag.ingest.records.media import plain_media_type

_BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}")
_DATA_URI = re.compile(r"data:([\w.+/-]*)(?:;[\w=.-]+)*;base64,", re.IGNORECASE)
_SHORTEST = 24
_MAIN_TYPES = {
    "ap": "application",
    "tx": "text",
    "ft": "text",
    "im": "image",
    "si": "image",
    "mp": "multipart",
    "au": "audio",
}
_COMPONENTS = 5
_ENCODINGS = ("base64", "hex", "a")


@dataclass(frozen=True, slots=True)
class Embedded:
    """A file that one or several observations hold; ``attachment`` is None where it cannot be decoded."""

    observations: tuple[Observed, ...]
    attachment: Attachment | None


def embedded_in(observations: Sequence[Observed], prefix: str) -> Iterator[Embedded]:
    """Yield the files in observations, in order; a file that came in pieces is one."""
    at = 0
    while at < len(observations):
        one = observations[at]
        name = f"{prefix}/{at + 1}"
        if one.kind == "RP":
            at += 1
        elif one.kind == "ED":
            held = _continued(observations, at)
            if len(held) > 1:
                yield Embedded(tuple(held), _joined(held, name))
            else:
                yield from (Embedded((one,), found) for found in _declared(one.segment, name))
            at += len(held)
        else:
            pieces = _pieces(observations, at)
            if pieces:
                yield Embedded(tuple(pieces), _attachment_of(pieces, name))
            at += max(1, len(pieces))


def mark_files(observations: Sequence[Observed]) -> None:
    """Mark the observations that hold a file as bare text: it is no text to show."""
    for found in embedded_in(observations, ""):
        for one in found.observations:
            one.is_file = True


def _continued(observations: Sequence[Observed], at: int) -> list[Observed]:
    """Return the values of type ED from a place on that hold one file: the first begins a file of a known
    kind, the others are of the same name and declaration and begin none.
    """
    first = observations[at]
    begun = _single(first)
    if begun is None or not _kind_of(begun[1]):
        return [first]
    held = [first]
    for following in observations[at + 1 :]:
        piece = _single(following)
        if (
            following.kind != "ED"
            or following.label != first.label
            or piece is None
            or piece[0] != begun[0]
            or not _BASE64.fullmatch(piece[1])
            or _kind_of(piece[1]) not in ("", JSON)  # a bracket may stand anywhere in a file
        ):
            break
        held.append(following)
    return held


def _single(one: Observed) -> tuple[list[str], str] | None:
    """Return what a value of type ED declares, and its data without blanks; None where it is not one
    value.
    """
    values = one.segment.repetitions(5)
    if len(values) != 1:
        return None
    held = values[0].split(one.segment.marks.component, _COMPONENTS - 1)
    return [part.lower() for part in held[:-1]], _DATA_URI.sub("", re.sub(r"\s+", "", held[-1]))


def _joined(held: Sequence[Observed], name: str) -> Attachment | None:
    """Return the file of several pieces: encoded one by one, or cut after they were encoded."""
    pieces = [found[1] for one in held if (found := _single(one)) is not None]
    try:
        if any(piece.endswith("=") for piece in pieces[:-1]):
            data = b"".join(map(decoded, pieces))
        else:
            data = decoded("".join(pieces))
    except ValueError:
        return None
    return Attachment(name, sniff(look_into(name, data)) or "application/octet-stream", data)


def _pieces(observations: Sequence[Observed], at: int) -> list[Observed]:
    """Return the observations from a place on that hold one file as bare text, none where there is no
    file.
    """
    first = observations[at]
    if not _kind_of(_bare(first)):
        return []
    held = [first]
    for following in observations[at + 1 :]:
        if (
            following.kind != first.kind
            or following.label != first.label
            or not _BASE64.fullmatch(_bare(following))
        ):
            break
        held.append(following)
    return held


def _attachment_of(pieces: Sequence[Observed], name: str) -> Attachment | None:
    try:
        data = decoded("".join(map(_bare, pieces)))
    except ValueError:
        return None
    return Attachment(name, sniff(look_into(name, data)) or "application/octet-stream", data)


def _bare(one: Observed) -> str:
    text = re.sub(r"[\s~]+", "", one.segment.text(5))
    return _DATA_URI.sub("", text)


def _kind_of(text: str) -> str:
    """Return the media type of a base64 text that is a file of a known kind, empty where it is none; an
    incomplete end is no hindrance.
    """
    if len(text) < _SHORTEST or not _BASE64.fullmatch(text):
        return ""
    try:
        data = decoded(text[: len(text) - len(text) % 4])
    except ValueError:
        return ""
    return sniff(look_into("", data))


def _declared(segment: Segment, name: str) -> Iterator[Attachment | None]:
    """Yield the files of a value of type ED; None for one that is not encoded as it says."""
    values = segment.repetitions(5)
    if len(values) > 1 and all(segment.marks.component not in value for value in values[1:]):
        values = ["".join(values)]
    for place, value in enumerate(values):
        held = value.split(segment.marks.component, _COMPONENTS - 1)
        parts = [segment.part(value, at + 1) for at in range(len(held))]
        data = (
            segment.part(held[-1].replace(segment.marks.component, segment.marks.subcomponent), 1)
            if held
            else ""
        )
        where = name if len(values) == 1 else f"{name}.{place + 1}"
        yield _decoded(where, parts[:-1], data)


def _decoded(name: str, said: Sequence[str], data: str) -> Attachment | None:
    declared = [part.lower() for part in said]
    main, sub = [*(part if part not in _ENCODINGS else "" for part in declared[1:3]), "", ""][:2]
    media_type = _media_type(main, sub)
    if uri := _DATA_URI.match(data):
        declared, data, media_type = [*declared, "base64"], data[uri.end() :], uri[1] or media_type
    bare = re.sub(r"\s+", "", data)
    try:
        if "base64" in declared:
            return Attachment(name, media_type, decoded(bare))
        if "hex" in declared:
            return Attachment(name, media_type, bytes.fromhex(bare))
    except ValueError:
        return None
    if found := _kind_of(bare):
        return Attachment(name, found, decoded(bare))
    if not main and not sub:
        media_type = "text/plain"
    return Attachment(name, media_type, data.encode())


def _media_type(main: str, sub: str) -> str:
    """Return the media type that ED-2 and ED-3 name: ``Application`` and ``PDF``, or the table's own ``AP``,
    ``TX``, ``FT``.
    """
    kind = _MAIN_TYPES.get(main, main)
    if "/" in main:
        return plain_media_type(main)
    return plain_media_type(
        f"{kind or 'application'}/{sub or ('plain' if kind == 'text' else 'octet-stream')}"
    )
