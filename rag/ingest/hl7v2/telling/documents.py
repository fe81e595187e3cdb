"""Documents of messages: what each kind of message is written as, with its facts and what tells it apart."""

from __future__ import annotations

from dataclasses import replace

from rag.clinical.language import detect_language
from rag.core.errors import ParseError
from rag.core.protocols import Warn
from rag.core.types import Document, Source
from rag.ingest.hl7v2.groups import Group
from rag.ingest.hl7v2.message import Message, Segment
from rag.ingest.hl7v2.movements import sent_at
from rag.ingest.hl7v2.people import coded, identity, person, professional
from rag.ingest.hl7v2.sheets import Sheet
from rag.ingest.hl7v2.telling import orders
from rag.ingest.hl7v2.telling.fields import rest_lines
from rag.ingest.hl7v2.telling.results import ObservationSetting, Observed, codes_of, write_observations
from rag.ingest.hl7v2.telling.stay import stay_title, write_stay
from rag.ingest.hl7v2.versions import reported_at, status_of
from rag.ingest.parsing.address import name_of, record_uri
from rag.ingest.records.identifiers import House, PatientIdentity
from rag.ingest.records.wording.codes import once
from rag.ingest.records.wording.dates import checked_time
from rag.ingest.records.wording.kinds import kind_of
from rag.ingest.records.wording.when import from_stamp, in_words
from rag.ingest.records.writing import Writer
from rag.ingest.sources.intake import Intake
from rag.messages import message

_UNFINISHED = {
    "DI": "draft",
    "IP": "in-progress",
    "IN": "in-progress",
    "PA": "preliminary",
    "DO": "preliminary",
}
_STATUSES = {
    "P": "preliminary",
    "R": "preliminary",
    "S": "partial",
    "A": "partial",
    "C": "corrected",
    "X": "cancelled",
}
_SAMPLE = 4000


def patient_in(group: Group, message_: Message, file: str, house: House) -> PatientIdentity:
    """Return who the patient of a group is.

    Raises:
        ParseError: PID-3 names none.
    """
    found = identity(group.pid, 3, house, sent_at(message_))
    if not found.patient_id:
        raise ParseError("hl7_no_patient", file=file, number=message_.number, type=message_.type)
    return found


def language_of(group: Group, message_: Message) -> str:
    """Return the language that MSH-19 declares, else that of the texts."""
    declared = message_.header.get(19).lower()[:2]
    if declared in ("fr", "en"):
        return declared
    texts = [one.text for one in group.observations if one.kind != "ED"] + [
        one.label for one in group.observations
    ]
    texts += [order.name for order in group.orders] + [coded(one, 3) for one in group.segments()]
    return detect_language(" . ".join(filter(None, texts))[:_SAMPLE])


def draft(
    group: Group, message_: Message, record: str, source: Source, language: str, house: House
) -> Document:
    """Return a document of a group's patient, still without text."""
    patient = patient_in(group, message_, name_of(source), house)
    return Document(
        doc_id="",
        source=replace(source, uri=record_uri(source, record)),
        kind="note",
        title="",
        text="",
        language=language,
        patient_id=patient.patient_id,
        encounter_id=(group.visit.get(19, 1) if group.visit else "") or group.pid.get(18, 1) or None,
        traits=person(group.pid).traits(patient.national),
        intake=Intake(national_id=patient.national, claims=patient.claims).packed(),
    )


def with_text(document: Document, writer: Writer) -> Document:
    """Return a document with what was written, and the facts that it states."""
    text, sections = writer.done(opening_joins=True)
    return replace(document, text=text, sections=sections, facts=writer.facts)


def of_sheet(sheet: Sheet, standing: list[Observed], source: Source, warn: Warn, house: House) -> Document:
    """Return the document of orders with their results, of medicines, or of other entries."""
    group, message_ = sheet.group, sheet.message_
    language = language_of(group, message_)
    kind = known if (known := orders.kind_of_orders(group)) != "note" else sheet.kind
    writer = Writer()
    if any(not one.is_embedded for one in standing) or not standing or orders.says_more(group, language):
        writer.line(person(group.pid).line(language))
        orders.write_orders(writer, group, message_, language)
        orders.write_medicines(writer, group, language)
        orders.write_entries(writer, group, language)
    metadata = orders.imaging_ids(group) if kind == "imaging_report" else {}
    statuses = [_STATUSES.get(status_of(order), "") for order in group.orders]
    metadata["status"] = next(filter(None, statuses), "")
    if sheet.identity:
        metadata["order_set"] = as_number(sheet.identity)
        metadata["reported_at"] = next(
            (iso for order in group.orders if (iso := reported_at(order, message_))), ""
        )
    if sheet.is_replaced or "corrected" in statuses:
        metadata["replaces"] = "true"
    found = draft(group, message_, sheet.key, source, language, house)
    document = replace(
        found,
        kind=_kind(group, kind),
        title=orders.title_of(group, kind, language),
        authored_at=checked_time(
            orders.observed_at(group, message_), source, f"{message_.type} {message_.number}", warn
        ),
        codes=once(list(orders.codes(group))),
        metadata={key: value for key, value in metadata.items() if value},
    )
    return with_text(document, writer)


def _kind(group: Group, kind: str) -> str:
    if group.orders or group.loose or kind != "note":
        return kind
    if group.medicines:
        return "immunizations" if all(entry.name == "RXA" for entry in group.medicines) else "medications"
    return kind


