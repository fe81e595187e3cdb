"""Reads files of HL7 v2 messages: each message to the patient it names; corrections, cancellations and merges are followed, not lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import BinaryIO

from rag.errors import ParseError
from rag.ingest.address import name_of, record_uri
from rag.ingest.fhir.drafts import once
from rag.ingest.formats import PartReader
from rag.ingest.hl7v2 import orders
from rag.ingest.hl7v2.framing import Announced, split_messages
from rag.ingest.hl7v2.message import Message, Segment, read_message
from rag.ingest.hl7v2.movements import CANCELS_STAY, LINKS, MERGES, is_clinical, joined, sent_at, stay_title, write_stay
from rag.ingest.hl7v2.orders import Group, groups
from rag.ingest.hl7v2.people import coded, identity, person, professional
from rag.ingest.hl7v2.results import Observed, attachment, codes_of, write_observations
from rag.ingest.intake import Intake
from rag.ingest.records.attachments import Attachments, doc_id_at
from rag.ingest.records.dates import checked_time
from rag.ingest.records.identifiers import House, Identity
from rag.ingest.records.kinds import kind_of
from rag.ingest.records.when import from_stamp, in_words
from rag.ingest.records.writing import Writer
from rag.language import detect_language
from rag.messages import message
from rag.protocols import Warn
from rag.types import Document, Link, Source

_MDM_CANCELS = ("T11",)
_MDM_REPLACES = ("T09", "T10")
_UNFINISHED = {"DI": "draft", "IP": "in-progress", "IN": "in-progress", "PA": "preliminary", "DO": "preliminary"}
_MOST_NAMED = 5
_SAMPLE = 4000


@dataclass(slots=True)
class _Held:
    """A document that messages of the file made so far; later messages may replace it or take it back."""

    document: Document
    number: int
    observations: list[Observed] = field(default_factory=list)


@dataclass(slots=True)
class _Books:
    """What the messages of one file came to; ``house`` says whose numbers come first."""

    house: House = field(default_factory=House)
    held: dict[str, _Held] = field(default_factory=dict)
    seen: dict[str, tuple[str, ...]] = field(default_factory=dict)
    empty: Counter[str] = field(default_factory=Counter)


class Hl7Parser:
    """Reads ORU, MDM and ADT messages."""

    def __init__(self, parts: PartReader, house: House = House()) -> None:
        self._attachments, self._house = Attachments(parts), house

    def __call__(self, source: Source, stream: BinaryIO, warn: Warn) -> Iterator[Document]:
        """Return the documents of the file. After a ``ParseError`` the iterator goes on with the next message."""
        return _Reading(self._items(source, stream, warn))

    def _items(self, source: Source, stream: BinaryIO, warn: Warn) -> Iterator[Document | ParseError]:
        file, books, found = name_of(source), _Books(self._house), False
        for raw in split_messages(stream.read()):
            found = True
            if isinstance(raw, Announced):
                warn(ParseError("hl7_batch_count", file=file, expected=raw.expected, found=raw.found))
                continue
            try:
                if not raw.is_whole:
                    raise ParseError("hl7_truncated", file=file, number=raw.number)
                self._message(read_message(raw, file, warn), source, books, warn)
            except ParseError as error:
                yield error
        if not found:
            yield ParseError("hl7_no_message", file=file)
        if books.empty:
            types = ", ".join(f"{kind} {count}" for kind, count in sorted(books.empty.items()))
            warn(ParseError("hl7_nothing_clinical", file=file, count=books.empty.total(), types=types))
        for held in books.held.values():
            yield from self._with_attachments(held, source, warn)

    def _message(self, message_: Message, source: Source, books: _Books, warn: Warn) -> None:
        file = name_of(source)
        record = self._record(message_, books, file, warn)
        if record is None:
            return
        readers: dict[str, Callable[[Message, str, Source, _Books, Warn], None]] = {"ORU": _results, "MDM": _document, "ADT": _movement}
        reader = readers.get(message_.code)
        if reader is None:
            warn(ParseError("hl7_unknown_message", file=file, number=message_.number, type=message_.type))
            return
        reader(message_, record, source, books, warn)

    def _record(self, message_: Message, books: _Books, file: str, warn: Warn) -> str | None:
        """Return what tells a message apart in its file, None for one that was read already."""
        control = message_.control_id or f"message-{message_.number}"
        content = tuple(marked.raw(at) for marked in message_.segments for at in range(len(marked.fields)))
        before = books.seen.get(control)
        if before is None:
            books.seen[control] = content
            return control
        same = before == content
        key = "hl7_message_twice" if same else "hl7_control_id_twice"
        warn(ParseError(key, file=file, number=message_.number, control_id=control))
        return None if same else f"{control}~{message_.number}"

    def _with_attachments(self, held: _Held, source: Source, warn: Warn) -> Iterator[Document]:
        """Yield a document with what its observations embed; one that is nothing but an embedded file is that file."""
        document, joined = held.document, []
        for number, one in enumerate(held.observations, start=1):
            name = f"{document.source.uri.rpartition('#')[2]}/{number}"
            try:
                found = attachment(one, name)
            except ValueError:
                warn(ParseError("attachment_not_base64", file=name_of(source), name=str(number), record=document.title))
                continue
            if one.kind == "RP":
                warn(ParseError("attachment_elsewhere", file=name_of(source), record=document.title, address=one.segment.get(5) or "–"))
            if found is not None:
                joined += list(self._attachments.documents(source, found, document, warn))
        if not document.text:
            yield from joined
            return
        yield replace(document, links=tuple(Link("attachment", doc_id_at(one.source.uri)) for one in joined))
        yield from joined


class _Reading:
    """An iterator that survives what it raises, as a generator would not."""

    def __init__(self, items: Iterator[Document | ParseError]) -> None:
        self._items = items

    def __iter__(self) -> Iterator[Document]:
        return self

    def __next__(self) -> Document:
        item = next(self._items)
        if isinstance(item, ParseError):
            raise item
        return item


def _patient(group: Group, message_: Message, file: str, house: House) -> Identity:
    found = identity(group.pid, 3, house, sent_at(message_))
    if not found.patient_id:
        raise ParseError("hl7_no_patient", file=file, number=message_.number, type=message_.type)
    return found


def _language(group: Group, message_: Message) -> str:
    """Return the language that MSH-19 declares, else that of the texts."""
    declared = message_.header.get(19).lower()[:2]
    if declared in ("fr", "en"):
        return declared
    texts = [one.segment.text(5) for one in group.observations if one.kind != "ED"] + [one.label for one in group.observations]
    texts += [order.name for order in group.orders] + [coded(one, 3) for one in group.others]
    return detect_language(" . ".join(filter(None, texts))[:_SAMPLE])


def _draft(group: Group, message_: Message, record: str, source: Source, language: str, house: House) -> Document:
    patient = _patient(group, message_, name_of(source), house)
    return Document(
        doc_id="",
        source=replace(source, uri=record_uri(source, record)),
        kind="note",
        title="",
        text="",
        language=language,
        patient_id=patient.patient_id,
        encounter_id=(group.visit.get(19) if group.visit else "") or group.pid.get(18) or None,
        intake=Intake(national_id=patient.national, claims=patient.claims).packed(),
    )


def _withdrawn(group: Group, message_: Message, file: str, warn: Warn) -> list[Observed]:
    """Return the observations that stand; report those that are marked as deleted or wrong."""
    gone = [one.label for one in group.observations if one.is_withdrawn]
    if gone:
        shown = ", ".join(gone[:_MOST_NAMED]) + ("…" if len(gone) > _MOST_NAMED else "")
        warn(ParseError("hl7_in_error", file=file, number=message_.number, count=len(gone), results=shown))
    return [one for one in group.observations if not one.is_withdrawn]


def _results(message_: Message, record: str, source: Source, books: _Books, warn: Warn) -> None:
    file = name_of(source)
    found = groups(message_)
    if not found:
        raise ParseError("hl7_no_patient", file=file, number=message_.number, type=message_.type)
    for place, group in enumerate(found, start=1):
        language = _language(group, message_)
        key = record if len(found) == 1 else f"{record}/{place}"
        draft = _draft(group, message_, key, source, language, books.house)
        standing = _withdrawn(group, message_, file, warn)
        if not standing and not any(order.notes for order in group.orders):
            books.empty[message_.type] += 1
            continue
        kind = orders.kind_of_orders(group)
        names = list(dict.fromkeys(filter(None, (order.name for order in group.orders))))
        writer = Writer()
        if any(one.kind not in ("ED", "RP") for one in standing) or not standing:
            writer.line(person(group.pid).line(language))
            orders.write_orders(writer, group, language)
        metadata: dict[str, str] = {}
        if kind == "imaging_report":
            metadata |= orders.imaging_ids(group)
        title = ", ".join(names[:3]) + ("…" if len(names) > 3 else "")
        document = replace(
            draft,
            kind=kind,
            title=title or message(f"list.{'biology' if kind == 'biology' else 'report'}", language),
            authored_at=checked_time(orders.observed_at(group, message_), source, f"{message_.type} {message_.number}", warn),
            codes=once(list(orders.codes(group))),
            metadata=metadata,
        )
        books.held[key] = _Held(_with_text(document, writer), message_.number, standing)


def _with_text(document: Document, writer: Writer) -> Document:
    text, sections = writer.done(opening_joins=True)
    return replace(document, text=text, sections=sections)


def _document(message_: Message, record: str, source: Source, books: _Books, warn: Warn) -> None:
    file = name_of(source)
    found, head = groups(message_), message_.first("TXA")
    if not found or head is None:
        raise ParseError("hl7_no_patient" if not found else "hl7_bad_header", file=file, number=message_.number, type=message_.type)
    if len({_patient(group, message_, file, books.house).patient_id for group in found}) > 1:
        raise ParseError("hl7_two_patients", file=file, number=message_.number, type=message_.type)
    group = found[0]
    unique, parent = head.get(12) or record, head.get(13)
    if message_.event in _MDM_CANCELS or head.get(19).upper() == "CA":
        gone = books.held.pop(f"document/{parent or unique}", None) or books.held.pop(f"document/{unique}", None)
        warn(ParseError("hl7_cancelled" if gone else "hl7_cancels_another", file=file, number=message_.number, document=parent or unique))
        return
    if message_.event in _MDM_REPLACES and parent and (gone := books.held.pop(f"document/{parent}", None)):
        warn(ParseError("hl7_replaced", file=file, number=gone.number, document=parent))
    standing = _withdrawn(group, message_, file, warn)
    if not standing:
        books.empty[message_.type] += 1
        return
    language = _language(group, message_)
    draft = _draft(group, message_, f"document/{unique}", source, language, books.house)
    books.held[f"document/{unique}"] = _Held(_described(draft, group, head, standing, source, warn, message_), message_.number, standing)


def _described(
    draft: Document, group: Group, head: Segment, standing: list[Observed], source: Source, warn: Warn, message_: Message
) -> Document:
    """Return the document that TXA describes, with the text of its observations."""
    language = draft.language
    name = head.get(2, 2) or coded(head, 2)
    title = head.text(25) or name or message("list.report", language)
    stamp = next(filter(None, (head.get(4), head.get(6), head.get(7), message_.header.get(7))), "")
    status = _UNFINISHED.get(head.get(17).upper(), "")
    writer = Writer()
    if any(one.kind not in ("ED", "RP") for one in standing):
        writer.line(person(group.pid).line(language))
        writer.line(
            message("record.written_on", language, date=in_words(from_stamp(stamp), language, clock=True)) if from_stamp(stamp) else ""
        )
        if author := professional(head, 9):
            writer.line(message("record.author", language, name=author))
        if status:
            writer.line(message("record.status_is", language, text=message(f"status.{status}", language)))
        write_observations(writer, [*group.loose, *(one for order in group.orders for one in order.observations)], language, title)
    metadata = {"author": professional(head, 9), "status": status, "document_id": head.get(12), "replaces": "true" if head.get(13) else ""}
    document = replace(
        draft,
        kind=kind_of(head.get(2), name, title),
        title=title,
        authored_at=checked_time(from_stamp(stamp), source, f"{message_.type} {message_.number}", warn),
        codes=once(list(orders.codes(group))),
        metadata={key: value for key, value in metadata.items() if value},
    )
    return _with_text(document, writer)


def _movement(message_: Message, record: str, source: Source, books: _Books, warn: Warn) -> None:
    file = name_of(source)
    if message_.event in (*MERGES, *LINKS):
        for old, new in joined(message_, file, books.house):
            books.held[f"merge/{old}/{new}"] = _Held(_announced(message_, record, old, new, source, warn), message_.number)
        return
    found = groups(message_)
    if not found:
        raise ParseError("hl7_no_patient", file=file, number=message_.number, type=message_.type)
    for group in found:
        number = _patient(group, message_, file, books.house).patient_id
        visit = group.visit.get(19) if group.visit else ""
        key = f"stay/{number}/{visit}" if visit else f"stay/{number}/{record}"
        if message_.event in CANCELS_STAY:
            if (gone := books.held.pop(key, None)) is not None:
                warn(ParseError("hl7_cancelled", file=file, number=gone.number, document=visit or record))
            continue
        if not is_clinical(group):
            books.empty[message_.type] += 1
            continue
        books.held[key] = _Held(_stay(message_, group, key, source, warn, books.house), message_.number)


def _stay(message_: Message, group: Group, key: str, source: Source, warn: Warn, house: House) -> Document:
    language = _language(group, message_)
    writer = Writer()
    writer.line(person(group.pid).line(language))
    write_stay(writer, group, language)
    visit = group.visit
    stamps = [visit.get(44) if visit else "", message_.header.get(7)]
    when = next((iso for stamp in stamps if stamp and (iso := from_stamp(stamp))), None)
    document = replace(
        _draft(group, message_, key, source, language, house),
        kind="encounter",
        title=stay_title(visit, language),
        authored_at=checked_time(when, source, f"{message_.type} {message_.number}", warn),
        codes=once([code for one in group.others if one.name in ("DG1", "PR1") for code in codes_of(one, 3)]),
    )
    return _with_text(document, writer)


def _announced(message_: Message, record: str, old: str, new: str, source: Source, warn: Warn) -> Document:
    """Return what a merge or a link announces: a document of the surviving patient that carries the other id."""
    language = "en" if message_.header.get(19).lower().startswith("en") else "fr"
    first = message_.first("EVN")
    stamps = [first.get(2) if first else "", message_.header.get(7)]
    when = next((iso for stamp in stamps if stamp and (iso := from_stamp(stamp))), None)
    writer = Writer()
    date = in_words(when, language) or "–"
    writer.line(message("record.merged", language, old=old, new=new, date=date, type=message_.type))
    draft = Document(
        doc_id="",
        source=replace(source, uri=record_uri(source, f"merge/{old}/{new}")),
        kind="identity",
        title=message("list.identity", language),
        text="",
        language=language,
        patient_id=new,
        authored_at=checked_time(when, source, f"{message_.type} {message_.number}", warn),
        metadata={"control_id": record},
        intake=Intake(linked_id=old, relation=message_.type).packed(),
    )
    return _with_text(draft, writer)
