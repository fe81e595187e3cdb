"""References to documents."""

from __future__ import annotations

from rag.ingest.fhir.drafts import Draft
from rag.ingest.fhir.node import Resource
from rag.ingest.fhir.reports.reporter import FINAL, Reporter
from rag.ingest.fhir.telling.stays import person_name
from rag.ingest.fhir.telling.words import concept
from rag.ingest.records.wording.kinds import kind_of


def document_reference(reporter: Reporter, resource: Resource, draft: Draft) -> None:
    """Write what a reference says of the document it refers to."""
    node, teller = resource.node, reporter.teller
    kind = concept(node.node("type"))
    category = next(filter(None, map(concept, node.nodes("category"))), "")
    draft.title = (
        node.text("description")
        or kind
        or next((one.text("attachment", "title") for one in node.nodes("content")), "")
        or category
    )
    draft.kind = kind_of(
        next((coding.text("code") for coding in node.node("type").nodes("coding")), ""),
        kind,
        category,
        draft.title,
    )
    if resource.status == "superseded":
        draft.title = f"{draft.title} ({teller.say('superseded').lower()})"
    doc_status = node.text("docStatus")
    draft.metadata["status"] = doc_status if doc_status not in FINAL else draft.metadata.get("status", "")
    people = [text for one in node.nodes("author") if (text := person_name(one, teller, resource))]
    draft.metadata["author"] = ", ".join(people)
    shown = {"document_type": kind, "category": ", ".join(filter(None, map(concept, node.nodes("category"))))}
    shown["organization"] = person_name(node.node("custodian"), teller, resource)
    shown["file_name"] = ", ".join(
        filter(None, (one.text("attachment", "title") for one in node.nodes("content")))
    )
    draft.metadata |= {key: text for key, text in shown.items() if text and text != draft.title}
    if "replaces_record" in draft.metadata:
        draft.metadata["replaces"] = "true"
