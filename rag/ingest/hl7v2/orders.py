"""ORU: orders with their results become one document a patient and message, with a section an order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from rag.core.types import Code
from rag.ingest.hl7v2.message import Message, Segment
from rag.ingest.hl7v2.people import coded, professional
from rag.ingest.hl7v2.results import Observed, codes_of, write_observations
from rag.ingest.records.kinds import kind_of
from rag.ingest.records.when import from_stamp, in_words
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


@dataclass(slots=True)
class Order:
    """An OBR with its observations and its notes."""

    segment: Segment
    observations: list[Observed] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Return what was asked for."""
        return coded(self.segment, 4)


@dataclass(slots=True)
class Group:
    """What a message says of one patient: PID, the visit, orders, and observations outside any order."""

    pid: Segment
    visit: Segment | None = None
    orders: list[Order] = field(default_factory=list)
    loose: list[Observed] = field(default_factory=list)
    others: list[Segment] = field(default_factory=list)

    @property
    def observations(self) -> list[Observed]:
        """Return every observation."""
        return [*self.loose, *(one for order in self.orders for one in order.observations)]


def groups(message_: Message) -> list[Group]:
    """Cut a message into what it says of each patient."""
    found: list[Group] = []
    for segment in message_.segments:
        if segment.name == "PID":
            found.append(Group(segment))
        elif found:
            _take(found[-1], segment)
    return found


def _take(group: Group, segment: Segment) -> None:
    orders = group.orders
    if segment.name == "PV1":
        group.visit = segment
    elif segment.name == "OBR":
        orders.append(Order(segment))
    elif segment.name == "OBX":
        (orders[-1].observations if orders else group.loose).append(Observed(segment))
    elif segment.name == "NTE" and (orders or group.loose):
        held = orders[-1].observations if orders else group.loose
        (held[-1].notes if held else orders[-1].notes).append(segment.text(3))
    else:
        group.others.append(segment)


def kind_of_orders(group: Group) -> str:
    """Return the kind of document that orders make: by the section that served them (OBR-24), else by their names."""
    for order in group.orders:
        section = order.segment.get(24).upper()
        for kind, sections in _SECTIONS.items():
            if section in sections:
                return kind
    found = [kind_of(order.segment.get(4), order.name) for order in group.orders]
    known = next((kind for kind in found if kind != "note"), "")
    return known or ("biology" if any(one.kind in ("NM", "SN") for one in group.observations) else "note")


def observed_at(group: Group, message_: Message) -> str | None:
    """Return when it was observed or taken, else reported, else sent."""
    stamps = [order.segment.get(number) for number in (7, 22) for order in group.orders]
    stamps += [one.segment.get(14) for one in group.observations]
    return next((iso for stamp in [*stamps, message_.header.get(7)] if stamp and (iso := from_stamp(stamp))), None)


def write_orders(writer: Writer, group: Group, language: str) -> None:
    """Write the orders, each under its name where there are several."""
    write_observations(writer, group.loose, language)
    for order in group.orders:
        if len(group.orders) > 1:
            writer.heading(order.name)
        writer.lines(_facts(order, language))
        writer.lines(order.notes)
        write_observations(writer, order.observations, language, order.name)


def _facts(order: Order, language: str) -> Iterator[str]:
    segment = order.segment
    taken = in_words(from_stamp(segment.get(7)), language, clock=True) if segment.get(7) else ""
    if taken:
        yield message("record.done_on", language, date=taken)
    if asked := professional(segment, 16):
        yield message("record.requester", language, name=asked)
    if read := " ".join(filter(None, (segment.get(32, 1, 3), segment.get(32, 1, 2)))):
        yield message("record.author", language, name=read)
    if reason := coded(segment, 31) or segment.text(13):
        yield message("record.reason_was", language, text=reason)
    if status := _ORDER_STATUSES.get(segment.get(25).upper()):
        yield message("record.status_is", language, text=catalogue(language)[f"status.{status}"])


def codes(group: Group) -> Iterator[Code]:
    """Yield the codes of what was asked for and observed."""
    for order in group.orders:
        yield from codes_of(order.segment, 4)
    for one in group.observations:
        if not one.is_withdrawn:
            yield from codes_of(one.segment, 3)


def imaging_ids(group: Group) -> dict[str, str]:
    """Return what links a report to its images: the accession number, and the study's UID from ZDS, IPC or an observation."""
    found = {"accession_number": "", "study_uid": ""}
    for order in group.orders:
        found["accession_number"] = found["accession_number"] or order.segment.get(18) or order.segment.get(3) or order.segment.get(2)
    for segment in group.others:
        if segment.name == "ZDS":
            found["study_uid"] = segment.get(1)
        elif segment.name == "IPC":
            found["study_uid"] = segment.get(3)
            found["accession_number"] = segment.get(1) or found["accession_number"]
    for one in group.observations:
        if "study instance" in one.label.lower():
            found["study_uid"] = one.segment.get(5)
    return {key: value for key, value in found.items() if value}
