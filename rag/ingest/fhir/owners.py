"""Whose a resource is. Every one is checked, against its own subject, its encounter's, and the patients of the bundle it came in.

What belongs to another patient than its bundle or its encounter says, or names none, is refused: a server may send more than was asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from rag.core.errors import ParseError
from rag.ingest.fhir.node import Node, Resource
from rag.ingest.records.person import INS_ROOTS, Person
from rag.ingest.records.when import from_iso

_LOCAL_TYPES = ("PI", "MR")
_NATIONAL_TYPES = ("INS-NIR", "INS-NIA", "INS-NIR-TEST", "INS-C")
_SUBJECTS = ("subject", "patient", "for", "deliverFor", "individual")
_MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Patient:
    """A patient as records know one; ``key`` is the resource's name, ``patient_id`` what documents carry."""

    key: str
    patient_id: str
    person: Person
    national_id: str = ""


def patient_of(resource: Resource) -> Patient:
    """Return the patient that a Patient resource describes.

    The id is the number that the hospital gave, else the national identity, else the resource's own.
    """
    node = resource.node
    names = sorted(
        node.nodes("name"),
        key=lambda name: ("usual", "official", "").index(use) if (use := name.text("use")) in ("usual", "official", "") else 3,
    )
    name = names[0] if names else Node({})
    died = node.text("deceasedDateTime")
    person = Person(
        family=name.text("family") or name.text("text"),
        given=" ".join(name.texts("given")),
        sex=node.text("gender"),
        born=from_iso(node.text("birthDate")),
        died=from_iso(died) if died else None,
        is_dead=node.text("deceasedBoolean") == "true",
    )
    numbers = node.nodes("identifier")
    return Patient(resource.name, patient_number(numbers) or resource.id, person, national_number(numbers))


def patient_number(identifiers: Iterable[Node]) -> str:
    """Return the identifier that a patient is known by, empty where none is a patient's number."""
    found = list(identifiers)
    ranked = sorted((rank, place) for place, one in enumerate(found) if (rank := _rank(one)) is not None)
    return found[ranked[0][1]].text("value") if ranked else ""


def national_number(identifiers: Iterable[Node]) -> str:
    """Return the national identity among identifiers, empty where there is none."""
    return next((one.text("value") for one in identifiers if _rank(one) == len(_LOCAL_TYPES)), "")


def _rank(identifier: Node) -> int | None:
    if not identifier.text("value") or identifier.text("use") == "old":
        return None
    codes = [coding.text("code") for coding in identifier.node("type").nodes("coding")]
    if identifier.text("system").removeprefix("urn:oid:") in INS_ROOTS or any(code in _NATIONAL_TYPES for code in codes):
        return len(_LOCAL_TYPES)
    return next((place for place, code in enumerate(_LOCAL_TYPES) if code in codes), None)


@dataclass(slots=True)
class Records:
    """The resources of one file, found by reference. ``elsewhere`` holds those of the files of the same export, for names only."""

    resources: Sequence[Resource]
    is_bundle: bool
    elsewhere: Mapping[str, Resource] = field(default_factory=dict)
    _by_address: dict[str, Resource] = field(default_factory=dict)
    _patients: dict[str, Patient] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for resource in self.resources:
            self._by_address[resource.name] = resource
            if resource.full_url:
                self._by_address[resource.full_url] = resource

    def resolve(self, reference: str, within: Resource | None = None) -> Resource | None:
        """Return the resource that a reference names, None where it is not in the file nor in the export's other files."""
        if reference.startswith("#") and within is not None:
            for inner in within.node.nodes("contained"):
                if inner.text("id") == reference[1:]:
                    return Resource(inner.text("resourceType"), reference[1:], inner)
            return None
        bare = reference.partition("/_history/")[0]
        short = "/".join(bare.split("/")[-2:])
        return self._by_address.get(bare) or self._by_address.get(short) or self.elsewhere.get(short)

    def owner(self, resource: Resource, file: str) -> Patient:
        """Return the patient of a resource.

        Raises:
            ParseError: it names none, several, or another than its bundle or its encounter.
        """
        found = self._named(resource, file)
        encounter = self.resolve(resource.node.text("encounter", "reference")) if resource.node.has("encounter") else None
        theirs = self._named(encounter, file) if encounter is not None and encounter.type == "Encounter" else []
        owners = {patient.patient_id: patient for patient in [*found, *theirs]}
        if not owners:
            raise ParseError("fhir_no_patient", file=file, record=resource.name)
        if len(owners) > 1:
            first, other = list(owners.values())[:2]
            raise ParseError("fhir_other_patient", file=file, record=resource.name, found=first.key, claimed=other.key)
        return next(iter(owners.values()))

    def _named(self, resource: Resource, file: str) -> list[Patient]:
        if resource.type == "Patient":
            return [self._patient(resource)]
        references = [node for name in _SUBJECTS for node in resource.node.nodes(name)]
        actors = [one.node("actor") for one in resource.node.nodes("participant")] if resource.type == "Appointment" else []
        references += [node for node in actors if self._is_patient(node)]
        return [patient for node in references if (patient := self._referred(node, resource, file)) is not None]

    def _is_patient(self, node: Node) -> bool:
        reference = node.text("reference")
        target = self.resolve(reference) if reference else None
        return target.type == "Patient" if target is not None else "Patient/" in reference

    def _referred(self, node: Node, resource: Resource, file: str) -> Patient | None:
        reference, number = node.text("reference"), patient_number([node.node("identifier")]) or node.text("identifier", "value")
        target = self.resolve(reference, resource) if reference else self._with_number(number)
        if target is not None and target.type == "Patient":
            found = self._patient(target)
            if reference and number and number not in (found.patient_id, *self._numbers(target)):
                raise ParseError("fhir_other_patient", file=file, record=resource.name, found=f"identifier {number}", claimed=found.key)
            return found
        key = reference.partition("/_history/")[0].split("?")[0] or number
        if target is not None or not key or not (number or "Patient/" in key or key.startswith("urn:uuid:")):
            return None  # a group, a device, a location: no patient
        if self.is_bundle and (claimed := self._claimed()):
            raise ParseError("fhir_other_patient", file=file, record=resource.name, found=key, claimed=claimed)
        return Patient(key, key.rpartition("/")[2].removeprefix("urn:uuid:"), Person())

    def _patient(self, resource: Resource) -> Patient:
        if resource.name not in self._patients:
            self._patients[resource.name] = patient_of(resource)
        return self._patients[resource.name]

    def _numbers(self, resource: Resource) -> list[str]:
        return [one.text("value") for one in resource.node.nodes("identifier")]

    def _with_number(self, number: str) -> Resource | None:
        candidates = [*self.resources, *self.elsewhere.values()]
        return next((one for one in candidates if number and one.type == "Patient" and number in self._numbers(one)), None)

    def _claimed(self) -> str:
        names = [resource.name for resource in self.resources if resource.type == "Patient"]
        return ", ".join(names[:_MOST_NAMED]) + ("…" if len(names) > _MOST_NAMED else "")
