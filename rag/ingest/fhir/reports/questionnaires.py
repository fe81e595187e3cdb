"""Questionnaires as they were answered."""

from __future__ import annotations

from rag.ingest.fhir.drafts import Draft
from rag.ingest.fhir.node import Malformed, Node, Resource
from rag.ingest.fhir.reports.reporter import Reporter
from rag.ingest.fhir.telling.words import concept, value
from rag.messages import message

_DEEPEST = 6


def questionnaire(reporter: Reporter, resource: Resource, draft: Draft) -> None:
    """Write the answers to a questionnaire."""
    draft.title = resource.node.text("questionnaire").rpartition("/")[2] or message(
        "list.questionnaire", draft.language
    )
    draft.kind = "questionnaire"
    reporter.opening(draft, resource)
    _items(reporter, resource.node, draft, 1)


def _items(reporter: Reporter, node: Node, draft: Draft, level: int) -> None:
    for item in node.nodes("item"):
        answers = [text for one in item.nodes("answer") if (text := _answer(one, draft.language))]
        label = item.text("text") or item.text("linkId")
        if item.has("item") and not answers and level < _DEEPEST:
            draft.writer.heading(label, level)
        elif label:
            shown = ", ".join(answers) or reporter.teller.say("not_filled_in").lower()
            draft.writer.line(f"{label.rstrip(' :?')}{reporter.teller.say('colon')} {shown}")
        for inner in (item, *item.nodes("answer")):
            if level < _DEEPEST:
                _items(reporter, inner, draft, level + 1)


def _answer(node: Node, language: str) -> str:
    if node.has("valueCoding"):
        return concept(Node({"coding": [node.data["valueCoding"]]}, node.path))
    known = {
        "valueDecimal": "valueString",
        "valueInteger": "valueString",
        "valueDate": "valueDateTime",
        "valueUri": "valueString",
    }
    renamed = {known.get(name, name): held for name, held in node.data.items()}
    try:
        return value(Node(renamed, node.path), language)
    except Malformed:
        return ""
