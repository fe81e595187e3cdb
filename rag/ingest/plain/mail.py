"""Mails (EML): who wrote to whom and when, the body, and the attachments, each read by the parser of its kind."""

from __future__ import annotations

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
from rag.ingest.parsing.contract import Kit
from rag.ingest.parsing.decode import decode
from rag.ingest.plain.html import page_text
from rag.ingest.records.attachments import doc_id_at
from rag.ingest.records.wording.dates import checked_time
from rag.ingest.records.writing import Writer
from rag.ingest.sources.metadata import Declared, found_title

_SHOWN = ("From", "To", "Cc", "Date", "Subject")
_MOST_PARTS = 1000
_LONGEST_HEADER = 200_000
_LONGEST_CONTENT_HEADER = 8_000


class _ShortHeaders(policy.EmailPolicy):
    """Refuses headers that no mail program writes: the standard library's parser takes quadratic time over parameters of content."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        most = _LONGEST_CONTENT_HEADER if sourcelines[0][:8].lower() == "content-" else _LONGEST_HEADER
        if sum(map(len, sourcelines)) > most:
            raise ValueError("header too long")
        return super().header_source_parse(sourcelines)


class MailParser:
    """Reads a mail and what is attached to it."""

    def __init__(self, kit: Kit) -> None:
        self._parts = kit.parts

    def __call__(self, source: Source, stream: BinaryIO, warn: Warn) -> Iterator[Document | ParseError]:
        """Yield the mail, then the documents of its attachments, and in its place the error of each that cannot be read.

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
        attached = list(_attached(mail))
        body = self._body(mail, source, warn)
        if body is None and not attached:
            raise ParseError("file_without_text", file=file)
        if body is not None:
            yield body
        for number, part in enumerate(attached, start=1):
            yield from self._attachment(part, number, source, warn)

    def _body(self, mail: EmailMessage, source: Source, warn: Warn) -> Document | None:
        file = name_of(source)
        text, writer = _text_of_body(mail, file), Writer()
        if not text.strip():
            return None
        headers = {name: value for name in _SHOWN if (value := _header(mail, name))}
        writer.lines(f"{name}: {value}" for name, value in headers.items())
        writer.paragraph(text)
        written, sections = writer.done()
        document = Declared("").document(source, written, found_title(canonical(headers.get("Subject", ""))))
        return replace(document, sections=sections, authored_at=checked_time(_date(mail), source, "Date", warn))

    def _attachment(self, part: EmailMessage, number: int, source: Source, warn: Warn) -> Iterator[Document | ParseError]:
        media_type = part.get_content_type()
        name = canonical(str(_safely(part.get_filename) or "")) or f"attachment-{number}{'.eml' if media_type == 'message/rfc822' else ''}"
        if part.get_content_disposition() == "inline" and part.get_content_maintype() == "image":
            warn(ParseError("mail_inline_image", file=name_of(source), name=name))
            return
        link = Link("attached_to", doc_id_at(source.uri))
        for item in self._parts.documents(source, f"{number}/{name}", _bytes_of(part), warn, media_type):
            yield item if isinstance(item, ParseError) else replace(item, links=(*item.links, link))


def _attached(mail: EmailMessage) -> Iterator[EmailMessage]:
    """Yield the attachments of a mail, wherever they hang; those of an attached mail are that mail's."""
    body = mail.get_body(("plain", "html"))
    if not mail.is_multipart():
        if body is None:
            yield mail
        return
    for part in mail.iter_parts():
        if part is body or not isinstance(part, EmailMessage):
            continue
        if part.get_content_maintype() == "multipart":
            yield from _attached_within(part, body)
        elif part.is_attachment() or part.get_content_maintype() != "text" or part.get_filename():
            yield part


def _attached_within(part: EmailMessage, body: object) -> Iterator[EmailMessage]:
    for inner in part.iter_parts():
        if inner is body or not isinstance(inner, EmailMessage):
            continue
        if inner.get_content_maintype() == "multipart":
            yield from _attached_within(inner, body)
        elif inner.get_content_maintype() != "text" or inner.is_attachment():
            yield inner


def _text_of_body(mail: EmailMessage, file: str) -> str:
    """Return the text of the body, then of further texts that are shown below it (forwarded or signed mail)."""
    body = mail.get_body(("plain", "html"))
    if body is None:
        return ""
    texts = [body]
    if mail.get_content_type() == "multipart/mixed":
        texts += [part for part in mail.iter_parts() if part is not body and _is_shown_text(part)]
    return "\n\n".join(_text(part, file) for part in texts if isinstance(part, EmailMessage))


def _is_shown_text(part: object) -> bool:
    return isinstance(part, EmailMessage) and part.get_content_maintype() == "text" and not part.is_attachment() and not part.get_filename()


def _text(part: EmailMessage, file: str) -> str:
    data = _bytes_of(part)
    charset = part.get_content_charset() or ""
    try:
        text = data.decode(charset)
    except (LookupError, UnicodeDecodeError):
        text = decode(data, file)[0] if data else ""
    return page_text(text, file)[0].done()[0] if part.get_content_subtype() == "html" else text


def _bytes_of(part: EmailMessage) -> bytes:
    if part.get_content_type() == "message/rfc822":
        inner = part.get_payload()
        return inner[0].as_bytes() if isinstance(inner, list) and inner else b""  # type: ignore[union-attr]
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""


def _header(mail: EmailMessage, name: str) -> str:
    value = _safely(lambda: mail.get(name))
    return " ".join(canonical(str(value)).split()) if value else ""


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
