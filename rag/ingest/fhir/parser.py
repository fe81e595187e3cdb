"""Reads FHIR: every resource goes to its patient, those that belong together make lists and tables, nothing
is left out in silence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import BinaryIO

from rag.clinical.language import detect_language
from rag.core.errors import ParseError
from rag.core.protocols import Warn
from rag.core.types import Document, Link, Source
from rag.ingest.fhir.drafts import Draft
from rag.ingest.fhir.editions import withdrawal
from rag.ingest.fhir.export import Export
from rag.ingest.fhir.identity import announced
from rag.ingest.fhir.loading import Found, from_json, from_lines, from_xml
from rag.ingest.fhir.node import Malformed, Resource
from rag.ingest.fhir.owners import Patient, Records
from rag.ingest.fhir.reports.reporter import Reporter
from rag.ingest.fhir.reports.writers import drafts_of
from rag.ingest.fhir.telling.lists import coded, lists
from rag.ingest.fhir.telling.rest import whole
from rag.ingest.fhir.telling.results import codes_of, members, write_results
from rag.ingest.fhir.telling.specimens import specimens_named
from rag.ingest.fhir.telling.statement import Teller, is_in_error
from rag.ingest.fhir.telling.statements import LISTS, TELLERS
from rag.ingest.fhir.telling.stays import category_of, encounter_name, loose_results, observed_at, stay
from rag.ingest.fhir.versions import Versions
from rag.ingest.parsing import media
from rag.ingest.parsing.address import name_of
from rag.ingest.parsing.contract import PartReader
from rag.ingest.records.attachments import Attachments, doc_id_at
from rag.ingest.records.identifiers import House
from rag.ingest.records.person import Person
from rag.ingest.records.reading import RecordItems
from rag.ingest.records.wording.dates import checked_time
from rag.ingest.records.writing import Writer

_CONTEXT = frozenset(
    "Patient Practitioner PractitionerRole Organization Location Medication Binary Endpoint RelatedPerson"
    " Group HealthcareService Substance OrganizationAffiliation InsurancePlan Person".split()
)
"""Resources that others refer to; they have no document of their own."""
_WITH_PATIENT = frozenset(
    "Device CareTeam BodyStructure BodySite Specimen DeviceMetric DeviceDefinition".split()
)
"""Resources that are told where they name a patient, and are else what others refer to."""
_ADMINISTRATIVE = frozenset(
    "Claim ClaimResponse ExplanationOfBenefit Coverage CoverageEligibilityRequest CoverageEligibilityResponse"
    " EligibilityRequest EligibilityResponse Account Invoice ChargeItem ChargeItemDefinition PaymentNotice"
    " PaymentReconciliation EnrollmentRequest EnrollmentResponse Provenance AuditEvent Schedule Slot"
    " AppointmentResponse Subscription SubscriptionStatus SubscriptionTopic MessageHeader OperationOutcome"
    " OperationDefinition Parameters Bundle Linkage StructureDefinition ValueSet CodeSystem ConceptMap"
    " NamingSystem CapabilityStatement Questionnaire Library Measure MeasureReport SearchParameter"
    " ImplementationGuide PlanDefinition ActivityDefinition Transport VerificationResult".split()
)
_LISTED = frozenset(name for types in LISTS.values() for name in types)
_MOST_NAMED = 5
_OF_A_FILE = ("DocumentReference", "Media")
"""Resources that say nothing without the file that they hold or refer to."""


@dataclass(slots=True)
class _Folder:
    """The resources of one patient in a file, in their order."""

    patient: Patient
    resources: list[Resource] = field(default_factory=list)
    withdrawn: list[Resource] = field(default_factory=list)

    def of(self, *types: str) -> list[Resource]:
        return [resource for resource in self.resources if resource.type in types]


class FhirParser:
    """Reads FHIR in JSON, newline-delimited JSON or XML."""

    def __init__(self, parts: PartReader, longest_line: int, house: House = House()) -> None:
        self._attachments, self._longest, self._house = Attachments(parts), longest_line, house
        self._export = Export(longest_line)

    def __call__(self, source: Source, stream: BinaryIO, warn: Warn) -> Iterator[Document]:
        """Return the documents of the file. After a ``ParseError`` the iterator goes on with what it can
        still read.
        """
        return RecordItems(self._items(source, stream, warn))

    def _items(self, source: Source, stream: BinaryIO, warn: Warn) -> Iterator[Document | ParseError]:
        file = name_of(source)
        versions = Versions()
        for found in self._found(source, stream, file):
            if isinstance(found, ParseError):
                yield found
            else:
                versions.take(found)
        versions.tell(file, warn)
        is_export = source.media_type == media.FHIR_NDJSON
        records = Records(
            versions.resources(), not is_export, self._export.beside(source) if is_export else {}, self._house
        )
        teller = Teller(_language(records.resources), records, TELLERS)
        for notice in _unread(records, file):
            if not is_export and all(one.type == "Binary" for one in records.resources):
                yield notice  # all that the file holds
            else:
                warn(notice)
        for folder in _folders(records, file, warn):
            yield from self._of_patient(folder, teller, source, warn)
        yield from (draft.document(source) for draft in announced(records, teller.language, file, warn))

    def _found(self, source: Source, stream: BinaryIO, file: str) -> Iterator[Found]:
        if source.media_type == media.FHIR_NDJSON:
            yield from from_lines(stream, file, self._longest)
        elif source.media_type == media.FHIR_XML:
            yield from from_xml(stream.read(), file)
        else:
            yield from from_json(stream.read(), file)

    def _of_patient(
        self, folder: _Folder, teller: Teller, source: Source, warn: Warn
    ) -> Iterator[Document | ParseError]:
        file, owned = name_of(source), {resource.name for resource in folder.resources}
        reporter = Reporter(folder.patient, teller, file, warn, lambda resource: resource.name in owned)
        for resource, draft in _drafts(folder, teller, reporter, file, warn):
            for key, count in (("aside_struck", draft.struck), ("aside_hidden", draft.hidden)):
                if count:
                    warn(ParseError(key, file=file, count=count, where=draft.title))
            document = draft.document(source)
            document = replace(
                document, authored_at=checked_time(document.authored_at, source, draft.record, warn)
            )
            found = (
                list(self._joined(resource, document, reporter, source, warn)) if resource is not None else []
            )
            joined = [item for item in found if isinstance(item, Document)]
            errors = [item for item in found if isinstance(item, ParseError)]
            if (
                len(joined) == 1
                and resource is not None
                and resource.type == "DocumentReference"
                and not document.text
            ):
                yield replace(joined[0], links=document.links)  # a reference to a document is that document
            else:
                if document.text:
                    yield replace(
                        document,
                        links=(
                            *document.links,
                            *(Link("attachment", doc_id_at(one.source.uri)) for one in joined),
                        ),
                    )
                yield from joined
            for error in errors:
                is_said = (
                    draft.writer.length > draft.opened
                    and resource is not None
                    and resource.type not in _OF_A_FILE
                )
                if joined or is_said:
                    warn(error)
                else:
                    yield error

    def _joined(
        self, resource: Resource, document: Document, reporter: Reporter, source: Source, warn: Warn
    ) -> Iterator[Document | ParseError]:
        for attachment in reporter.attachments(resource):
            if isinstance(attachment, ParseError):
                yield attachment
            else:
                yield from self._attachments.linked(source, attachment, document, warn)


def _unread(records: Records, file: str) -> Iterator[ParseError]:
    """Yield a notice of the files (Binary) that no resource refers to: they name no patient, so nobody could
    be shown them.
    """
    files = {
        one.name
        for one in records.resources
        if one.type == "Binary" and (one.node.has("data") or one.node.has("content"))
    }
    if files:
        addresses = {one.name: one.full_url for one in records.resources if one.name in files}
        named = {text for one in records.resources for text in _strings(one.node.data)}
        short = {"/".join(text.partition("/_history/")[0].split("/")[-2:]) for text in named}
        if lost := sorted(name for name in files if name not in short and addresses[name] not in named):
            shown = ", ".join(lost[:_MOST_NAMED]) + ("…" if len(lost) > _MOST_NAMED else "")
            yield ParseError("aside_unread_text", file=file, count=len(lost), where=shown)


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value[:300]
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _strings(inner)


def _language(resources: Sequence[Resource]) -> str:
    """Return the language that resources declare, else the one that their own words are in."""
    for resource in resources:
        declared = resource.node.data.get("language")
        if isinstance(declared, str) and declared[:2] in ("fr", "en"):
            return declared[:2]
    words: list[str] = []
    for resource in resources:
        words.extend(_words(resource.node.data))
        if len(words) > 400:
            break
    return detect_language(" . ".join(dict.fromkeys(words)))


def _words(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if name in ("display", "text", "conclusion", "description", "title") and isinstance(inner, str):
                yield inner
            else:
                yield from _words(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _words(inner)


def _folders(records: Records, file: str, warn: Warn) -> list[_Folder]:
    """Return the resources by patient; those that are refused, in error or of no clinical kind are
    reported.
    """
    folders: dict[str, _Folder] = {}
    in_error: list[str] = []
    described = _described_specimens(records)
    passed: Counter[str] = Counter()
    for resource in records.resources:
        if (
            resource.type in _CONTEXT
            or (resource.type in _WITH_PATIENT and not _names_patient(resource))
            or resource.name in described
        ):
            continue
        if resource.type in _ADMINISTRATIVE:
            passed[resource.type] += 1
            continue
        try:
            patient = records.owner(resource, file)
            if is_in_error(resource):
                in_error.append(resource.name)
                folders.setdefault(patient.patient_id, _Folder(patient)).withdrawn.append(resource)
                continue
        except ParseError as error:
            warn(error)
            continue
        except Malformed as error:
            warn(ParseError("fhir_bad_resource", file=file, record=resource.name, path=error.path))
            continue
        folders.setdefault(patient.patient_id, _Folder(patient)).resources.append(resource)
    if in_error:
        shown = ", ".join(in_error[:_MOST_NAMED]) + ("…" if len(in_error) > _MOST_NAMED else "")
        warn(ParseError("aside_in_error", file=file, count=len(in_error), where=shown))
    if passed:
        where = ", ".join(f"{kind} {n}" for kind, n in sorted(passed.items()))
        warn(ParseError("aside_administrative", file=file, count=passed.total(), where=where))
    return list(folders.values())


def _names_patient(resource: Resource) -> bool:
    return any(resource.node.has(name) for name in ("patient", "subject"))


def _described_specimens(records: Records) -> frozenset[str]:
    """Return the specimens that observations describe: they have no document of their own."""
    found: set[str] = set()
    for resource in records.resources:
        if resource.type in ("Observation", "DiagnosticReport"):
            try:
                found.update(specimens_named(resource, records))
            except Malformed:
                continue  # its own error is told where it is read
    return frozenset(found)


def _drafts(
    folder: _Folder, teller: Teller, reporter: Reporter, file: str, warn: Warn
) -> Iterator[tuple[Resource | None, Draft]]:
    """Yield the documents of a patient, each with the resource whose attachments go with it."""
    patient = folder.patient
    sound = _Folder(patient, list(_readable(folder.resources, teller, file, warn)))
    for draft in lists(patient, sound.resources, teller):
        yield None, draft
    reported = _reported(sound, teller.records)
    groups: dict[tuple[str, str], list[Resource]] = {}
    stays: dict[str, list[Resource]] = {}
    known = {resource.name for resource in sound.of("Encounter")}
    for one in sound.of("Observation"):
        if one.name in reported:
            continue
        category, encounter = category_of(one), encounter_name(one, teller.records)
        if not category and encounter in known:
            stays.setdefault(encounter, []).append(one)
        else:
            place = encounter or (observed_at(one) or "")[:10]
            groups.setdefault((category, place), []).append(one)
    inside: dict[str, list[Resource]] = {}
    for one in folder.withdrawn:
        if (taken_back := withdrawal(patient, one, teller.language)) is not None:
            yield None, taken_back
    for one in sound.of(*_LISTED):
        inside.setdefault(encounter_name(one, teller.records), []).append(one)
    for one in sound.of("Encounter"):
        yield None, stay(patient, one, inside.get(one.name, []), stays.get(one.name, []), teller)
    for draft in loose_results(patient, groups, teller):
        yield None, draft
    for resource in sound.resources:
        if resource.type not in _LISTED and resource.type not in ("Encounter", "Observation"):
            for draft in drafts_of(reporter, resource):
                yield resource, draft


def _readable(resources: Sequence[Resource], teller: Teller, file: str, warn: Warn) -> Iterator[Resource]:
    """Yield the resources that can be told whole; one of another shape than FHIR's is refused, so that no
    part of it is lost in silence.
    """
    for resource in resources:
        try:
            _try(resource, teller)
        except Malformed as error:
            warn(ParseError("fhir_bad_resource", file=file, record=resource.name, path=error.path))
            continue
        yield resource


def _try(resource: Resource, teller: Teller) -> None:
    """Look at all of a resource that will be looked at when it is written, alone or in a list."""
    encounter_name(resource, teller.records)
    list(coded(resource))
    if resource.type == "Observation":
        category_of(resource)
        list(codes_of([resource]))
        write_results(Writer(), [resource], teller.records, teller.language)
        return
    if resource.type in _LISTED:
        list(teller.tell(resource))
        return
    person = Patient("", "", Person())
    reporter = Reporter(person, teller, "", lambda _: None, lambda _: True)
    list(drafts_of(reporter, resource))
    list(reporter.attachments(resource))
    list(whole(resource.node, "", teller.language))
    if resource.type == "Encounter":
        stay(person, resource, (), (), teller)


def _reported(folder: _Folder, records: Records) -> frozenset[str]:
    """Return the observations that a report or a composition shows, and the members of the panels among
    them.
    """
    names: set[str] = set()
    waiting = [
        one.text("reference")
        for report in folder.of("DiagnosticReport")
        for one in report.node.nodes("result")
    ]
    while waiting:
        target = records.resolve(waiting.pop())
        if target is not None and target.name not in names:
            names.add(target.name)
            waiting.extend(members(target))
    return frozenset(names)
