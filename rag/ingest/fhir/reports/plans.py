"""Care plans: what they address, their activities and goals."""

from __future__ import annotations

from rag.ingest.fhir.drafts import Draft
from rag.ingest.fhir.node import Node, Resource
from rag.ingest.fhir.reports.reporter import Reporter
from rag.ingest.fhir.telling.denials import is_flagged
from rag.ingest.fhir.telling.statement import Teller
from rag.ingest.fhir.telling.words import concept, notes, period
from rag.messages import message


def care_plan(reporter: Reporter, resource: Resource, draft: Draft) -> None:
    """Write a care plan."""
    node, teller = resource.node, reporter.teller
    names = [node.text("title"), *(concept(one) for one in node.nodes("category"))]
    what = next(filter(None, names), "")
    draft.kind, draft.title = "care_plan", what or message("list.care_plan", teller.language)
    draft.writer.line(reporter.patient.person.line(teller.language))
    status = ", ".join(
        filter(None, (teller.status(resource.status), period(node.node("period"), teller.language)))
    )
    draft.writer.line(
        f"{message('list.care_plan', teller.language)}{teller.say('colon')}"
        f" {', '.join(filter(None, (what, status)))}"
    )
    draft.writer.paragraph(node.text("description"))
    targets = [
        one for holder in node.nodes("addresses") if (one := _target(holder, teller, resource)) is not None
    ]
    inline = [concept(one.node("concept")) for one in node.nodes("addresses")]
    write_section(
        draft,
        "plan_addresses",
        [
            *(line.text for one in targets if reporter.owns(one) for line in teller.tell(one)),
            *filter(None, inline),
        ],
    )
    write_section(
        draft,
        "plan_activities",
        [text for one in node.nodes("activity") if (text := _activity(one, teller, resource))],
    )
    aims = [one for holder in node.nodes("goal") if (one := _target(holder, teller, resource)) is not None]
    write_section(
        draft, "goals", [line.text for one in aims if reporter.owns(one) for line in teller.tell(one)]
    )
    draft.writer.lines(notes(node))


def _target(holder: Node, teller: Teller, resource: Resource) -> Resource | None:
    reference = (
        holder.text("reference", "reference")
        if isinstance(holder.data.get("reference"), dict)
        else holder.text("reference")
    )
    return teller.records.resolve(reference, resource) if reference else None


def write_section(draft: Draft, section: str, texts: list[str]) -> None:
    """Write lines under a heading, if there are any."""
    if texts:
        draft.writer.heading(message(f"section.{section}", draft.language))
        draft.writer.lines(f"- {text}" for text in texts)


def _activity(node: Node, teller: Teller, resource: Resource) -> str:
    detail = node.node("detail")
    target = (
        _target(node.node("reference") or node.node("plannedActivityReference"), teller, resource)
        if not detail
        else None
    )
    said = [line.text for line in teller.tell(target)] if target is not None else []
    head = (
        concept(detail.node("code"))
        or "; ".join(said)
        or concept(next(iter(node.nodes("performedActivity")), Node({})).node("concept"))
    )
    if not head and not detail.text("description"):
        return ""
    if is_flagged(detail):
        head = teller.say("do_not_do", what=head)
    when = period(detail.node("scheduledPeriod"), teller.language) or detail.text("scheduledString")
    texts = [one for progress in node.nodes("progress") if (one := progress.text("text"))]
    return teller.clauses(
        head or detail.text("description"),
        teller.status(detail.text("status")),
        detail.text("description") if head else "",
        when,
        *texts,
    )
