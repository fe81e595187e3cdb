"""Compositions with their sections, and narratives."""

from __future__ import annotations

from rag.ingest.fhir.drafts import Draft
from rag.ingest.fhir.node import Node, Resource
from rag.ingest.fhir.reports.reporter import Reporter
from rag.ingest.fhir.telling.rest import rest_of
from rag.ingest.fhir.telling.results import write_results
from rag.ingest.fhir.telling.statement import Teller
from rag.ingest.fhir.telling.words import concept
from rag.ingest.parsing.xml_tree import parse_fragment
from rag.ingest.plain.html_unseen import take_out_unseen
from rag.ingest.records.narrative import Narrative
from rag.ingest.records.wording.kinds import kind_of
from rag.ingest.records.writing import Writer

_DEEPEST = 6


def composition(reporter: Reporter, resource: Resource, draft: Draft) -> None:
    """Write a composition with its sections."""
    node = resource.node
    kind = concept(node.node("type"))
    draft.title = node.text("title") or kind
    draft.kind = kind_of(
        next((coding.text("code") for coding in node.node("type").nodes("coding")), ""), kind, draft.title
    )
    reporter.opening(draft, resource)
    for section in node.nodes("section"):
        _section(reporter, section, draft, 1)
    if not node.has("section"):
        write_narrative(draft.writer, node, reporter.teller, draft)
    own = {key: held for key, held in node.data.items() if key != "section"}
    draft.writer.lines(rest_of(Node(own, node.path), draft.writer.text_from(0) + draft.title, draft.language))


def _section(reporter: Reporter, section: Node, draft: Draft, level: int) -> None:
    teller, writer = reporter.teller, draft.writer
    writer.heading(section.text("title") or concept(section.node("code")), level)
    before = writer.length
    write_narrative(writer, section, teller, draft)
    if writer.length == before:
        targets = [teller.records.resolve(entry.text("reference")) for entry in section.nodes("entry")]
        ours = [one for one in targets if one is not None and reporter.owns(one)]
        writer.lines(f"- {line.text}" for one in ours for line in teller.tell(one))
        observations = [one for one in ours if one.type == "Observation"]
        if observations:
            write_results(writer, observations, teller.records, teller.language, states=False)
    own = {
        key: held for key, held in section.data.items() if key not in ("section", "entry", "title", "text")
    }
    writer.lines(
        rest_of(Node(own, section.path), writer.text_from(before) + section.text("title"), teller.language)
    )
    if writer.length == before and not section.has("section"):
        writer.paragraph(concept(section.node("emptyReason")) or teller.say("not_filled_in"))
    for below in section.nodes("section") if level < _DEEPEST else ():
        _section(reporter, below, draft, level + 1)


def is_authored(node: Node) -> bool:
    """Tell whether a narrative says more than the elements that it could be generated from."""
    held = node.data.get("text")
    return isinstance(held, dict) and node.text("text", "status") not in ("generated", "extensions", "empty")


def write_narrative(writer: Writer, node: Node, teller: Teller, draft: Draft) -> None:
    """Write the narrative of a resource or a section."""
    div = node.text("text", "div") if isinstance(node.data.get("text"), dict) else ""
    if div:
        narrative = Narrative(writer, teller.language)
        shown = parse_fragment(div)
        draft.hidden += take_out_unseen(shown)
        narrative.write(shown)
        draft.struck += narrative.struck
