"""A message cut into what it says of each patient: the visit, orders with results, medicines, other entries,
each with its notes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from rag.ingest.hl7v2.message import Message, Segment
from rag.ingest.hl7v2.people import coded
from rag.ingest.hl7v2.telling.fields import types, words
from rag.ingest.hl7v2.telling.results import Observed

MEDICINES = ("RXO", "RXE", "RXD", "RXG", "RXA")
_OF_A_MEDICINE = ("RXR", "RXC", "TQ1")
_APPOINTMENT = ("SCH", "AIS", "AIG", "AIL", "AIP")
_LONGEST_CODE = 2
"""Codes of table 0364 (``RE``, ``GR``) say only what kind of note it is."""
_KNOWN = frozenset("MSH EVN SFT UAC PID PD1 MRG MSA QRD QRF QAK QPD RCP DSC RGS NTE PV1 OBR OBX ORC".split())
"""Segments that are read by name, or that say who, when and between which systems."""


@dataclass(slots=True)
class Entry:
    """A segment with the notes behind it, and for a medicine the segments that go on with it."""

    segment: Segment
    notes: list[str] = field(default_factory=list)
    parts: list[Segment] = field(default_factory=list)
    order: Segment | None = None

    @property
    def name(self) -> str:
        """Return the name of the segment."""
        return self.segment.name


@dataclass(slots=True)
class Order:
    """An OBR with its observations, its specimens and its notes; ``common`` is the ORC before it."""

    segment: Segment
    common: Segment | None = None
    observations: list[Observed] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    specimens: list[Entry] = field(default_factory=list)
    timings: list[Segment] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Return what was asked for."""
        return coded(self.segment, 4)

    @property
    def filler(self) -> str:
        """Return the number that who performs it gave the order (OBR-3, ORC-3), with the system that counts;
        empty where it has none.
        """
        for segment, number in ((self.segment, 3), (self.common, 3)):
            if segment is not None and segment.get(number, 1):
                return "^".join(filter(None, (segment.get(number, 1), segment.get(number, 2))))
        return ""


@dataclass(slots=True)
class Group:
    """What a message says of one patient."""

    pid: Segment
    visit: Segment | None = None
    orders: list[Order] = field(default_factory=list)
    loose: list[Observed] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    specimens: list[Entry] = field(default_factory=list)
    unread: list[Segment] = field(default_factory=list)
    common: list[Entry] = field(default_factory=list)

    @property
    def observations(self) -> list[Observed]:
        """Return every observation."""
        return [*self.loose, *(one for order in self.orders for one in order.observations)]

    @property
    def medicines(self) -> list[Entry]:
        """Return the medicines."""
        return [one for one in self.entries if one.name in MEDICINES]

    def of(self, *names: str) -> list[Entry]:
        """Return the entries of these segments."""
        return [one for one in self.entries if one.name in names]

    def segments(self) -> Iterator[Segment]:
        """Yield the segments of its entries."""
        yield from (one.segment for one in self.entries)


def groups(message_: Message) -> list[Group]:
    """Cut a message into what it says of each patient."""
    found: list[Group] = []
    cutter: _Cutter | None = None
    before: list[Segment] = []  # an appointment or a referral is named before its patient
    for segment in message_.segments:
        if segment.name == "PID":
            found.append(Group(segment))
            cutter = _Cutter(
                found[-1], is_by_specimen=message_.code == "OUL" and message_.event in ("R22", "R23")
            )
            for earlier in before:
                cutter.take(earlier)
            before.clear()
        elif cutter is not None:
            cutter.take(segment)
        else:
            before.append(segment)
    return found


class _Cutter:
    """Puts segments where they belong, one after another."""

    def __init__(self, group: Group, *, is_by_specimen: bool) -> None:
        self._group, self._is_by_specimen = group, is_by_specimen
        self._notes = group.notes
        self._common: Segment | None = None
        self._is_used = True
        self._medicine: Entry | None = None
        self._timings: list[Segment] = []
        self._specimens: list[Entry] = []

    def take(self, segment: Segment) -> None:
        """Put one segment."""
        group, name = self._group, segment.name
        if name == "NTE":
            self._notes.extend(_note(segment))
        elif name == "PV1":
            group.visit = segment
        elif name == "ORC":
            self._close_common()
            self._common, self._is_used, self._medicine, self._timings = segment, False, None, []
            held = Entry(segment)
            group.common.append(held)
            self._notes = held.notes
        elif name == "OBR":
            self._order(segment)
        elif name == "OBX":
            self._observation(segment)
        elif name == "SPM":
            self._specimen(segment)
        elif name in MEDICINES:
            self._take_medicine(segment)
        elif name in _OF_A_MEDICINE:
            self._part(segment)
        elif name in types():
            entry = Entry(segment)
            group.entries.append(entry)
            self._notes = entry.notes
        elif name not in _KNOWN:
            group.unread.append(segment)

    def _close_common(self) -> None:
        self._is_used = True

    def _order(self, segment: Segment) -> None:
        order = Order(segment, self._common if not self._is_used else None)
        order.timings, self._timings = self._timings, []
        order.specimens = list(self._specimens)
        self._is_used, self._medicine = True, None
        if self._group.common and order.common is not None:
            order.notes.extend(self._group.common[-1].notes)
            self._group.common[-1].notes.clear()
        self._group.orders.append(order)
        self._notes = order.notes

    def _observation(self, segment: Segment) -> None:
        one = Observed(segment)
        orders = self._group.orders
        (orders[-1].observations if orders and self._medicine is None else self._group.loose).append(one)
        self._notes = one.notes

    def _specimen(self, segment: Segment) -> None:
        entry = Entry(segment)
        self._notes = entry.notes
        if self._is_by_specimen:
            self._specimens = [entry]
        elif self._group.orders:
            self._group.orders[-1].specimens.append(entry)
        else:
            self._specimens.append(entry)

    def _take_medicine(self, segment: Segment) -> None:
        if self._medicine is not None and not self._is_used and segment.name == "RXE":
            self._medicine.parts.append(
                self._medicine.segment
            )  # the order as the pharmacy encoded it stands for the order as written
            self._medicine.segment = segment
        elif self._medicine is not None and not self._is_used and segment.name != "RXA":
            self._medicine.parts.append(segment)
        else:
            self._medicine = Entry(segment, order=self._common)
            self._medicine.parts, self._timings = list(self._timings), []
            self._group.entries.append(self._medicine)
            if self._group.common and not self._is_used:
                self._medicine.notes.extend(self._group.common[-1].notes)
                self._group.common[-1].notes.clear()
        self._notes = self._medicine.notes

    def _part(self, segment: Segment) -> None:
        if self._medicine is not None:
            self._medicine.parts.append(segment)
            self._notes = self._medicine.notes
        elif self._group.orders and self._is_used and segment.name == "TQ1":
            self._group.orders[-1].timings.append(segment)
        else:
            self._timings.append(segment)


def _note(segment: Segment) -> Iterator[str]:
    """Yield the text of a note, with the words for its type before it where it has any."""
    text, kind = segment.text(3), ", ".join(words(segment, 4))
    if len(kind) <= _LONGEST_CODE:
        kind = ""
    if text or kind:
        yield f"{kind} : {text}" if text and kind else text or kind
