"""Resources of types without sentences of their own: their name, then all that they say, element by element;
nothing is left out.

What must not be done says so first. Requests, devices and appointments are facts.
"""

from __future__ import annotations

from typing import Protocol

from rag.core.facts import Fact, FactKind, FactStatus
from rag.ingest.fhir.drafts import Draft
from rag.ingest.fhir.node import Node, Resource
from rag.ingest.fhir.telling.denials import is_denied
from rag.ingest.fhir.telling.rest import label, rest_of, whole
from rag.ingest.fhir.telling.statement import Teller
from rag.ingest.fhir.telling.words import codes, concept, named, notes, reasons, time_of
from rag.ingest.parsing.xml_tree import parse_fragment
from rag.ingest.plain.html_unseen import take_out_unseen
from rag.ingest.records.facts import filled, side_of, span
from rag.ingest.records.narrative import Narrative
from rag.messages import catalogue

_NAMES = (
    "code codeCodeableConcept type serviceType vaccineCode description title topic codeCodeableReference"
    " device deviceName category productCodeableConcept topicCodeableConcept scope event morphology location"
    " name modality"
).split()
_TIMES = (
    "timingDateTime timingPeriod occurrenceDateTime occurrencePeriod start whenUsed recordedOn dateAsserted"
    " dateTime authoredOn"
).split()
_REQUESTS = frozenset(
    "ServiceRequest ProcedureRequest DiagnosticOrder ReferralRequest DeviceRequest DeviceUseRequest".split()
)
_DEVICES = frozenset("Device DeviceUseStatement DeviceUsage DeviceAssociation".split())
_APPOINTMENTS = ("Appointment",)
_DIRECTIVES = ("Consent",)
_GONE = frozenset("revoked cancelled noshow stopped rejected inactive".split())


class Opening(Protocol):
    """Writes what a document opens with."""

    @property
    def teller(self) -> Teller:
        """Return who tells its resources."""

    def opening(self, draft: Draft, resource: Resource) -> None:
        """Write the lines that a document opens with."""


def write_other(reporter: Opening, resource: Resource, draft: Draft) -> None:
    """Write a resource of a type without rules of its own."""
    teller, node = reporter.teller, resource.node
    name = _name(resource, teller)
    draft.title = name or _type(resource.type, teller.language)
    reporter.opening(draft, resource)
    if is_denied(resource):
        head = teller.say(
            "do_not_do" if resource.type in _REQUESTS or node.has("doNotPerform") else "not_done",
            what=draft.title,
        )
    else:
        head = draft.title
    fact = _fact(resource, name, teller)
    what = _type(resource.type, teller.language)
    draft.writer.line(
        f"{what}{teller.say('colon')} {head}" if what != head else head, *([fact] if fact is not None else [])
    )
    body = "\n".join(whole(node, f"{name}\n{draft.writer.text_from(0)}", teller.language))
    draft.writer.lines(line for line in body.split("\n"))
    for text in notes(node):
        if text not in draft.writer.text_from(0):
            draft.writer.paragraph(text)
    if isinstance(node.data.get("text"), dict) and (
        node.text("text", "status") not in ("generated", "extensions") or not body
    ):
        _narrative(draft, node, teller)
    draft.writer.lines(rest_of(node, draft.writer.text_from(0), teller.language))


def _name(resource: Resource, teller: Teller) -> str:
    """Return what a resource is about: its code or its device, else its category or title."""
    node = resource.node
    for name in _NAMES:
        held = node.data.get(name)
        if isinstance(held, str):
            return held.strip()
        for one in node.nodes(name) if held is not None else ():
            target = (
                teller.records.resolve(one.text("reference"), resource)
                if isinstance(one.data.get("reference"), str)
                else None
            )
            found = _device_name(target.node) if target is not None else ""
            text = found or concept(one) or named(Node({"x": one.data}), "x") or one.text("name")
            if text:
                return text
    return ""


def _device_name(node: Node) -> str:
    names = [one.text("name") or one.text("value") for one in node.nodes("deviceName")]
    kind = concept(node.node("type")) or concept(node.node("code"))
    return " ".join(dict.fromkeys(filter(None, (kind, *names))))


def _type(name: str, language: str) -> str:
    return catalogue(language).get(f"fhir_type.{name}", "") or label(name, language)


def _narrative(draft: Draft, node: Node, teller: Teller) -> None:
    div = node.text("text", "div")
    if div:
        narrative = Narrative(draft.writer, teller.language)
        shown = parse_fragment(div)
        draft.hidden += take_out_unseen(shown)
        narrative.write(shown)
        draft.struck += narrative.struck


def _fact(resource: Resource, name: str, teller: Teller) -> Fact | None:
    """Return the fact that a request, a device, an appointment or a directive states, None for a resource of
    another type.
    """
    kind = _kind(resource.type)
    if kind is None or not name:
        return None
    node, denied = resource.node, is_denied(resource)
    target = _target(resource, teller)
    known = [
        code
        for held in (node, target)
        for at in ("code", "type", "serviceType")
        for one in _concepts(held, at)
        for code in codes(one)
    ]
    start = time_of(node, *_TIMES)
    return Fact(
        kind,
        "",
        name,
        status=_status(kind, resource, denied=denied),
        assertion="negated" if denied else "present",
        side=side_of(*(concept(one) for one in _concepts(node, "bodySite")), name),
        at=span(start, time_of(node, "end") or start),
        recorded_at=time_of(node, "authoredOn", "recordedOn", "dateAsserted", "created"),
        reason="; ".join(reasons(node, "reasonCode", "reasonReference", "reason", "indication")),
        source="structured",
        codes=tuple(known),
        details=filled(site=", ".join(concept(one) for one in _concepts(node, "bodySite"))),
    )


def _target(resource: Resource, teller: Teller) -> Node:
    held = next(iter(_concepts(resource.node, "device")), Node({}))
    reference = (
        held.text("reference")
        if isinstance(held.data.get("reference"), str)
        else held.text("reference", "reference")
    )
    target = teller.records.resolve(reference, resource) if reference else None
    return target.node if target is not None else Node({})


def _concepts(node: Node, name: str) -> tuple[Node, ...]:
    return node.nodes(name) if isinstance(node.data.get(name), dict | list) else ()


def _kind(name: str) -> FactKind | None:
    if name in _REQUESTS:
        return "procedure"
    if name in _DEVICES:
        return "device"
    return "appointment" if name in _APPOINTMENTS else "directive" if name in _DIRECTIVES else None


def _status(kind: FactKind, resource: Resource, *, denied: bool) -> FactStatus:
    status = resource.status
    if denied or status in _GONE:
        return "removed" if kind == "device" and not denied else "cancelled"
    if kind == "device":
        return "removed" if status in ("completed", "stopped") else "in_place"
    return "done" if status in ("completed", "fulfilled") else "present" if kind == "directive" else "planned"
