"""Patients and professionals in segments: whose a message is, and who wrote, asked for or did something."""

from __future__ import annotations

from rag.ingest.hl7v2.message import Segment
from rag.ingest.records.identifiers import (
    House,
    Identifier,
    PatientIdentity,
    identify,
    is_current,
    this_moment,
)
from rag.ingest.records.person import Person
from rag.ingest.records.wording.when import from_stamp


def identity(segment: Segment, field: int, house: House, at: str | None) -> PatientIdentity:
    """Return who a field of identifiers (CX) says the patient is; ``at`` is the time of the message, None for
    now.

    The hospital's number counts first, then one of no type, then the national identity, then whatever there
    is; as in every other format.
    """
    return identify(
        (_identifier(segment, value, at or this_moment()) for value in segment.repetitions(field)), house
    )


def former_number(segment: Segment, field: int, house: House) -> str:
    """Return the id that a field of identifiers names a patient by who is known by another now: an expired
    one counts too.
    """
    found = (_identifier(segment, value, None) for value in segment.repetitions(field))
    return identify(found, house).patient_id


def _identifier(segment: Segment, value: str, at: str | None) -> Identifier:
    start, end = (from_stamp(segment.part(value, place)[:14]) for place in (7, 8))
    authorities = tuple(filter(None, (segment.part(value, 4, 1), segment.part(value, 4, 2))))
    return Identifier(
        value=segment.part(value, 1),
        type=segment.part(value, 5),
        authorities=authorities,
        is_current=at is None or is_current(start, end, at),
    )


def person(pid: Segment) -> Person:
    """Return the person that PID describes."""
    died = pid.get(29)
    return Person(
        family=pid.get(5, 1, 1),
        birth_family=_birth_name(pid),
        given=pid.get(5, 2),
        sex=pid.get(8),
        born=from_stamp(pid.get(7)),
        died=from_stamp(died) if died else None,
        is_dead=pid.get(30) == "Y",
    )


def _birth_name(pid: Segment) -> str:
    """Return the family name of the repetition of PID-5 that is the name at birth (type L beside D, or M)."""
    names = pid.repetitions(5)
    types = {pid.part(name, 7): name for name in names}
    born_as = types.get("M") or (types.get("L") if "D" in types else None)
    return pid.part(born_as, 1, 1) if born_as else ""


def professional(segment: Segment, field: int) -> str:
    """Return the name of a professional (XCN): prefix, given name, family name."""
    return professional_in(segment, next(iter(segment.repetitions(field)), ""))


def professional_in(segment: Segment, value: str) -> str:
    """Return the name of a professional that a value of type XCN gives; its family name has parts (FN), the
    first is the whole.
    """
    prefix, given, family = segment.part(value, 6), segment.part(value, 3), segment.part(value, 2, 1)
    return " ".join(filter(None, (prefix, given, family)))


def coded(segment: Segment, field: int) -> str:
    """Return what a coded field (CE, CWE) says: its text, else its alternate text, else its code."""
    return segment.get(field, 2) or segment.get(field, 9) or segment.get(field, 5) or segment.get(field, 1)
