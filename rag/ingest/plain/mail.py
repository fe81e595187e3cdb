"""Mails (EML): who wrote to whom and when, the body, and the attachments, each read by the parser of its
kind.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from typing import BinaryIO, cast

from rag.core.errors import ParseError
from rag.core.protocols import Warn
from rag.core.text import canonical
from rag.core.types import Document, Link, Source
from rag.ingest.parsing.address import name_of
from rag.ingest.parsing.aside import Aside
from rag.ingest.parsing.contract import Kit
from rag.ingest.parsing.controls import note_controls
from rag.ingest.parsing.decode import decode
from rag.ingest.plain.mail_bodies import Bodies
from rag.ingest.records.attachments import doc_id_at
from rag.ingest.records.wording.dates import checked_time
from rag.ingest.records.writing import Writer
from rag.ingest.sources.metadata import Declared, found_title

_SHOWN = ("From", "To", "Cc", "Date", "Subject")
_MOST_PARTS = 1000
_BOUNDARY = re.compile(r"(\bboundary=)([^\s\";]+)", re.IGNORECASE)
"""A boundary without the quotes that its signs need, as some programs write it."""
_LONGEST_HEADER = 200_000
_LONGEST_CONTENT_HEADER = 8_000


class _ShortHeaders(policy.EmailPolicy):
    """Refuses headers that no mail program writes: the standard library's parser takes quadratic time over
    parameters of content.
    """

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        most = _LONGEST_CONTENT_HEADER if sourcelines[0][:8].lower() == "content-" else _LONGEST_HEADER
        if sum(map(len, sourcelines)) > most:
            raise ValueError("header too long")
        if sourcelines[0][:13].lower() == "content-type:":
            sourcelines = [_BOUNDARY.sub(r'\1"\2"', "".join(sourcelines))]
        return super().header_source_parse(sourcelines)


class MailParser:
    """Reads a mail and what is attached to it."""

    def __init__(self, kit: Kit) -> None:
        self._parts = kit.parts

    def __call__(self, source: Source, stream: BinaryIO, warn: Warn) -> Iterator[Document | ParseError]:
        """Yield the mail, then the documents of its attachments, and in its place the error of each that
        cannot be read.

        Raises:
            ParseError: it is no mail, or says nothing and has no attachment.
        """
        file = name_of(source)
        try:
            mail = cast(EmailMessage, BytesParser(policy=_ShortHeaders()).parse(stream))
            parts = [part for part in mail.walk() if isinstance(part, EmailMessage)]
        except Exception as error:  # the standard library's parser fails in many ways on damaged headers
            raise ParseError("mail_damaged", file=file) from error
        if len(parts) > _MOST_PARTS:
            raise ParseError("mail_damaged", file=file)
        aside = Aside(file)
        bodies = Bodies(file, aside, warn)
        bodies.read(mail)
        body = self._body(mail, "\n\n".join(filter(str.strip, bodies.texts)), source, aside, warn)
        if body is None and not bodies.attached:
            raise ParseError("file_without_text", file=file)
        if body is not None:
            yield body
        is_read, pictures = body is not None, list[str]()
        for number, part in enumerate(bodies.attached, start=1):
            if _is_inline_picture(part):
                pictures.append(_name(part, number))
                continue
            for item in self._attachment(part, number, source, warn):
                is_read |= isinstance(item, Document)
                yield item
        for name in pictures:
            told = ParseError("mail_inline_image", file=file, name=name)
            if is_read:
                warn(told)
            else:
                yield told  # all that the mail holds

    def _body(
        self, mail: EmailMessage, text: str, source: Source, aside: Aside, warn: Warn
    ) -> Document | None:
        writer = Writer()
        aside.characters += len(text)
        note_controls(text, aside)
        aside.tell(warn)
        if not text.strip():
            return None
        headers = {name: value for name in _SHOWN if (value := _header(mail, name))}
        writer.lines(f"{name}: {value}" for name, value in headers.items())
        writer.paragraph(text)
        written, sections = writer.done()
        document = Declared("").document(source, written, found_title(canonical(headers.get("Subject", ""))))
        return replace(
            document, sections=sections, authored_at=checked_time(_date(mail), source, "Date", warn)
        )

    def _attachment(
        self, part: EmailMessage, number: int, source: Source, warn: Warn
    ) -> Iterator[Document | ParseError]:
        media_type, name = part.get_content_type(), _name(part, number)
        link = Link("attached_to", doc_id_at(source.uri))
        for item in self._parts.documents(source, f"{number}/{name}", _bytes_of(part), warn, media_type):
            yield item if isinstance(item, ParseError) else replace(item, links=(*item.links, link))


def _is_inline_picture(part: EmailMessage) -> bool:
    return part.get_content_disposition() == "inline" and part.get_content_maintype() == "image"


def _name(part: EmailMessage, number: int) -> str:
    ending = ".eml" if part.get_content_type() == "message/rfc822" else ""
    return canonical(str(_safely(part.get_filename) or "")) or f"attachment-{number}{ending}"


def _bytes_of(part: EmailMessage) -> bytes:
    if part.get_content_type() == "message/rfc822":
        inner = part.get_payload()
        return inner[0].as_bytes() if isinstance(inner, list) and inner else b""  # type: ignore[union-attr]
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""


def _header(mail: EmailMessage, name: str) -> str:
    raw = next((text for key, text in mail.raw_items() if key.lower() == name.lower()), "")
    is_bare = any(
        "\udc80" <= char <= "\udcff" for char in str(raw)
    )  # bytes beyond ASCII that no label explains
    value = _bare(str(raw), name) if is_bare else _safely(lambda: mail.get(name))
    return " ".join(canonical(str(value)).split()) if value else ""


def _bare(raw: str, name: str) -> str:
    """Return the value of a header that holds bytes beyond ASCII as they are."""
    is_bytes = all(char < "\x80" or "\udc80" <= char <= "\udcff" for char in raw)
    data = raw.encode("ascii", "surrogateescape") if is_bytes else raw.encode("utf-8", "replace")
    return decode(data, name)[0]


def _date(mail: EmailMessage) -> str | None:
    header = _safely(lambda: mail.get("Date"))
    moment = getattr(header, "datetime", None)
    return moment.isoformat(timespec="seconds") if moment is not None else None


def _safely(get: Callable[[], object]) -> object:
    """Return what a header says, None where the standard library cannot make sense of it."""
    try:
        return get()
    except Exception:
        return None
