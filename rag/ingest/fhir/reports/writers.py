"""Which resource is written how."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from rag.ingest.fhir.drafts import Draft
from rag.ingest.fhir.node import Resource
from rag.ingest.fhir.reports.compositions import composition
from rag.ingest.fhir.reports.diagnostic import diagnostic_report
from rag.ingest.fhir.reports.plans import care_plan
from rag.ingest.fhir.reports.questionnaires import questionnaire
from rag.ingest.fhir.reports.references import document_reference
from rag.ingest.fhir.reports.reporter import Reporter
from rag.ingest.fhir.reports.studies import imaging_study
from rag.ingest.fhir.telling.others import write_other
from rag.ingest.fhir.telling.rest import rest_of


def drafts_of(reporter: Reporter, resource: Resource) -> Iterator[Draft]:
    """Yield the document of a resource, if it has anything to show."""
    draft = reporter.begun(resource)
    _WRITERS.get(resource.type, write_other)(reporter, resource, draft)
    _write_rest(reporter, resource, draft)
    yield draft


def _write_rest(reporter: Reporter, resource: Resource, draft: Draft) -> None:
    """Write what a resource says beside what is written of it."""
    told = "\n".join((draft.writer.text_from(0), draft.title, *draft.metadata.values()))
    language = reporter.teller.language
    further = [] if resource.type == "Composition" else list(rest_of(resource.node, told, language))
    if further and not draft.writer:
        reporter.opening(draft, resource)
        draft.writer.line(draft.title)
    draft.writer.lines(further)


_WRITERS: dict[str, Callable[[Reporter, Resource, Draft], None]] = {
    "DiagnosticReport": diagnostic_report,
    "Composition": composition,
    "DocumentReference": document_reference,
    "CarePlan": care_plan,
    "ImagingStudy": imaging_study,
    "QuestionnaireResponse": questionnaire,
}
