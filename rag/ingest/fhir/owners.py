"""Whose a resource is. Every one is checked, against its own subject, its encounter's, and the patients of
the bundle it came in.

What belongs to another patient than its bundle or its encounter says, or names none, is refused: a server may
send more than was asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from rag.core.errors import ParseError
from rag.ingest.fhir.node import Node, Resource
from rag.ingest.records.identifiers import (
    House,
    Identifier,
    PatientIdentity,
    identify,
    is_current,
    this_moment,
)
from rag.ingest.records.person import Person
from rag.ingest.records.wording.when import from_iso

_SUBJECTS = ("subject", "patient", "for", "deliverFor", "individual")
_MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Patient:
    """A patient as records know one; ``key`` is the resource's name, ``patient_id`` what documents carry."""

    key: str
    patient_id: str
    person: Person
    identity: PatientIdentity = field(default_factory=PatientIdentity)


def patient_of(resource: Resource, house: House = House()) -> Patient:
    """Return the patient that a Patient resource describes.

    The id is the number that the hospital gave, else the national identity, else the resource's own.
    """
    node = resource.node
    names = sorted(
        node.nodes("name"),
        key=lambda name: (
            ("usual", "official", "").index(use)
            if (use := name.text("use")) in ("usual", "official", "")
            else 3
        ),
    )
    name = names[0] if names else Node({})
    died = node.text("deceasedDateTime")
    person = Person(
        family=name.text("family") or name.text("text"),
        birth_family=next((one.text("family") for one in names if one.text("use") == "maiden"), "")
        or next((one.text("family") for one in names if one.text("use") == "official"), ""),
        given=" ".join(name.texts("given")),
        sex=node.text("gender"),
        born=from_iso(node.text("birthDate")),
        died=from_iso(died) if died else None,
        is_dead=node.text("deceasedBoolean") == "true",
    )
    found = identity_of(node.nodes("identifier"), house)
    return Patient(resource.name, found.patient_id or resource.id, person, found)


def identity_of(identifiers: Iterable[Node], house: House) -> PatientIdentity:
    """Return who identifiers say a patient is: one whose ``use`` is old, or whose period does not hold now,
    never counts.
    """
    now = this_moment()
    return identify((_identifier(one, now) for one in identifiers), house, typed_only=True)


def _identifier(node: Node, now: str) -> Identifier:
    kinds = [coding.text("code") for coding in node.node("type").nodes("coding")]
    start, end = (from_iso(node.text("period", name)) for name in ("start", "end"))
    system = node.text("system").removeprefix("urn:oid:")
    return Identifier(
        value=node.text("value"),
        type=next(
            (kind for kind in kinds if kind in ("PI", "MR") or kind.startswith("INS")), next(iter(kinds), "")
        ),
        authorities=(system,) if system else (),
        use=node.text("use"),
        is_current=is_current(start, end, now),
    )


@dataclass(slots=True)
class Records:
    """The resources of one file, found by reference. ``elsewhere`` holds those of the files of the same
    export, for names only.
    """

    resources: Sequence[Resource]
    is_bundle: bool
    elsewhere: Mapping[str, Resource] = field(default_factory=dict)
    house: House = field(default_factory=House)
    _by_address: dict[str, Resource] = field(default_factory=dict)
    _patients: dict[str, Patient] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for resource in self.resources:
            self._by_address[resource.name] = resource
            if resource.full_url:
                self._by_address[resource.full_url] = resource

    def resolve(self, reference: str, within: Resource | None = None) -> Resource | None:
        """Return the resource that a reference names, None where it is not in the file nor in the export's
        other files.
        """
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
        encounter = (
            self.resolve(resource.node.text("encounter", "reference"))
            if resource.node.has("encounter")
            else None
        )
        theirs = (
            self._named(encounter, file) if encounter is not None and encounter.type == "Encounter" else []
        )
        owners = {patient.patient_id: patient for patient in [*found, *theirs]}
        if not owners:
            raise ParseError("fhir_no_patient", file=file, record=resource.name)
        if len(owners) > 1:
            first, other = list(owners.values())[:2]
            raise ParseError(
                "fhir_other_patient", file=file, record=resource.name, found=first.key, claimed=other.key
            )
        return next(iter(owners.values()))

    def _named(self, resource: Resource, file: str) -> list[Patient]:
        if resource.type == "Patient":
            return [self.patient(resource)]
        references = [node for name in _SUBJECTS for node in resource.node.nodes(name)]
        actors = (
            [one.node("actor") for one in resource.node.nodes("participant")]
            if resource.type == "Appointment"
            else []
        )
        references += [node for node in actors if self._is_patient(node)]
        return [
            patient for node in references if (patient := self._referred(node, resource, file)) is not None
        ]

    def _is_patient(self, node: Node) -> bool:
        reference = node.text("reference")
        target = self.resolve(reference) if reference else None
        return target.type == "Patient" if target is not None else "Patient/" in reference

    def _referred(self, node: Node, resource: Resource, file: str) -> Patient | None:
        reference, written = node.text("reference"), node.text("identifier", "value")
        number = identity_of([node.node("identifier")], self.house).patient_id or written
        target = self.resolve(reference, resource) if reference else self._with_number(written)
        if target is not None and target.type == "Patient":
            found = self.patient(target)
            if reference and number != found.patient_id and number and written not in self._numbers(target):
                raise ParseError(
                    "fhir_other_patient",
                    file=file,
                    record=resource.name,
                    found=f"identifier {number}",
                    claimed=found.key,
                )
            return found
        key = reference.partition("/_history/")[0].split("?")[0] or number
        if target is not None or not key or not (number or "Patient/" in key or key.startswith("urn:uuid:")):
            return None  # a group, a device, a location: no patient
        if self.is_bundle and (claimed := self._claimed()):
            raise ParseError(
                "fhir_other_patient", file=file, record=resource.name, found=key, claimed=claimed
            )
        return Patient(key, key.rpartition("/")[2].removeprefix("urn:uuid:"), Person())

    def named_patient(self, node: Node, within: Resource) -> Patient | None:
        """Return the patient that a reference names, in this file or not; None where it names something
        else.
        """
        reference, number = (
            node.text("reference"),
            identity_of([node.node("identifier")], self.house).patient_id,
        )
        target = (
            self.resolve(reference, within)
            if reference
            else self._with_number(node.text("identifier", "value"))
        )
        if target is not None:
            return self.patient(target) if target.type == "Patient" else None
        key = reference.partition("/_history/")[0].split("?")[0] or number
        known = number or "Patient/" in key or key.startswith("urn:uuid:")
        return (
            Patient(key, key.rpartition("/")[2].removeprefix("urn:uuid:"), Person())
            if key and known
            else None
        )

    def patient(self, resource: Resource) -> Patient:
        """Return the patient that a Patient resource of the file describes."""
        if resource.name not in self._patients:
            self._patients[resource.name] = patient_of(resource, self.house)
        return self._patients[resource.name]

    def _numbers(self, resource: Resource) -> list[str]:
        return [one.text("value") for one in resource.node.nodes("identifier")]

    def _with_number(self, number: str) -> Resource | None:
        candidates = [*self.resources, *self.elsewhere.values()]
        return next(
            (one for one in candidates if number and one.type == "Patient" and number in self._numbers(one)),
            None,
        )

    def _claimed(self) -> str:
        names = [resource.name for resource in self.resources if resource.type == "Patient"]
        return ", ".join(names[:_MOST_NAMED]) + ("…" if len(names) > _MOST_NAMED else "")
