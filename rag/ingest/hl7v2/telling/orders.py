"""Orders with their results, and medicines, as text: a section an order; what was asked, of which specimen,
what came of it.
"""

from __future__ import annotations

from collections.abc import Iterator

from rag.core.facts import Fact, FactStatus
from rag.core.types import Code
from rag.ingest.hl7v2.groups import Entry, Group, Order
from rag.ingest.hl7v2.message import Message
from rag.ingest.hl7v2.people import professional
from rag.ingest.hl7v2.telling.fields import rest_lines, words
from rag.ingest.hl7v2.telling.history import SECTIONS, is_deleted, said_of
from rag.ingest.hl7v2.telling.medicines import medicine_line
from rag.ingest.hl7v2.telling.results import ObservationSetting, all_codes, codes_of, write_observations
from rag.ingest.records.facts import day
from rag.ingest.records.wording.kinds import kind_of
from rag.ingest.records.wording.when import from_stamp, in_words
from rag.ingest.records.writing import Writer
from rag.messages import catalogue, message

_SECTIONS = {
    "imaging_report": "RAD RX CTH CUS RUS XRC NMR NMS OUS VUS PHR CT MR US IMG MAM".split(),
    "pathology_report": "SP CP PAT CYT".split(),
    "biology": "LAB CH HM MB MCB BG IMM SR TX URN VR BLB GE MYC PAR HE CG".split(),
    "procedure_report": "EC EN CUS PF PT".split(),
}
_ORDER_STATUSES = {
    "P": "preliminary",
    "C": "corrected",
    "X": "cancelled",
    "I": "pending",
    "S": "partial",
    "A": "partial",
    "R": "preliminary",
}
_CANCELLED = ("CA", "OC", "DC", "CR", "OD", "DR")


def kind_of_orders(group: Group) -> str:
    """Return the kind of document that orders make: by the section that served them (OBR-24), else by their
    names.
    """
    for order in group.orders:
        section = order.segment.get(24).upper()
        for kind, sections in _SECTIONS.items():
            if section in sections:
                return kind
    found = [kind_of(order.segment.get(4, 1, 1), order.name) for order in group.orders]
    known = next((kind for kind in found if kind != "note"), "")
    return known or ("biology" if any(one.kind in ("NM", "SN") for one in group.observations) else "note")


def observed_at(group: Group, message_: Message) -> str | None:
    """Return when it was observed or taken, else reported, else sent."""
    stamps = [order.segment.get(number) for number in (7, 22) for order in group.orders]
    stamps += [one.segment.get(14) for one in group.observations]
    stamps += [one.segment.get(3) for one in group.medicines if one.name in ("RXA", "RXD")]
    return next(
        (iso for stamp in [*stamps, message_.header.get(7)] if stamp and (iso := from_stamp(stamp))), None
    )


def write_orders(writer: Writer, group: Group, message_: Message, language: str) -> None:
    """Write the orders, each under its name where there are several."""
    write_observations(writer, group.loose, language)
    for order in group.orders:
        if len(group.orders) > 1:
            writer.heading(order.name)
        setting = _setting(order, message_)
        start = writer.length
        writer.lines(_opening(order, setting, language))
        _state_request(writer, order, setting, start)
        writer.lines(order.notes)
        write_observations(writer, order.observations, language, setting)
        writer.lines(further(order, writer.text_from(start), language))


def write_medicines(writer: Writer, group: Group, language: str) -> None:
    """Write the medicines under one heading, a line each."""
    told = [medicine_line(entry, language) for entry in group.medicines]
    if told:
        given = all(entry.name in ("RXA", "RXG") for entry in group.medicines)
        writer.heading(message(f"section.{'administrations' if given else 'stay_medications'}", language))
        writer.lines(
            [f"- {line}" for line, _ in told], [(fact,) if fact is not None else () for _, fact in told]
        )


def write_entries(writer: Writer, group: Group, language: str, skip: tuple[str, ...] = ()) -> None:
    """Write diagnoses, procedures, allergies and the other entries, each kind under its heading, and the
    notes on the patient.
    """
    writer.lines(group.notes)
    for names, section in SECTIONS:
        told = [said_of(entry, language) for entry in _shown(group, names, skip)]
        told = [(line, fact) for line, fact in told if line]
        if told:
            writer.heading(message(f"section.{section}", language))
            writer.lines(
                [f"- {line}" for line, _ in told], [(fact,) if fact is not None else () for _, fact in told]
            )
    writer.lines([note for entry in group.common for note in entry.notes])


def _shown(group: Group, names: str, skip: tuple[str, ...]) -> list[Entry]:
    return [
        entry
        for entry in group.of(*names.split())
        if entry.name not in skip and not is_deleted(entry.segment)
    ]


def specimen_of(order: Order) -> str:
    """Return the specimen of an order: what SPM says, else OBR-15."""
    found = [
        ", ".join(text for at in (4, 8, 5) for text in words(entry.segment, at)) for entry in order.specimens
    ]
    return "; ".join(dict.fromkeys(filter(None, found))) or ", ".join(words(order.segment, 15))


def says_more(group: Group, language: str) -> bool:
    """Tell whether a group says something beside its observations: entries, notes, clinical information of
    its orders.
    """
    if group.entries or group.notes or any(entry.notes for entry in group.common):
        return True
    further_said = (any(further(order, _said(order, language), language)) for order in group.orders)
    return any(order.notes or words(order.segment, 31) for order in group.orders) or any(further_said)


