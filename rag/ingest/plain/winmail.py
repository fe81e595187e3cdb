"""``winmail.dat``: the mail that Outlook wrapped, and what it attached, each by the parser of its kind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

from rag.core.errors import ParseError
from rag.core.protocols import Warn
from rag.core.text import canonical
from rag.core.types import Document, Link, Source
from rag.ingest.office.rtf.parser import rtf_text
from rag.ingest.parsing.address import name_of
from rag.ingest.parsing.aside import Aside
from rag.ingest.parsing.contract import Kit
from rag.ingest.parsing.controls import note_controls
from rag.ingest.plain.html import decoded as decoded_page
from rag.ingest.plain.html import page_text
from rag.ingest.plain.mail_bodies import fullest
from rag.ingest.plain.tnef import DamagedTnef, WrappedMail, decoded, read_tnef
from rag.ingest.records.attachments import doc_id_at
from rag.ingest.records.wording.dates import checked_time
from rag.ingest.records.writing import Writer
from rag.ingest.sources.metadata import Declared, found_title


class WinmailParser:
    """Reads a wrapped mail and what is attached to it."""

    def __init__(self, kit: Kit) -> None:
        self._parts = kit.parts

    def __call__(self, source: Source, stream: BinaryIO, warn: Warn) -> Iterator[Document | ParseError]:
        """Yield the mail where it says something, then the documents of its attachments, and in its place
        the error of each that cannot be read.

        Raises:
            ParseError: it is damaged, or holds nothing.
        """
        file = name_of(source)
        try:
            mail = read_tnef(stream.read())
        except DamagedTnef:
            raise ParseError("tnef_damaged", file=file) from None
        aside = Aside(file)
        text = fullest([one for one in self._writings(mail, aside, file, warn) if one.strip()], aside)
        note_controls(text, aside)
        aside.characters += len(text)
        aside.note("parts", "attachment", mail.unread)
        aside.tell(warn)
        held = [one for one in mail.attached if one.data]
        if not text.strip() and not held:
            raise ParseError("file_without_text", file=file)
        if text.strip():
            yield _document(mail, text, source, warn)
        link = Link("attached_to", doc_id_at(source.uri))
        for number, one in enumerate(held, start=1):
            name = canonical(one.name) or f"attachment-{number}"
            for item in self._parts.documents(source, f"{number}/{name}", one.data, warn, one.media_type):
                yield item if isinstance(item, ParseError) else replace(item, links=(*item.links, link))

    def _writings(self, mail: WrappedMail, aside: Aside, file: str, warn: Warn) -> Iterator[str]:
        yield decoded(mail.text, mail.code_page)
        if mail.html:
            markup = mail.html if isinstance(mail.html, str) else decoded_page(mail.html, file)
            yield page_text(markup, file, warn)[0].done()[0]
        if mail.rtf:
            text, reader = rtf_text(mail.rtf, aside)
            if reader.lost:
                warn(ParseError("rtf_letters_lost", file=file, count=reader.lost))
            yield text


def _document(mail: WrappedMail, text: str, source: Source, warn: Warn) -> Document:
    writer = Writer()
    heads = {"From": mail.sender, "Date": mail.sent or "", "Subject": mail.subject}
    writer.lines(f"{name}: {value}" for name, value in heads.items() if value)
    writer.paragraph(text)
    written, sections = writer.done()
    document = Declared("").document(source, written, found_title(canonical(mail.subject)))
    return replace(document, sections=sections, authored_at=checked_time(mail.sent, source, "Date", warn))
