"""Reads files of HL7 v2 messages: each message to the patient it names; corrections, cancellations and merges
are followed, not lost.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import BinaryIO

from rag.core.errors import ParseError
from rag.core.protocols import Warn
from rag.core.types import Document, Link, Source
from rag.ingest.hl7v2.embedded import embedded_in, mark_files
from rag.ingest.hl7v2.framing import Announced, Raw, split_messages
from rag.ingest.hl7v2.groups import Group, groups
from rag.ingest.hl7v2.message import Message, read_message
from rag.ingest.hl7v2.movements import CANCELS_STAY, LINKS, MERGES, joined
from rag.ingest.hl7v2.plain import RtfTexts, is_rtf, unpacked
from rag.ingest.hl7v2.sheets import Sheet, Sheets, joined_entries
from rag.ingest.hl7v2.telling.documents import (
    draft,
    language_of,
    of_join,
    of_mdm,
    of_sheet,
    of_stay,
    of_withdrawal,
    patient_in,
)
from rag.ingest.hl7v2.telling.results import Observed
from rag.ingest.hl7v2.telling.stay import is_clinical
from rag.ingest.parsing.address import name_of
from rag.ingest.parsing.contract import PartReader
from rag.ingest.records.attachments import Attachments, doc_id_at
from rag.ingest.records.identifiers import House
from rag.ingest.records.reading import RecordItems

_RESULTS = frozenset(
    "ORU OUL ORF ORM OMG OML OMI OMB OMD OMN OMP OMQ OMS ORG ORL ORR RDE RDO RDS RGV RAS RDR RRE RRA VXU VXR"
    " SIU PPR PGL PPP PTR PPG PPT PRR PPV REF RRI BAR DFT PEX CSU CRM SUR".split()
)
"""Messages of orders, results, medicines, vaccinations, problems, appointments, referrals: all are cut and
written alike.
"""
_MDM_CANCELS = ("T11",)
_MDM_REPLACES = ("T09", "T10")
_UNSAID = frozenset("ZDS IPC".split())
_MOST_NAMED = 5


@dataclass(slots=True)
class _Held:
    """A document that messages of the file made so far; later messages may replace it or take it back."""

    document: Document
    number: int
    observations: list[Observed] = field(default_factory=list)
    group: Group | None = None


@dataclass(slots=True)
class _Books:
    """What the messages of one file came to."""

    held: dict[str, _Held] = field(default_factory=dict)
    sheets: Sheets = field(default_factory=Sheets)
    seen: dict[str, tuple[str, ...]] = field(default_factory=dict)
    empty: Counter[str] = field(default_factory=Counter)
    unread: Counter[str] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)


class Hl7Parser:
    """Reads messages of results, orders, medicines, vaccinations, documents and movements."""

    def __init__(self, parts: PartReader, house: House = House()) -> None:
        self._parts, self._attachments, self._house = parts, Attachments(parts), house

    def __call__(self, source: Source, stream: BinaryIO, warn: Warn) -> Iterator[Document]:
        """Return the documents of the file. After a ``ParseError`` the iterator goes on with the next
        message.
        """
        return RecordItems(self._items(source, stream, warn))

    def _items(self, source: Source, stream: BinaryIO, warn: Warn) -> Iterator[Document | ParseError]:
        file, found = name_of(source), False
        pass_ = _Pass(_Books(), source, warn, RtfTexts(self._parts, source, warn), self._house)
        for raw in split_messages(stream.read()):
            found = True
            if isinstance(raw, Announced):
                warn(ParseError("hl7_batch_count", file=file, expected=raw.expected, found=raw.found))
            elif (error := pass_.read(raw)) is not None:
                yield error
        if not found:
            yield ParseError("hl7_no_message", file=file)
        for held in pass_.documents():
            yield from self._with_attachments(held, source, warn)
        pass_.tell()

    def _with_attachments(self, held: _Held, source: Source, warn: Warn) -> Iterator[Document | ParseError]:
        """Yield a document with what its observations embed; one that is nothing but an embedded file is that
        file, or its error.
        """
        document, joined, errors = held.document, list[Document](), list[ParseError]()
        for item in self._embedded(held, source, warn):
            (errors if isinstance(item, ParseError) else joined).append(item)  # type: ignore[arg-type]
        if "order_set" in document.metadata:
            joined = [_of_order(one, document, number) for number, one in enumerate(joined, start=1)]
        links = tuple(Link("attachment", one.doc_id or doc_id_at(one.source.uri)) for one in joined)
        if document.text:
            yield replace(document, links=links)
        yield from joined
        for error in errors:
            if document.text or joined:
                warn(error)
            else:
                yield error

    def _embedded(self, held: _Held, source: Source, warn: Warn) -> Iterator[Document | ParseError]:
        document, file = held.document, name_of(source)
        for found in embedded_in(held.observations, document.source.uri.rpartition("#")[2]):
            if found.attachment is None:
                number = held.observations.index(found.observations[0]) + 1
                yield ParseError("attachment_not_base64", file=file, name=str(number), record=document.title)
                continue
            yield from self._attachments.linked(source, found.attachment, document, warn)
        for one in held.observations:
            if one.kind == "RP":
                yield ParseError(
                    "attachment_elsewhere",
                    file=file,
                    record=document.title,
                    address=one.segment.get(5, 1) or "–",
                )


def _of_order(joined: Document, record: Document, number: int) -> Document:
    """Return an embedded document with the number of the order that holds it, so that a newer version
    replaces it too.
    """
    shared = {key: text for key, text in joined.metadata.items() if key != "order_set"}
    return replace(joined, metadata={**shared, "record_set": f"{record.metadata['order_set']}/file-{number}"})


@dataclass(slots=True)
class _Pass:
    """One pass over the messages of a file."""

    books: _Books
    source: Source
    warn: Warn
    rtf: RtfTexts
    house: House

    @property
    def file(self) -> str:
        """Return the name of the file."""
        return name_of(self.source)

    def read(self, raw: Raw) -> ParseError | None:
        """Take one message; return its error where it cannot be read."""
        try:
            if not raw.is_whole:
                return ParseError("hl7_truncated", file=self.file, number=raw.number)
            message_ = read_message(raw, self.file, self.warn)
            return self._take(message_)
        except ParseError as error:
            return error

    def _take(self, message_: Message) -> ParseError | None:
        record = self._record(message_)
        if record is None:
            return None
        if message_.code not in (*_RESULTS, "MDM", "ADT"):
            self.books.unknown[message_.type] += 1
            return None
        if message_.code == "ADT" and message_.event in (*MERGES, *LINKS):
            for old, new in joined(message_, self.file, self.house):
                document = of_join(message_, record, old, new, self.source, self.warn)
                self.books.held[f"merge/{old}/{new}"] = _Held(document, message_.number)
            return None
        found = groups(message_)
        if not found:
            return ParseError("hl7_no_patient", file=self.file, number=message_.number, type=message_.type)
        for group in found:
            self._patient(group, message_)
            self._unpack(group)
            self.books.unread.update(segment.name for segment in group.unread if segment.name not in _UNSAID)
        if message_.code == "MDM":
            return self._document(message_, found, record)
        for place, group in enumerate(found, start=1):
            if message_.code == "ADT":
                self._movement(message_, group, record)
            else:
                self._results(message_, group, record if len(found) == 1 else f"{record}/{place}")
        return None

    def _patient(self, group: Group, message_: Message) -> str:
        return patient_in(group, message_, self.file, self.house).patient_id

    def _record(self, message_: Message) -> str | None:
        """Return what tells a message apart in its file, None for one that was read already."""
        control = message_.control_id or f"message-{message_.number}"
        content = tuple(marked.raw(at) for marked in message_.segments for at in range(len(marked.fields)))
        before = self.books.seen.get(control)
        if before is None:
            self.books.seen[control] = content
            return control
        same = before == content
        key = "hl7_message_twice" if same else "hl7_control_id_twice"
        self.warn(ParseError(key, file=self.file, number=message_.number, control_id=control))
        return None if same else f"{control}~{message_.number}"

    def _unpack(self, group: Group) -> None:
        """Read the RTF in the texts of a group, and mark what is no text but a file."""
        group.loose = unpacked(group.loose, self.rtf.read)
        mark_files(group.loose)
        for order in group.orders:
            order.observations = unpacked(order.observations, self.rtf.read)
            mark_files(order.observations)
        entries = [
            *(one.notes for one in group.orders),
            *(one.notes for one in (*group.entries, *group.common)),
        ]
        for notes in (group.notes, *entries):
            notes[:] = [self.rtf.read(note) if is_rtf(note) else note for note in notes]

    def _results(self, message_: Message, group: Group, record: str) -> None:
        if not (group.observations or group.entries or group.orders or group.notes):
            self.books.empty[message_.type] += 1
            return
        self.books.sheets.take(group, message_, record, self._patient(group, message_))

    def _withdrawn(self, observations: list[Observed], number: int) -> list[Observed]:
        """Return the observations that stand; report those that are marked as deleted or wrong."""
        gone = [one.label for one in observations if one.is_withdrawn]
        if gone:
            shown = ", ".join(gone[:_MOST_NAMED]) + ("…" if len(gone) > _MOST_NAMED else "")
            self.warn(
                ParseError("aside_in_error", file=self.file, count=len(gone), where=f"{number}: {shown}")
            )
        return [one for one in observations if not one.is_withdrawn]

    def _document(self, message_: Message, found: list[Group], record: str) -> ParseError | None:
        books, number, head = self.books, message_.number, message_.first("TXA")
        if head is None:
            return ParseError("hl7_bad_header", file=self.file, number=number, type=message_.type)
        if len({self._patient(group, message_) for group in found}) > 1:
            return ParseError("hl7_two_patients", file=self.file, number=number, type=message_.type)
        group = found[0]
        unique, parent = head.get(12, 1) or record, head.get(13, 1)
        if message_.event in _MDM_CANCELS or head.get(19).upper() == "CA":
            gone = books.held.pop(f"document/{parent or unique}", None) or books.held.pop(
                f"document/{unique}", None
            )
            if gone:
                self.warn(ParseError("aside_cancelled", file=self.file, count=1, where=parent or unique))
            key = f"withdrawal/{parent or unique}"
            withdrawal = of_withdrawal(group, message_, key, head, self.source, self.warn, self.house)
            books.held[key] = _Held(withdrawal, number)
            return None
        if message_.event in _MDM_REPLACES and parent and f"document/{parent}" in books.held:
            del books.held[f"document/{parent}"]
            self.warn(ParseError("aside_superseded", file=self.file, count=1, where=parent))
        standing = self._withdrawn(group.observations, number)
        if not standing and not group.notes and len(group.entries) < 2:
            books.empty[message_.type] += 1
            return None
        key = f"document/{unique}"
        start = draft(group, message_, key, self.source, language_of(group, message_), self.house)
        books.held[key] = _Held(
            of_mdm(start, group, head, standing, self.source, self.warn, message_), number, standing
        )
        return None

    def _movement(self, message_: Message, group: Group, record: str) -> None:
        books, number = self.books, self._patient(group, message_)
        visit = group.visit.get(19, 1) if group.visit else ""
        key = f"stay/{number}/{visit}" if visit else f"stay/{number}/{record}"
        before = books.held.get(key)
        if message_.event in CANCELS_STAY:
            if books.held.pop(key, None) is not None and before is not None:
                self.warn(ParseError("aside_cancelled", file=self.file, count=1, where=visit or record))
            return
        if before is not None and before.group is not None:
            group = joined_entries(before.group, group)
        if not is_clinical(group):
            books.empty[message_.type] += 1
            return
        standing = [one for one in group.observations if not one.is_withdrawn]
        books.held[key] = _Held(
            of_stay(message_, group, key, self.source, self.warn, self.house),
            message_.number,
            standing,
            group,
        )

    def documents(self) -> Iterator[_Held]:
        """Yield the documents that the messages came to."""
        for sheet in self.books.sheets.sheets():
            if (held := self._sheet(sheet)) is not None:
                yield held
        yield from self.books.held.values()

    def _sheet(self, sheet: Sheet) -> _Held | None:
        message_ = sheet.message_
        standing = self._withdrawn(sheet.group.observations, message_.number)
        held = [
            sheet.group.entries,
            sheet.group.notes,
            [order for order in sheet.group.orders if order.notes or not order.observations],
        ]
        if not standing and not any(held) and not any(one.notes for one in sheet.group.common):
            self.books.empty[message_.type] += 1
            return None
        return _Held(of_sheet(sheet, standing, self.source, self.warn, self.house), message_.number, standing)

    def tell(self) -> None:
        """Warn of what was set aside in the whole file."""
        books, file = self.books, self.file
        kept = {
            "aside_messages": books.unknown,
            "aside_nothing_clinical": books.empty,
            "aside_segments": books.unread,
        }
        for key, counted in (*kept.items(), ("aside_superseded", +books.sheets.replaced)):
            if counted:
                named = [f"{name} {count}" for name, count in counted.most_common(_MOST_NAMED)]
                where = ", ".join(named) + ("…" if len(counted) > _MOST_NAMED else "")
                self.warn(ParseError(key, file=file, count=counted.total(), where=where))
