"""Patients and professionals in segments: whose a message is, and who wrote, asked for or did something."""

from __future__ import annotations

from rag.ingest.hl7v2.message import Segment
from rag.ingest.records.person import INS_ROOTS, Person
from rag.ingest.records.when import from_stamp

_LOCAL_TYPES = ("PI", "MR")
_NATIONAL_TYPES = ("INS", "INS-NIR", "INS-NIA")


def patient_number(segment: Segment, field: int) -> str:
    """Return the id that a field of identifiers (CX) names a patient by.

    The hospital's number first, then one of no type, then the national identity, then whatever there is; as in every other format.
    """
    ranked = []
    for place, value in enumerate(segment.repetitions(field)):
        number, kind = segment.part(value, 1), segment.part(value, 5).upper()
        rank = 3 if _is_national(segment, value) else _LOCAL_TYPES.index(kind) if kind in _LOCAL_TYPES else 2 if not kind else 4
        if number:
            ranked.append((rank, place, number))
    return min(ranked)[2] if ranked else ""


def national_number(segment: Segment, field: int) -> str:
    """Return the national identity that a field of identifiers names, empty where it names none."""
    return next((segment.part(value, 1) for value in segment.repetitions(field) if _is_national(segment, value)), "")


def _is_national(segment: Segment, value: str) -> bool:
    kind, authority = segment.part(value, 5).upper(), segment.part(value, 4, 1).upper()
    return segment.part(value, 4, 2) in INS_ROOTS or kind in _NATIONAL_TYPES or "INS-N" in authority


def person(pid: Segment) -> Person:
    """Return the person that PID describes."""
    died = pid.get(29)
    return Person(
        family=pid.get(5, 1, 1),
        given=pid.get(5, 2),
        sex=pid.get(8),
        born=from_stamp(pid.get(7)),
        died=from_stamp(died) if died else None,
        is_dead=pid.get(30) == "Y",
    )


def professional(segment: Segment, field: int) -> str:
    """Return the name of a professional (XCN): prefix, given name, family name."""
    return professional_in(segment, next(iter(segment.repetitions(field)), ""))


def professional_in(segment: Segment, value: str) -> str:
    """Return the name of a professional that a value of type XCN gives; its family name has parts (FN), the first is the whole."""
    prefix, given, family = segment.part(value, 6), segment.part(value, 3), segment.part(value, 2, 1)
    return " ".join(filter(None, (prefix, given, family)))


def coded(segment: Segment, field: int) -> str:
    """Return what a coded field (CE, CWE) says: its text, else its alternate text, else its code."""
    return segment.get(field, 2) or segment.get(field, 9) or segment.get(field, 5) or segment.get(field, 1)
