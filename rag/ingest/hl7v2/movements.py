"""ADT: events that merge patients, and events that cancel a stay."""

from __future__ import annotations

from collections.abc import Iterator

from rag.core.errors import ParseError
from rag.ingest.hl7v2.message import Message
from rag.ingest.hl7v2.people import former_number, identity
from rag.ingest.records.identifiers import House
from rag.ingest.records.wording.when import from_stamp

MERGES = ("A18", "A30", "A34", "A36", "A39", "A40", "A46", "A47")
"""Events after which the patient of MRG-1 is that of PID-3: merges of patients, and the change of a patient's
number.
"""
LINKS = ("A24",)
"""Events that say of the patients of two PID that they are one."""
CANCELS_STAY = ("A11", "A23", "A38")


def joined(message_: Message, file: str, house: House) -> Iterator[tuple[str, str]]:
    """Yield (old id, surviving id) for each pair of PID and MRG of a merge, or for the two PID of a link, the
    first of which survives.

    Raises:
        ParseError: one of the two is not named.
    """
    pairs = list(_linked(message_, house) if message_.event in LINKS else _merged(message_, house))
    if not pairs or not all(old and new for old, new in pairs):
        raise ParseError("hl7_merge_incomplete", file=file, number=message_.number, type=message_.type)
    yield from pairs


def _linked(message_: Message, house: House) -> Iterator[tuple[str, str]]:
    ids = [identity(pid, 3, house, sent_at(message_)).patient_id for pid in message_.all("PID")]
    yield from ((other, ids[0]) for other in ids[1:])


def _merged(message_: Message, house: House) -> Iterator[tuple[str, str]]:
    new = ""
    for segment in message_.segments:
        if segment.name == "PID":
            new = identity(segment, 3, house, sent_at(message_)).patient_id
        elif segment.name == "MRG":
            yield former_number(segment, 1, house), new


def sent_at(message_: Message) -> str | None:
    """Return when a message was sent, None where it does not say so."""
    return from_stamp(message_.header.get(7))
