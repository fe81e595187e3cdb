"""Imaging studies and their series."""

from __future__ import annotations

from rag.ingest.fhir.drafts import Draft
from rag.ingest.fhir.node import Node, Resource
from rag.ingest.fhir.reports.plans import write_section
from rag.ingest.fhir.reports.reporter import Reporter
from rag.ingest.fhir.telling.words import concept, notes, reasons, word
from rag.messages import message


def imaging_study(reporter: Reporter, resource: Resource, draft: Draft) -> None:
    """Write a study and its series."""
    node, teller = resource.node, reporter.teller
    codes_done = [text for one in node.nodes("procedureCode") if (text := concept(one))]
    kinds = [text for one in node.nodes("modality") if (text := _modality(one, teller.language))]
    kinds += [
        text
        for series in node.nodes("series")
        if (text := _modality(series.node("modality"), teller.language))
    ]
    what = node.text("description") or ", ".join(codes_done) or ", ".join(dict.fromkeys(kinds))
    draft.kind, draft.title = "imaging_study", what or message("list.imaging_study", teller.language)
    draft.metadata |= study_ids(node)
    reporter.opening(draft, resource)
    draft.writer.line(
        f"{message('list.imaging_study', teller.language)}{teller.say('colon')}"
        f" {', '.join(dict.fromkeys(filter(None, (what, *kinds))))}"
    )
    for text in reasons(node, "reasonCode", "reasonReference", "reason"):
        draft.writer.line(teller.say("reason_was", text=text))
    lines = []
    for series in node.nodes("series"):
        site = concept(series.node("bodySite")) or series.text("bodySite", "display")
        side = series.text("laterality", "display") or concept(series.node("laterality"))
        said = [_modality(series.node("modality"), teller.language), series.text("description"), site, side]
        titles = [text for one in series.nodes("instance") if (text := one.text("title"))]
        lines.append(", ".join(dict.fromkeys(filter(None, (*said, *titles)))))
    write_section(draft, "series", list(filter(None, lines)))
    draft.writer.lines(notes(node))


def _modality(node: Node, language: str) -> str:
    code = node.text("code") or next((one.text("code") for one in node.nodes("coding")), "")
    known = word("modality", code, language)
    return known if known != code else node.text("display") or concept(node) or code


def study_ids(node: Node) -> dict[str, str]:
    """Return what links a study to its images and its report: its UID and its accession number."""
    found = {"study_uid": node.text("uid").removeprefix("urn:oid:"), "accession_number": ""}
    for identifier in node.nodes("identifier"):
        types = [coding.text("code") for coding in identifier.node("type").nodes("coding")]
        if "ACSN" in types:
            found["accession_number"] = identifier.text("value")
        elif identifier.text("system") == "urn:dicom:uid":
            found["study_uid"] = identifier.text("value").removeprefix("urn:oid:")
    return {key: text for key, text in found.items() if text}
