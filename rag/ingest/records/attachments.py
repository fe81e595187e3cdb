"""Documents that a record carries inside: decoded, read by the parser of their own format, and given to the
record's patient.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from rag.core.errors import ParseError
from rag.core.protocols import Warn
from rag.core.types import Document, Link, Source
from rag.ingest.parsing.address import name_of
from rag.ingest.parsing.contract import PartReader
from rag.ingest.parsing.decode import decode
from rag.ingest.parsing.media import CSV, HTML, MARKDOWN, TEXT
from rag.ingest.parsing.sniff import look_into, sniff
from rag.ingest.records.identifiers import has_ins_key
from rag.ingest.records.media import suffix_of
from rag.ingest.sources.intake import intake_of

_BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}")
_DATA_URI = re.compile(r"data:[\w.+/-]*(?:;[\w=.-]+)*;base64,", re.IGNORECASE)
_SHORTEST = 24
_TEXT_TYPES = (TEXT, HTML, MARKDOWN, CSV)
_INS_FORM = re.compile(r"[12378]\d{14}")
_INS = re.compile(
    r"\bINS\b(?:-NIR|-NIA)?\s*+(?:[:(]\s*+)?(?:qualifi\w++\s*+(?::\s*+)?)?([12378](?: ?\d){14})(?!\d)"
)


@dataclass(frozen=True, slots=True)
class Attachment:
    """One embedded document: its bytes, its declared media type, and a name that tells it apart within its
    record.
    """

    name: str
    media_type: str
    data: bytes


def doc_id_at(uri: str) -> str:
    """Return the id that a document gets by its address where nothing declares one."""
    return hashlib.sha256(uri.encode()).hexdigest()[:20]


def decoded(data: str) -> bytes:
    """Return the bytes of a base64 text, in which white space has no meaning.

    Raises:
        ValueError: it is not base64.
    """
    try:
        return base64.b64decode(re.sub(r"\s+", "", data), validate=True)
    except binascii.Error as error:
        raise ValueError from error


def _names_another(document: Document, record: Document) -> bool:
    """Tell whether a document names a national identity (INS) and it is not that of the record's patient, as
    far as that is known.

    Of what a machine read from a picture only numbers with a right key count: a digit read wrongly is no
    other person.
    """
    if any(page.derived for page in document.pages):
        return any(map(has_ins_key, _others(document, record)))
    return bool(_others(document, record))


def _may_name_another(document: Document, record: Document) -> bool:
    return any(page.derived for page in document.pages) and bool(_others(document, record))


def _others(document: Document, record: Document) -> frozenset[str]:
    """Return the national identities that a document names, where the record's own is known and not among
    them.
    """
    named = frozenset("".join(found.split()) for found in _INS.findall(document.text))
    identity = intake_of(record).national_id or record.patient_id or ""
    return named if _INS_FORM.fullmatch(identity) and identity not in named else frozenset()


def decoded_if_file(text: str) -> bytes | None:
    """Return the bytes of a text that is base64 throughout and of a known kind of file, None for any other
    text.
    """
    bare = "".join(_DATA_URI.sub("", text.strip()).split())
    if len(bare) < _SHORTEST or not _BASE64.fullmatch(bare):
        return None
    try:
        data = decoded(bare)
    except ValueError:
        return None
    return data if sniff(look_into("", data)) else None


class Attachments:
    """Reads the attachments of records."""

    def __init__(self, parts: PartReader) -> None:
        self._parts = parts

    def documents(
        self, source: Source, attachment: Attachment, record: Document, warn: Warn
    ) -> Iterator[Document]:
        """Yield the documents of an attachment as documents of the record's patient, linked to the record.

        What cannot be read is warned of, and so is an attachment that names another patient: it is refused.
        """
        for item in self.linked(source, attachment, record, warn):
            if isinstance(item, ParseError):
                warn(item)
            else:
                yield item

    def linked(
        self, source: Source, attachment: Attachment, record: Document, warn: Warn
    ) -> Iterator[Document | ParseError]:
        """Yield the documents of an attachment, linked to the record, and the errors in their place."""
        for item in self.items(source, attachment, record, warn):
            if isinstance(item, ParseError):
                yield item
            else:
                yield replace(
                    item,
                    links=(*item.links, Link("attached_to", record.doc_id or doc_id_at(record.source.uri))),
                )

    def items(
        self, source: Source, attachment: Attachment, record: Document, warn: Warn
    ) -> Iterator[Document | ParseError]:
        """Yield the documents of an attachment with what the record says of them, and the errors in their
        place.
        """
        media_type = _readable_type(attachment)
        name = attachment.name + ("" if "." in attachment.name[-6:] else suffix_of(media_type))
        for item in self._parts.documents(source, name, attachment.data, warn, media_type):
            if isinstance(item, ParseError):
                yield item
            elif item.patient_id not in (None, record.patient_id) or _names_another(item, record):
                yield ParseError("attachment_other_patient", file=name_of(source), name=attachment.name)
            else:
                if _may_name_another(item, record):
                    warn(ParseError("attachment_identity_unsure", file=name_of(source), name=attachment.name))
                yield _of_record(item, record)


def _readable_type(attachment: Attachment) -> str:
    """Return the media type to read an attachment by: what is of no known kind, and text, is read as text
    whatever it is said to be.
    """
    if attachment.media_type.startswith("text/") and attachment.media_type in _TEXT_TYPES:
        return attachment.media_type
    if sniff(look_into("", attachment.data)) or not attachment.data.strip():
        return attachment.media_type
    try:
        text, _ = decode(attachment.data, attachment.name)
    except ParseError:
        return attachment.media_type
    return TEXT if any(map(str.isalpha, text)) else attachment.media_type


def _of_record(document: Document, record: Document) -> Document:
    return replace(
        document,
        patient_id=record.patient_id,
        encounter_id=document.encounter_id or record.encounter_id,
        kind=record.kind or document.kind,
        title=record.title or document.title,
        language=document.language or record.language,
        authored_at=record.authored_at or document.authored_at,
        codes=document.codes or record.codes,
        metadata={**document.metadata, **record.metadata},
        intake=record.intake,
    )