def _said(order: Order, language: str) -> str:
    """Return the names that open every order: they alone make no document beside the file that an order
    holds.
    """
    segment = order.segment
    return " ".join(
        (order.name, *(text for at in (10, 16, 28, 32) for text in words(segment, at)), *words(segment, 4))
    )


def _setting(order: Order, message_: Message) -> ObservationSetting:
    segment = order.segment
    taken = [entry.segment.get(17) for entry in order.specimens]
    stamps = [stamp for stamp in (segment.get(7), *taken, segment.get(22), message_.header.get(7)) if stamp]
    reported = [stamp for stamp in (segment.get(22), message_.header.get(7)) if stamp]
    return ObservationSetting(
        next((iso for stamp in stamps if (iso := from_stamp(stamp))), None),
        specimen_of(order),
        next((iso for stamp in reported if (iso := from_stamp(stamp))), None),
        order.name,
    )


def _opening(order: Order, setting: ObservationSetting, language: str) -> Iterator[str]:
    segment = order.segment
    taken = in_words(from_stamp(segment.get(7)), language, clock=True) if segment.get(7) else ""
    if not order.observations and order.name:
        yield message("record.requested", language, what=order.name)
    if order.common is not None and order.common.get(1).upper() in _CANCELLED:
        yield message("record.status_is", language, text=message("status.cancelled", language))
    if taken:
        yield message("record.done_on", language, date=taken)
    if setting.specimen:
        yield message("record.specimen", language, text=setting.specimen)
    if asked := professional(segment, 16):
        yield message("record.requester", language, name=asked)
    if read := " ".join(filter(None, (segment.get(32, 1, 3), segment.get(32, 1, 2)))):
        yield message("record.author", language, name=read)
    for reason in words(segment, 31):
        yield message("record.reason_was", language, text=reason)
    if status := _ORDER_STATUSES.get(segment.get(25).upper()):
        yield message("record.status_is", language, text=catalogue(language)[f"status.{status}"])


def _state_request(writer: Writer, order: Order, setting: ObservationSetting, start: int) -> None:
    """State what was asked for and has no result yet: a planned act, or a cancelled one."""
    if order.observations or not order.name or writer.length == start:
        return
    control = order.common.get(1).upper() if order.common is not None else ""
    gone = control in _CANCELLED or order.segment.get(25).upper() == "X"
    end = writer.length
    begin = end - len(writer.text_from(start).lstrip("\n"))
    codes = tuple(all_codes(order.segment, 4))
    status: FactStatus = "cancelled" if gone else ""
    writer.state(
        Fact(
            "procedure",
            "",
            order.name,
            status=status,
            assertion="present",
            at=day(setting.at),
            source="structured",
            codes=codes,
        ),
        begin,
        end,
    )


def further(order: Order, told: str, language: str) -> Iterator[str]:
    """Yield what else the segments of an order say: clinical information, comments, how the specimen was
    taken.
    """
    told = "\n".join((told, order.name))
    common = [order.common] if order.common is not None else []
    for segment in (order.segment, *common, *(entry.segment for entry in order.specimens), *order.timings):
        lines = rest_lines(segment, told, frozenset(), language)
        told = "\n".join((told, *lines))
        yield from lines
    for entry in order.specimens:
        yield from entry.notes


def codes(group: Group) -> Iterator[Code]:
    """Yield the codes of what was asked for and observed."""
    for order in group.orders:
        yield from codes_of(order.segment, 4)
    for one in group.observations:
        if not one.is_withdrawn:
            yield from codes_of(one.segment, 3)


def imaging_ids(group: Group) -> dict[str, str]:
    """Return what links a report to its images: the accession number, and the study's UID from ZDS, IPC or an
    observation.
    """
    found = {"accession_number": "", "study_uid": ""}
    for order in group.orders:
        found["accession_number"] = (
            found["accession_number"] or order.segment.get(18) or order.segment.get(3) or order.segment.get(2)
        )
    for segment in group.unread:
        if segment.name == "ZDS":
            found["study_uid"] = segment.get(1, 1, 1)
        elif segment.name == "IPC":
            found["study_uid"] = segment.get(3, 1, 1)
            found["accession_number"] = segment.get(1, 1, 1) or found["accession_number"]
    for one in group.observations:
        if "study instance" in one.label.lower():
            found["study_uid"] = one.segment.get(5)
    return {key: value for key, value in found.items() if value}


def title_of(group: Group, kind: str, language: str) -> str:
    """Return what a document of orders and medicines is called."""
    names = list(dict.fromkeys(filter(None, (order.name for order in group.orders))))
    if names:
        return ", ".join(names[:3]) + ("…" if len(names) > 3 else "")
    if group.medicines:
        vaccines = any(
            code.system == "cvx"
            for entry in group.medicines
            for at in (5,)
            for code in all_codes(entry.segment, at)
        )
        return message("list.immunizations" if vaccines else "list.medications", language)
    if group.entries:
        first = group.entries[0].name
        section = next((section for names_, section in SECTIONS if first in names_.split()), "other_entries")
        return message(f"section.{section}", language)
    return message(f"list.{'biology' if kind == 'biology' else 'report'}", language)
