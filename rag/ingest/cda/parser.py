"""Reads CDA documents: header, sections with their narrative, coded entries, and what they embed.

A document whose body is another file (level 1: a PDF, RTF or plain text) is that file's text under the
header's facts. Otherwise the sections are the document, and each embedded file is a further one, linked to
it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

from rag.clinical.language import detect_language
from rag.core.errors import ParseError
from rag.core.protocols import Warn
from rag.core.types import Document, Link, Source
from rag.ingest.cda.body import Body, attachments, embedded, in_address
from rag.ingest.cda.header import FRAGMENTS, CdaHeader, read_header
from rag.ingest.parsing.address import name_of
from rag.ingest.parsing.contract import PartReader
from rag.ingest.parsing.xml_root import xml_root
from rag.ingest.records.attachments import Attachment, Attachments, doc_id_at
from rag.ingest.records.identifiers import House
from rag.ingest.records.media import plain_media_type
from rag.ingest.records.narrative import Narrative
from rag.ingest.records.reading import RecordItems
from rag.ingest.records.wording.codes import once
from rag.ingest.records.wording.dates import checked_time
from rag.ingest.records.wording.when import in_words, span_in_words
from rag.ingest.records.writing import Writer
from rag.ingest.records.xml import Element, child, local, parse_xml, value_at
from rag.ingest.sources.intake import Intake
from rag.messages import message

_NAMESPACE = "urn:hl7-org:v3"
_MOST_NAMED = 5


class CdaParser:
    """Reads one CDA document and what it embeds."""

    def __init__(self, parts: PartReader, house: House = House()) -> None:
        self._attachments, self._house = Attachments(parts), house

    def __call__(self, source: Source, stream: BinaryIO, warn: Warn) -> Iterator[Document]:
        """Return the document, then the documents that it embeds; a ``ParseError`` where it is no whole
        document, or of two patients.
        """
        return RecordItems(self._items(source, stream, warn))

    def _items(self, source: Source, stream: BinaryIO, warn: Warn) -> Iterator[Document | ParseError]:
        try:
            yield from self._document(source, stream, warn)
        except ParseError as error:
            yield error

    def _document(self, source: Source, stream: BinaryIO, warn: Warn) -> Iterator[Document | ParseError]:
        file = name_of(source)
        root = _document(stream.read(), file)
        held = list(root.iter())  # an element is made anew each time nobody holds it
        header = read_header(root, file, self._house)
        if header.stamp and header.written is None:
            warn(ParseError("record_bad_date", file=file, record="ClinicalDocument", date=header.stamp[:20]))
        facts = _facts(header, source, checked_time(header.written, source, "ClinicalDocument", warn))
        unstructured = child(root, "component", "nonXMLBody", "text")
        if unstructured is not None:
            yield from self._level_one(unstructured, facts, header, source, warn)
            return
        body = child(root, "component", "structuredBody")
        if body is None:
            raise ParseError("cda_without_body", file=file)
        yield from self._structured(root, body, facts, header, source, warn)
        held.clear()

    def _level_one(
        self, text: Element, facts: Document, header: CdaHeader, source: Source, warn: Warn
    ) -> Iterator[Document | ParseError]:
        file = name_of(source)
        address = value_at(text, "value", "reference")
        if address and not "".join(text.itertext()).strip():
            data = in_address(address)
            if data is None:
                yield ParseError(
                    "attachment_elsewhere", file=file, record="nonXMLBody", address=address[:200]
                )
                return
            attachment = Attachment("body", plain_media_type(text.get("mediaType") or ""), data)
        else:
            try:
                attachment = embedded(text, "body")
            except ValueError:
                yield ParseError("attachment_not_base64", file=file, name="body", record="nonXMLBody")
                return
        yield from self._attachments.items(source, attachment, facts, warn)

    def _structured(
        self, root: Element, body: Element, facts: Document, header: CdaHeader, source: Source, warn: Warn
    ) -> Iterator[Document | ParseError]:
        file = name_of(source)
        language = header.language or detect_language(" ".join(body.itertext())[:4000])
        document, is_said = _written(header, facts, body, language, file, warn)
        document = replace(document, language=language)
        found = [
            item
            for embed in attachments(root, file)
            for item in self._embedded(embed, document, source, warn)
        ]
        joined = [item for item in found if isinstance(item, Document)]
        yield replace(document, links=tuple(Link("attachment", doc_id_at(one.source.uri)) for one in joined))
        yield from joined
        for error in [item for item in found if isinstance(item, ParseError)]:
            if is_said or joined:
                warn(error)
            else:
                yield error

    def _embedded(
        self, embed: Attachment | ParseError, document: Document, source: Source, warn: Warn
    ) -> Iterator[Document | ParseError]:
        if isinstance(embed, ParseError):
            yield embed
            return
        facts = replace(document, codes=(), title=f"{document.title} – {embed.name}")
        yield from self._attachments.linked(source, embed, facts, warn)


def _document(data: bytes, file: str) -> Element:
    """Return the ClinicalDocument: the root, or what a style sheet that shows itself carries (as CI-SIS
    allows).

    Raises:
        ParseError: there is none.
    """
    try:
        root = parse_xml(data, file)
    except ParseError:
        first = xml_root(data[:65_536])
        if first is not None and first.name in FRAGMENTS:  # which lack the declarations of prefixes too
            raise ParseError("cda_fragment", file=file, root=first.name) from None
        raise
    found = root if local(root) == "ClinicalDocument" else None
    if found is None and local(root) in ("stylesheet", "transform"):
        found = next((element for element in root.iter() if local(element) == "ClinicalDocument"), None)
    if found is None:
        if local(root) in FRAGMENTS:
            raise ParseError("cda_fragment", file=file, root=local(root))
        raise ParseError("cda_other_root", file=file, root=local(root))
    namespace = str(found.tag).rpartition("}")[0].lstrip("{")
    if namespace != _NAMESPACE:
        raise ParseError("cda_namespace", file=file, namespace=namespace or "–")
    return found


def _facts(header: CdaHeader, source: Source, written: str | None) -> Document:
    """Return a document with what the header says, still without text."""
    metadata = {
        "author": header.author,
        "organization": header.organization,
        "document_type": header.code.display if header.code else "",
        "performed_at": header.service_start or "",
        "document_id": header.document_id,
        "version": header.version if header.version not in ("", "1") else "",
        "replaces": "true" if "replaces_record" in header.numbers else "",
        **header.numbers,
    }
    return Document(
        doc_id="",
        source=source,
        kind=header.kind,
        title=header.title,
        text="",
        language=header.language,
        patient_id=header.identity.patient_id or None,
        encounter_id=header.encounter_id,
        authored_at=written,
        codes=(header.code,) if header.code else (),
        metadata={key: value for key, value in metadata.items() if value},
        traits=header.person.traits(header.identity.national),
        intake=Intake(national_id=header.identity.national, claims=header.identity.claims).packed(),
    )


def _written(
    header: CdaHeader, facts: Document, body: Element, language: str, file: str, warn: Warn
) -> tuple[Document, bool]:
    """Return the document, and whether any of its sections says something."""
    writer = Writer()
    writer.lines(_opening(header, language))
    sections = Body(Narrative(writer, language))
    sections.write(body)
    places = sections.narrative.placeholders + len(sections.empty)
    metadata = dict(facts.metadata)
    if places:
        named = [title for title in dict.fromkeys(sections.empty) if title]
        shown = "; ".join(named[:_MOST_NAMED]) + ("…" if len(named) > _MOST_NAMED else "")
        warn(ParseError("cda_placeholders", file=file, count=places, sections=shown or "–"))
        if named:
            metadata["empty_sections"] = "; ".join(named)
    text, spans = writer.done(opening_joins=True)
    for reason, count in (("struck", sections.narrative.struck), ("unread_text", sections.unsaid)):
        if count:
            warn(ParseError(f"aside_{reason}", file=file, count=count, where=header.title or "–"))
    codes = once([*facts.codes, *sections.codes])
    return (
        replace(facts, text=text, sections=spans, codes=codes, metadata=metadata, facts=writer.facts),
        sections.wrote,
    )


def _opening(header: CdaHeader, language: str) -> Iterator[str]:
    """Yield the lines that a printed document would open with: title, patient, author, date, what was done
    and when.
    """
    yield header.title
    yield header.person.line(language)
    if header.author:
        yield message("record.author", language, name=header.author)
    if header.organization:
        yield message("record.organization", language, name=header.organization)
    if header.written:
        yield message("record.written_on", language, date=in_words(header.written, language, clock=True))
    if (
        header.service
        and header.service_start
        and (header.service_end or "")[:10] in ("", header.service_start[:10])
    ):
        end = header.service_end or header.service_start
        yield f"{header.service}, {span_in_words(header.service_start, end, language, clock=True)}"
    for key, name in (("replaces_record", "record.replaces"), ("completes_record", "record.completes")):
        if key in header.numbers:
            yield message(name, language) + "."
