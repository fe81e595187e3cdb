"""ADT: events that merge patients, and events that cancel a stay."""

from __future__ import annotations

from collections.abc import Iterator

from rag.core.errors import ParseError
from rag.ingest.hl7v2.message import Message, Segment
from rag.ingest.hl7v2.people import patient_number

MERGES = ("A18", "A34", "A36", "A40", "A47")
"""Events after which the patient of MRG-1 is that of PID-3: merges of patients, and the change of a patient's number."""
CANCELS_STAY = ("A11", "A23", "A38")


def merges(message_: Message, file: str) -> Iterator[tuple[str, str]]:
    """Yield (old id, surviving id) for each pair of PID and MRG.

    Raises:
        ParseError: one of the two is not named.
    """
    pid: Segment | None = None
    found = False
    for segment in message_.segments:
        if segment.name == "PID":
            pid = segment
        elif segment.name == "MRG":
            found = True
            new, old = patient_number(pid, 3) if pid else "", patient_number(segment, 1)
            if not new or not old:
                raise ParseError("hl7_merge_incomplete", file=file, number=message_.number, type=message_.type)
            yield old, new
    if not found:
        raise ParseError("hl7_merge_incomplete", file=file, number=message_.number, type=message_.type)
