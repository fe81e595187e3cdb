"""The body of a CDA document: its sections as text, their codes, and what they embed."""

from __future__ import annotations

import binascii
from collections.abc import Iterator
from dataclasses import dataclass, field

from rag.core.errors import ParseError
from rag.core.types import Code
from rag.ingest.cda.entries import codes_of, write_entries
from rag.ingest.records.attachments import Attachment, decoded, decoded_if_file
from rag.ingest.records.media import plain_media_type, suffix_of
from rag.ingest.records.narrative import Narrative
from rag.ingest.records.writing import Writer
from rag.ingest.records.xml import Element, child, children, local, text_at, value_at, within
from rag.messages import catalogue, message

_UNTITLED = {"fr": "Sans titre", "en": "Untitled"}
_DEEPEST = 8
_LOOSE = ("text", "value", "thumbnail")


@dataclass(slots=True)
class Body:
    """Writes the sections of a body; keeps the codes, and the titles of sections that say nothing."""

    narrative: Narrative
    codes: list[Code] = field(default_factory=list)
    wrote: bool = False
    empty: list[str] = field(default_factory=list)
    unsaid: int = 0

    def write(self, body: Element) -> None:
        """Write every section of a structured body."""
        for section in _sections(body):
            self._section(section, 1)

    @property
    def _writer(self) -> Writer:
        return self.narrative.writer

    def _section(self, section: Element, level: int) -> None:
        title = text_at(section, "title") or value_at(section, "displayName", "code")
        inner = list(_sections(section))
        if title or inner:
            self._writer.heading(title or value_at(section, "code", "code"), level)
        before = self._writer.length
        text = child(section, "text")
        if text is not None:
            self.narrative.write(text)
        language = self.narrative.language
        self.unsaid += write_entries(self._writer, section, before, language)
        self.codes.extend(codes_of(section))
        self.wrote |= self._writer.length > before
        if self._writer.length == before and not inner and not _embeds(section):
            self._writer.paragraph(_why_empty(section, language))
            self.empty.append(title)
        if level < _DEEPEST:
            for below in inner:
                self._section(below, level + 1)


def _why_empty(section: Element, language: str) -> str:
    """Return why a section says nothing, as its nullFlavor states it."""
    flavor = section.get("nullFlavor") or value_at(section, "nullFlavor", "text")
    said = message("record.not_filled_in", language)
    known = catalogue(language).get(f"null_flavor.{flavor}", "") if flavor else ""
    return f"{said} ({known})" if known else said


def _sections(element: Element) -> Iterator[Element]:
    for component in children(element, "component"):
        yield from children(component, "section")


def _embeds(section: Element) -> bool:
    return next(within(section, "observationMedia"), None) is not None


def attachments(root: Element, file: str) -> Iterator[Attachment | ParseError]:
    """Yield the documents and pictures that entries of a document embed, and the error of each that cannot be
    decoded or lies elsewhere.
    """
    number = 0
    for found in within(root, "observationMedia", *_LOOSE):
        is_media = local(found) == "observationMedia"
        if not is_media and not _is_loose_file(found):
            continue
        number += 1
        value = child(found, "value") if is_media else found
        name = found.get("ID") or f"attachment-{number}"
        address = value_at(value, "value", "reference")
        if value is None or not "".join(value.itertext()).strip():
            if (data := in_address(address)) is not None:
                yield Attachment(
                    name, plain_media_type(value.get("mediaType") or "" if value is not None else ""), data
                )
            else:
                yield ParseError("attachment_elsewhere", file=file, record=name, address=address[:200] or "–")
            continue
        try:
            yield embedded(value, f"{name}")
        except ValueError:
            yield ParseError("attachment_not_base64", file=file, name=name, record=local(found))


def _is_loose_file(element: Element) -> bool:
    """Tell whether an element outside ObservationMedia holds a file: a note or a value of type ED in
    base64.
    """
    if element.get("representation") != "B64" or local(element) not in _LOOSE:
        return False
    above = element.getparent()
    return above is not None and local(above) not in ("observationMedia", "nonXMLBody")


def in_address(address: str) -> bytes | None:
    """Return the bytes that an address itself carries (``data:``), None for any other."""
    try:
        return (
            decoded(address.partition(",")[2])
            if address.startswith("data:") and ";base64," in address
            else None
        )
    except ValueError:
        return None


def embedded(value: Element, name: str) -> Attachment:
    """Return what an element of type ED holds.

    Raises:
        ValueError: it is not the base64, or not the compressed data, that it says it is.
    """
    media_type = plain_media_type(value.get("mediaType") or "")
    text = "".join(value.itertext())
    data = decoded(text) if value.get("representation") == "B64" else decoded_if_file(text) or text.encode()
    if algorithm := value.get("compression"):
        data = _unpacked(data, algorithm)
    return Attachment(name + suffix_of(media_type), media_type, data)


_MOST_UNPACKED = 200_000_000


def _unpacked(data: bytes, algorithm: str) -> bytes:
    """Undo the compressions that the standard names DF (deflate), GZ and ZL."""
    import zlib

    window = {"DF": -15, "GZ": 31, "ZL": 15}.get(algorithm)
    if window is None:
        raise ValueError(algorithm)
    unpacking = zlib.decompressobj(window)
    try:
        unpacked = unpacking.decompress(data, _MOST_UNPACKED)
    except zlib.error as error:
        raise binascii.Error from error
    if unpacking.unconsumed_tail:
        raise ValueError("too large")
    return unpacked