def of_mdm(
    found: Document,
    group: Group,
    head: Segment,
    standing: list[Observed],
    source: Source,
    warn: Warn,
    message_: Message,
) -> Document:
    """Return the document that TXA describes, with the text of its observations."""
    language = found.language
    name = head.get(2, 2) or coded(head, 2)
    title = head.text(25) or name or message("list.report", language)
    stamp = next(filter(None, (head.get(4), head.get(6), head.get(7), message_.header.get(7))), "")
    status = _UNFINISHED.get(head.get(17).upper(), "")
    writer = Writer()
    notes = [*group.notes, *(note for entry in group.of("TXA") for note in entry.notes)]
    if any(not one.is_embedded for one in standing) or len(group.entries) > 1 or notes:
        writer.line(person(group.pid).line(language))
        date = in_words(from_stamp(stamp), language, clock=True)
        writer.line(message("record.written_on", language, date=date) if date else "")
        if author := professional(head, 9):
            writer.line(message("record.author", language, name=author))
        if status:
            writer.line(message("record.status_is", language, text=message(f"status.{status}", language)))
        write_observations(
            writer, group.observations, language, ObservationSetting(from_stamp(stamp), title=title)
        )
        orders.write_medicines(writer, group, language)
        orders.write_entries(writer, group, language)
        for order in group.orders:
            writer.lines(order.notes)
            writer.lines(orders.further(order, writer.text_from(0), language))
        writer.lines(
            [
                *(note for note in notes if note not in group.notes),
                *rest_lines(head, writer.text_from(0) + title, frozenset((25,)), language),
            ]
        )
    metadata = {
        "author": professional(head, 9),
        "status": status,
        "document_id": head.get(12, 1),
        "replaces": "true" if head.get(13) else "",
        "reported_at": from_stamp(message_.header.get(7) or head.get(8) or head.get(6)) or "",
        **numbers_of(message_, head),
    }
    document = replace(
        found,
        kind=kind_of(head.get(2, 1), name, title),
        title=title,
        authored_at=checked_time(from_stamp(stamp), source, f"{message_.type} {message_.number}", warn),
        codes=once(list(orders.codes(group))),
        metadata={key: value for key, value in metadata.items() if value},
    )
    return with_text(document, writer)


def as_number(written: str) -> str:
    """Return a number of a record as its metadata carries it: numbers stand apart by spaces."""
    return "_".join(written.split())


def numbers_of(message_: Message, head: Segment) -> dict[str, str]:
    """Return what a document is called (TXA-12) and what it replaces or adds to (TXA-13), in any file."""
    system = message_.header.get(3, 1)

    def named(field: int) -> str:
        parts = (head.get(field, 1), head.get(field, 2) or head.get(field, 3) or system)
        return as_number(f"hl7-document/{'^'.join(filter(None, parts))}") if parts[0] else ""

    adds = message_.event in ("T05", "T06")
    found = {
        "record_id": named(12),
        "completes_record" if adds else "replaces_record": named(13),
    }
    return {key: text for key, text in found.items() if text}


def of_withdrawal(
    group: Group, message_: Message, record: str, head: Segment, source: Source, warn: Warn, house: House
) -> Document:
    """Return what a message says that takes back a document of another file: who took it back, and when."""
    language = language_of(group, message_)
    stamp = next(filter(None, (head.get(8), head.get(4), message_.header.get(7))), "")
    named = head.text(25) or head.get(2, 2) or coded(head, 2) or message("list.report", language)
    number = head.get(13, 1) or head.get(12, 1)
    title = message("list.withdrawn", language)
    date = in_words(from_stamp(stamp), language, clock=True) or "–"
    writer = Writer()
    writer.line(person(group.pid).line(language))
    writer.line(message("record.withdrawn", language, title=named, number=number, date=date))
    numbers = numbers_of(message_, head)
    gone = numbers.get("replaces_record") or numbers.get("record_id", "")
    found = replace(
        draft(group, message_, record, source, language, house),
        kind="withdrawal",
        title=title,
        authored_at=checked_time(from_stamp(stamp), source, f"{message_.type} {message_.number}", warn),
        metadata={"replaces_record": gone} if gone else {},
    )
    return with_text(found, writer)


def of_stay(message_: Message, group: Group, key: str, source: Source, warn: Warn, house: House) -> Document:
    """Return the document of a visit."""
    language = language_of(group, message_)
    writer = Writer()
    writer.line(person(group.pid).line(language))
    write_stay(writer, group, message_, language)
    visit = group.visit
    stamps = [visit.get(44) if visit else "", message_.header.get(7)]
    when = next((iso for stamp in stamps if stamp and (iso := from_stamp(stamp))), None)
    document = replace(
        draft(group, message_, key, source, language, house),
        kind="encounter",
        title=stay_title(visit, language),
        authored_at=checked_time(when, source, f"{message_.type} {message_.number}", warn),
        codes=once(
            [code for one in group.segments() if one.name in ("DG1", "PR1") for code in codes_of(one, 3)]
        ),
    )
    return with_text(document, writer)


def of_join(message_: Message, record: str, old: str, new: str, source: Source, warn: Warn) -> Document:
    """Return what a merge or a link announces: a document of the surviving patient that carries the other
    id.
    """
    language = "en" if message_.header.get(19).lower().startswith("en") else "fr"
    first = message_.first("EVN")
    stamps = [first.get(2) if first else "", message_.header.get(7)]
    when = next((iso for stamp in stamps if stamp and (iso := from_stamp(stamp))), None)
    writer = Writer()
    date = in_words(when, language) or "–"
    writer.line(message("record.merged", language, old=old, new=new, date=date, type=message_.type))
    found = Document(
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
    return with_text(found, writer)
