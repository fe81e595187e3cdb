"""Observations (OBX) as text: tables of values, paragraphs of reports, and the documents that they embed."""

from __future__ import annotations

import binascii
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from rag.core.types import Code
from rag.ingest.hl7v2.message import Segment
from rag.ingest.hl7v2.people import coded
from rag.ingest.records.attachments import Attachment, decoded
from rag.ingest.records.media import plain_media_type
from rag.ingest.records.units import unit_in_words
from rag.ingest.records.when import from_stamp, in_words
from rag.ingest.records.writing import Writer
from rag.messages import catalogue, message

_WITHDRAWN = ("D", "W")
_STATUSES = {
    "P": "preliminary",
    "R": "preliminary",
    "S": "partial",
    "I": "pending",
    "C": "corrected",
    "X": "not_obtained",
    "N": "not_asked",
}
_TEXTS = ("TX", "FT")
_LONG = 120
_SYSTEMS = {"LN": "loinc", "SCT": "snomed", "SNM3": "snomed", "I10": "icd10", "I9": "icd9", "CCAM": "ccam", "ATC": "atc"}


@dataclass(slots=True)
class Observed:
    """The observations of an order: each OBX with the notes behind it."""

    segment: Segment
    notes: list[str] = field(default_factory=list)

    @property
    def label(self) -> str:
        """Return what was observed."""
        return coded(self.segment, 3).lstrip("&")

    @property
    def status(self) -> str:
        """Return OBX-11."""
        return self.segment.get(11).upper()

    @property
    def is_withdrawn(self) -> bool:
        """Tell whether it is marked as deleted or wrong."""
        return self.status in _WITHDRAWN

    @property
    def kind(self) -> str:
        """Return OBX-2, the type of its value."""
        return self.segment.get(2).upper()

    @property
    def is_text(self) -> bool:
        """Tell whether it is a line or a paragraph of a report."""
        plain = self.kind in _TEXTS or (self.kind == "ST" and not self.segment.get(6) and len(self.segment.raw(5)) > _LONG)
        return plain and not self.segment.raw(7)


def write_observations(writer: Writer, observations: Sequence[Observed], language: str, title: str = "") -> None:
    """Write observations in their order: neighbours with values as one table, neighbours with text as paragraphs under their names."""
    rows: list[list[str]] = []
    label = ""
    for one in [*(held for held in observations if not held.is_withdrawn), None]:
        if one is None or one.is_text:
            _table(writer, rows, language)
            rows = []
        if one is None:
            break
        if one.is_text:
            text = one.segment.text(5)
            if one.label != label and one.label and one.label.casefold() != title.casefold():
                writer.heading(one.label, 2)
            (writer.line if one.label == label else writer.paragraph)(text)
            label = one.label
        elif one.kind not in ("ED", "RP") and "study instance" not in one.label.lower():
            rows.append(_row(one, language))
            label = ""
        for note in one.notes:
            if one.is_text:
                writer.paragraph(note)
            else:
                rows.append([f"{one.label}, {message('record.comment', language).lower()}", note])


def _table(writer: Writer, rows: list[list[str]], language: str) -> None:
    if rows:
        head = [message(f"record.{key}", language) for key in ("test", "result", "reference", "interpretation")]
        writer.table([head[: max(2, *(len(row) for row in rows))], *rows])


def _row(one: Observed, language: str) -> list[str]:
    segment = one.segment
    part = segment.get(4)
    label = f"{one.label} ({part})" if part and part not in ("1", "0") else one.label
    flags = [_word("interpretation", flag, language) for flag in (segment.part(value, 1) for value in segment.repetitions(8)) if flag]
    status = _STATUSES.get(one.status, "")
    said = ", ".join(filter(None, [*flags, _word("status", status, language) if status else ""]))
    reference = segment.text(7)
    unit = unit_in_words(segment.get(6)) if reference and not any(char.isalpha() for char in reference) else ""
    row = [label, _value(segment, language), f"{reference} {unit}".strip(), said]
    while row and not row[-1]:
        row.pop()
    return row if len(row) > 1 else [label, message("record.no_value", language)]


def _value(segment: Segment, language: str) -> str:
    kind = segment.get(2).upper()
    if kind == "SN":
        texts = [_structured(segment, value) for value in segment.repetitions(5)]
    elif kind in ("CE", "CWE", "CNE", "CF", "CK"):
        texts = [segment.part(value, 2) or segment.part(value, 5) or segment.part(value, 1) for value in segment.repetitions(5)]
    elif kind in ("DT", "TS", "DTM"):
        texts = [in_words(from_stamp(segment.part(value, 1)), language, clock=True) or value for value in segment.repetitions(5)]
    else:
        texts = [_joined(segment, value) for value in segment.repetitions(5)]
    shown = ", ".join(filter(None, texts))
    unit = unit_in_words(segment.get(6) if segment.get(6) else "")
    return f"{shown} {unit}".strip() if shown else ""


def _structured(segment: Segment, value: str) -> str:
    return " ".join(filter(None, (segment.part(value, at) for at in (1, 2, 3, 4))))


def _joined(segment: Segment, value: str) -> str:
    return " ".join(filter(None, (segment.part(value, at + 1) for at in range(value.count(segment.marks.component) + 1))))


def _word(table: str, code: str, language: str) -> str:
    return catalogue(language).get(f"{table}.{code}", code)


def codes_of(segment: Segment, number: int) -> Iterator[Code]:
    """Yield the codes of a coded field, its alternate too."""
    for at in (1, 4):
        code, text, system = (segment.get(number, at + offset) for offset in range(3))
        if code and text and system and system.upper() != "L" and not system.startswith("99"):
            yield Code(_SYSTEMS.get(system.upper(), system), code, text)


def attachment(one: Observed, name: str) -> Attachment | None:
    """Return the document that an observation of type ED holds, None where it is of another type.

    Raises:
        ValueError: it is not encoded as it says.
    """
    if one.kind != "ED":
        return None
    segment = one.segment
    value = segment.raw(5)
    main, sub, encoding = segment.part(value, 2), segment.part(value, 3), segment.part(value, 4).lower()
    data = value.split(segment.marks.component, 4)[4] if value.count(segment.marks.component) >= 4 else ""
    if encoding == "base64":
        return Attachment(name, _media_type(main, sub), decoded(data))
    if encoding == "hex":
        try:
            return Attachment(name, _media_type(main, sub), bytes.fromhex("".join(data.split())))
        except ValueError as error:
            raise binascii.Error from error
    return Attachment(name, _media_type(main, sub), segment.part(value, 5).encode())


def _media_type(main: str, sub: str) -> str:
    """Return the media type that ED-2 and ED-3 name: ``Application`` and ``PDF``, or the table's own ``AP``, ``TX``, ``FT``."""
    kind = {"ap": "application", "tx": "text", "ft": "text", "im": "image", "si": "image", "mp": "multipart"}.get(
        main.lower(), main.lower()
    )
    if "/" in main:
        return plain_media_type(main)
    return plain_media_type(f"{kind or 'application'}/{sub.lower() or ('plain' if kind == 'text' else 'octet-stream')}")
