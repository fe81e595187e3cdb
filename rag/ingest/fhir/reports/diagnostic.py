"""Reports with their results, and what kind of report each is."""

from __future__ import annotations

from rag.core.errors import ParseError
from rag.ingest.fhir.drafts import Draft
from rag.ingest.fhir.node import Node, Resource
from rag.ingest.fhir.reports.compositions import is_authored, write_narrative
from rag.ingest.fhir.reports.reporter import Reporter
from rag.ingest.fhir.reports.studies import study_ids
from rag.ingest.fhir.telling.results import codes_of, write_results
from rag.ingest.fhir.telling.specimens import specimen_lines, specimen_of
from rag.ingest.fhir.telling.words import concept, notes
from rag.ingest.records.wording.kinds import kind_of
from rag.messages import message

_IMAGING = ("RAD", "RX", "CT", "MR", "US", "NM", "XRC", "RUS", "imaging")
_LABORATORY = ("LAB", "HM", "CH", "MB", "SR", "BLB", "TX", "OSL")
_PATHOLOGY = ("SP", "CP", "PAT", "CY")


def diagnostic_report(reporter: Reporter, resource: Resource, draft: Draft) -> None:
    """Write a report with its results."""
    node, teller = resource.node, reporter.teller
    name = concept(node.node("code"))
    draft.kind, draft.title = _kind_of_report(node, name), name or message("list.report", teller.language)
    reporter.opening(draft, resource)
    writer = draft.writer
    if specimen := specimen_of(node, teller.records, resource):
        writer.line(teller.say("specimen", text=specimen))
    writer.lines(specimen_lines(node, teller.records, resource, specimen, teller.language))
    found = [
        (reference, teller.records.resolve(reference))
        for one in node.nodes("result")
        if (reference := one.text("reference"))
    ]
    observations = [one for _, one in found if one is not None and reporter.owns(one)]
    for reference in [reference for reference, one in found if one is None]:
        reporter.warn(
            ParseError(
                "fhir_missing_reference", file=reporter.file, record=resource.name, target=reference[:200]
            )
        )
    if observations:
        writer.heading(teller.say("results"))
        write_results(writer, observations, teller.records, teller.language, at=draft.authored_at)
        draft.codes.extend(codes_of(observations))
    said = [
        node.text("conclusion"),
        *(concept(one) or concept(one.node("concept")) for one in node.nodes("conclusionCode")),
    ]
    if any(said):
        writer.heading(teller.say("conclusion"))
        for text in filter(None, said):
            writer.paragraph(text)
    if is_authored(node) or (not observations and not any(said)):
        write_narrative(writer, node, teller, draft)
    writer.lines(notes(node))
    for one in (*node.nodes("imagingStudy"), *node.nodes("study")):
        target = teller.records.resolve(one.text("reference"))
        if target is not None and target.type == "ImagingStudy":
            draft.linked.append(("study", target.name))
            draft.metadata |= study_ids(target.node)


def _kind_of_report(node: Node, name: str) -> str:
    categories = {coding.text("code") for one in node.nodes("category") for coding in one.nodes("coding")}
    for kind, known in (("pathology_report", _PATHOLOGY), ("imaging_report", _IMAGING)):
        if categories & set(known):
            return kind
    found = kind_of(next((coding.text("code") for coding in node.node("code").nodes("coding")), ""), name)
    return "biology" if found == "note" and categories & set(_LABORATORY) else found
