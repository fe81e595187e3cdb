"""The header of a CDA document: whose it is, what it is, who wrote it and when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rag.core.errors import ParseError
from rag.core.types import Code
from rag.ingest.records.identifiers import House, Identifier, PatientIdentity, identify
from rag.ingest.records.person import Person
from rag.ingest.records.wording.kinds import kind_of
from rag.ingest.records.wording.when import from_stamp
from rag.ingest.records.xml import Element, child, children, text_at, value_at

_SYSTEMS = {
    "2.16.840.1.113883.6.1": "loinc",
    "2.16.840.1.113883.6.96": "snomed",
    "2.16.840.1.113883.6.3": "icd10",
    "2.16.840.1.113883.6.90": "icd10cm",
    "2.16.840.1.113883.6.103": "icd9cm",
    "2.16.840.1.113883.6.88": "rxnorm",
    "2.16.840.1.113883.6.73": "atc",
    "2.16.840.1.113883.12.292": "cvx",
    "2.16.840.1.113883.6.12": "cpt",
    "1.2.250.1.213.2.5": "ccam",
    "1.2.250.1.213.2.3.1": "cip",
}


_DOCTORS = ("DR", "PR", "MD", "M.D")
FRAGMENTS = frozenset(
    "component section entry act observation procedure encounter organizer "
    "substanceAdministration supply".split()
)
"""Roots of files that show a part of a document, as published examples do."""


@dataclass(frozen=True, slots=True)
class CdaHeader:
    """What a header says. ``stamp`` is the time as written where it is none; ``encounter_id`` is that of the
    stay.
    """

    identity: PatientIdentity
    person: Person
    title: str
    kind: str
    language: str
    code: Code | None
    written: str | None
    stamp: str
    encounter_id: str | None
    author: str
    organization: str
    service: str
    service_start: str | None
    service_end: str | None
    document_id: str
    version: str
    numbers: Mapping[str, str]
    """The number of the document, of the set of its versions, of what it replaces and what it adds to."""


def system_name(oid: str) -> str:
    """Return the short name of a code system, else its identifier."""
    return _SYSTEMS.get(oid, oid)


def read_header(root: Element, file: str, house: House) -> CdaHeader:
    """Read the header of a document.

    Raises:
        ParseError: it names more than one patient.
    """
    targets = children(root, "recordTarget")
    if len(targets) > 1:
        raise ParseError("cda_two_patients", file=file, count=len(targets))
    role = child(root, "recordTarget", "patientRole")
    code = child(root, "code")
    names = (
        [code.get("displayName") or "", text_at(root, "title")]
        if code is not None
        else [text_at(root, "title")]
    )
    stamp = value_at(root, "value", "effectiveTime") or value_at(root, "value", "author", "time")
    service = child(root, "documentationOf", "serviceEvent")
    return CdaHeader(
        identity=_identity(role, house),
        person=_person(role),
        title=text_at(root, "title") or names[0],
        kind=kind_of(code.get("code") or "" if code is not None else "", *names),
        language={"fr": "fr", "en": "en"}.get(value_at(root, "code", "languageCode").lower()[:2], ""),
        code=_type(code),
        written=from_stamp(stamp),
        stamp=stamp,
        encounter_id=_identifier(child(root, "componentOf", "encompassingEncounter")),
        author=_author(child(root, "author", "assignedAuthor")),
        organization=text_at(root, "author", "assignedAuthor", "representedOrganization", "name")
        or text_at(root, "custodian", "assignedCustodian", "representedCustodianOrganization", "name"),
        service=value_at(service, "displayName", "code"),
        service_start=_when(service, "low"),
        service_end=_when(service, "high"),
        document_id=_identifier(root) or "",
        version=value_at(root, "value", "versionNumber"),
        numbers=_numbers(root),
    )


def _numbers(root: Element) -> dict[str, str]:
    """Return the numbers that tell editions apart (R2, 4.2.3.1): ``id``, ``setId`` with ``versionNumber``,
    and ``relatedDocument``, which replaces (RPLC) or adds to (APND) its parent.
    """
    parents: dict[str, list[str]] = {}
    for related in children(root, "relatedDocument"):
        parent = child(related, "parentDocument")
        parents.setdefault(related.get("typeCode") or "", []).extend(_full(parent, "id"))
    version = value_at(root, "value", "versionNumber")
    sets = _full(root, "setId")
    found = {
        "record_id": _full(root, "id"),
        "record_set": [f"{one}/set" for one in sets],
        "record_version": [version or "1"] if sets else [],
        "replaces_record": parents.get("RPLC", []),
        "completes_record": parents.get("APND", []),
    }
    return {key: " ".join(dict.fromkeys(values)) for key, values in found.items() if values}


def _full(element: Element | None, name: str) -> list[str]:
    """Return the identifiers of an element that are whole: root and extension, a marked one is none."""
    written = (
        "^".join(filter(None, ((one.get("root") or "").strip(), (one.get("extension") or "").strip())))
        for one in children(element, name)
        if not one.get("nullFlavor")
    )
    return ["_".join(f"cda/{text}".split()) for text in written if text]


def _identifier(element: Element | None) -> str | None:
    """Return the first identifier of an element: its extension, else its root, which then is the whole of
    it.
    """
    for found in children(element, "id"):
        if value := (found.get("extension") or found.get("root") or "").strip():
            return value
    return None


def _identity(role: Element | None, house: House) -> PatientIdentity:
    """Return who the patient is.

    The hospital's number counts first, for most of what it writes carries no other; a social security number
    is the last choice. An id that is marked as unknown or hidden (``nullFlavor``) is none. Its authority is
    its root.
    """
    return identify(
        (one for item in children(role, "id") if (one := _patient_identifier(item)) is not None), house
    )


def _patient_identifier(item: Element) -> Identifier | None:
    root, extension = (item.get("root") or "").strip(), (item.get("extension") or "").strip()
    if item.get("nullFlavor") or not (root or extension):
        return None
    return Identifier(extension or root, authorities=(root,) if extension and root else ())


def _person(role: Element | None) -> Person:
    patient = child(role, "patient")
    name = child(patient, "name")
    family, given = _name(name)
    born_as = next((one for one in children(name, "family") if one.get("qualifier") == "BR"), None)
    return Person(
        family,
        text_at(born_as),
        given,
        value_at(patient, "code", "administrativeGenderCode"),
        from_stamp(value_at(patient, "value", "birthTime")),
    )


def _name(name: Element | None) -> tuple[str, str]:
    """Return family and given name: those in use (CL) before those of birth (BR)."""
    families, givens = children(name, "family"), children(name, "given")
    family = next(
        (found for found in families if found.get("qualifier") in ("CL", "SP")),
        families[0] if families else None,
    )
    used = [found for found in givens if found.get("qualifier") == "CL"] or [
        found for found in givens if not found.get("qualifier")
    ]
    if family is None and name is not None and not givens:
        return " ".join("".join(name.itertext()).split()), ""
    return text_at(family), " ".join(filter(None, map(text_at, used or givens)))


def _author(author: Element | None) -> str:
    name = child(author, "assignedPerson", "name")
    family, given = _name(name)
    titles = [text_at(found) for found in children(name, "suffix", "prefix")]
    prefix = next((title for title in titles if title.upper().rstrip(".") in _DOCTORS), "")
    device = text_at(author, "assignedAuthoringDevice", "softwareName") if not family and not given else ""
    who = " ".join(filter(None, (prefix, given, family))) or device
    role = value_at(author, "displayName", "code")
    return f"{who} ({role})" if who and role else who


def _type(code: Element | None) -> Code | None:
    if code is None or not code.get("code"):
        return None
    return Code(
        system_name(code.get("codeSystem") or ""), code.get("code") or "", code.get("displayName") or ""
    )


def _when(event: Element | None, end: str) -> str | None:
    time = child(event, "effectiveTime")
    if time is None:
        return None
    stamp = value_at(time, "value", end) or (time.get("value") or "" if end == "low" else "")
    return from_stamp(stamp) if stamp else None
