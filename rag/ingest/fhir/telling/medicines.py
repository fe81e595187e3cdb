"""Medicines requested, stated, given and dispensed, as lines: what, how much, how, when, and whether it was
given or taken at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from rag.clinical.times.moments import day_of
from rag.core.facts import Fact, FactStatus, Period
from rag.core.types import Code
from rag.ingest.fhir.node import Node, Resource
from rag.ingest.fhir.owners import Records
from rag.ingest.fhir.telling.denials import adherence, is_denied, plain
from rag.ingest.fhir.telling.dosage import dosage, doses, in_order, timing
from rag.ingest.fhir.telling.statement import ListLine, Teller
from rag.ingest.fhir.telling.words import codes, concept, named, period, quantity, time_of, word
from rag.ingest.records.facts import Measured, day, filled, measured, span
from rag.ingest.records.wording.when import dated, in_words
from rag.messages import message

_OVER = ("stopped", "completed", "ended", "cancelled")
_SECTIONS = {
    "active": "medications_current",
    "completed": "medications_past",
    "stopped": "medications_past",
    "ended": "medications_past",
    "cancelled": "medications_past",
    "on-hold": "medications_held",
    "draft": "medications_planned",
    "intended": "medications_planned",
    "not-taken": "medications_not_taken",
}
_FACT_STATUSES: dict[str, FactStatus] = {
    "active": "continued",
    "completed": "stopped",
    "stopped": "stopped",
    "ended": "stopped",
    "cancelled": "stopped",
    "on-hold": "stopped",
    "draft": "planned",
    "intended": "planned",
    "recorded": "continued",
}


def medicine(node: Node, records: Records, resource: Resource) -> str:
    """Return the medicine of a request, a statement or an administration, which may lie in a resource of its
    own.
    """
    if text := concept(node.node("medicationCodeableConcept")) or concept(node.node("medication", "concept")):
        return text
    for holder in _holders(node):
        target = records.resolve(holder.text("reference"), resource) if holder.text("reference") else None
        if target is not None and target.type == "Medication" and (text := _medication(target.node)):
            return text
        if text := holder.text("display"):
            return text
    return ""


def _holders(node: Node) -> list[Node]:
    inner = (
        node.node("medication", "reference")
        if isinstance(node.node("medication").data.get("reference"), dict)
        else Node({})
    )
    return [node.node("medicationReference"), inner, node.node("medication")]


def _medication(node: Node) -> str:
    """Return a medicine's name, or of what it is made where it has none."""
    if text := concept(node.node("code")) or node.text("name"):
        return text
    parts = [
        concept(one.node("itemCodeableConcept")) or named(one, "item") for one in node.nodes("ingredient")
    ]
    return " + ".join(filter(None, parts))


def medicine_codes(node: Node, records: Records, resource: Resource) -> tuple[Code, ...]:
    """Return the codes of a medicine."""
    found = [*codes(node.node("medicationCodeableConcept")), *codes(node.node("medication", "concept"))]
    for holder in _holders(node) if not found else ():
        target = records.resolve(holder.text("reference"), resource) if holder.text("reference") else None
        if target is not None and target.type == "Medication":
            found.extend(codes(target.node.node("code")))
    return tuple(found)


def request(teller: Teller, resource: Resource) -> Iterator[ListLine]:
    """Yield the line of a request for a medicine, or of a statement that it is taken."""
    node, status = resource.node, _adhered(resource)
    head = name = medicine(node, teller.records, resource)
    denied = is_denied(resource)
    if plain(node, "doNotPerform") == "true":
        head = teller.say("do_not_give", what=head)
    elif denied:
        head = teller.say("not_taken", what=head)
    elif status in _OVER:
        head = teller.say("no_longer", what=head, status=teller.status(status))
    intent = node.text("intent")
    plan = intent in ("proposal", "plan") and status == "active"
    when = time_of(node, "authoredOn", "dateWritten", "effectiveDateTime", "effectivePeriod", "dateAsserted")
    held = node.node("effectivePeriod")
    ended = _ended(node, status)
    shown = period(held, teller.language)
    dosages = in_order(
        [
            *node.nodes("dosageInstruction"),
            *(node.nodes("dosage") if isinstance(node.data.get("dosage"), dict | list) else ()),
        ]
    )
    ordered = bool(when) and resource.type not in ("MedicationStatement", "MedicationUsage")
    uncertain = plain(node, "taken") in ("unk", "na")
    section = (
        "medications_planned"
        if plan
        else "medications_other"
        if uncertain
        else _SECTIONS.get(status, "medications_other")
    )
    text = teller.clauses(
        head,
        teller.status(status) if status not in ("not-taken", *_OVER) else "",
        teller.say("taken_unknown") if uncertain else "",
        word("intent", intent, teller.language) if plan else "",
        *(dosage(one, teller.language) for one in dosages),
        shown or (teller.say("prescribed_on", date=dated(when, teller.language)) if ordered else ""),
        in_words(when, teller.language) if not ordered and not shown else "",
        quantity(node.node("dispenseRequest", "quantity")),
        "" if shown else period(ended, teller.language),
        *teller.rest(node),
    )
    fact_status: FactStatus = (
        "not_to_give" if denied else "planned" if plan else _FACT_STATUSES.get(status, "unconfirmed")
    )
    end = _end(held) or _end(ended) or next(filter(None, (_bounded(one, when) for one in dosages)), None)
    at = span(time_of(node, "effectivePeriod") if held.text("start") else when, end)
    fact = _fact(
        teller, resource, name, dosages, "unconfirmed" if uncertain and not denied else fact_status, at
    )
    yield ListLine(
        "medications_not_taken" if denied and fact_status else section, text, when, resource, (fact,)
    )


def _adhered(resource: Resource) -> str:
    """Return the status of a request or a statement; of a statement of R5 that is recorded, whether the
    medicine is taken.
    """
    taken = adherence(resource.node)
    if resource.status not in ("recorded", "") or not taken:
        return resource.status
    return (
        "stopped"
        if taken.startswith("stopped")
        else "on-hold"
        if "on-hold" in taken
        else "active"
        if taken.startswith("taking")
        else "unknown"
    )


def _ended(node: Node, status: str) -> Node:
    """Return the end of the days on which a prescription that is over could be supplied; of one that goes on
    it says only when it must be renewed.
    """
    end = node.node("dispenseRequest", "validityPeriod").text("end")
    return Node({"end": end}) if end and status in _OVER else Node({})


_MOST_DIGITS = 4
_BOUND_DAYS = {"d": 1, "wk": 7}


def _bounded(dosage: Node, when: str | None) -> str | None:
    """Return the last day of a dosage that has a period of its own, or a counted length from its order on."""
    repeat = dosage.node("timing", "repeat")
    length = (
        repeat.node("boundsDuration") if isinstance(repeat.data.get("boundsDuration"), dict) else Node({})
    )
    unit, count = _BOUND_DAYS.get(length.text("code"), 0), length.text("value")
    begun = day_of(when)
    if unit and count.isdigit() and begun is not None and len(count) < _MOST_DIGITS:
        return (begun + timedelta(days=int(count) * unit)).isoformat()
    return next(
        (
            end
            for name in ("boundsPeriod", "bounds")
            if isinstance(repeat.data.get(name), dict) and (end := _end(repeat.node(name)))
        ),
        None,
    )


def _end(held: Node) -> str | None:
    return time_of(Node({"period": {"start": held.text("end")}}), "period") if held.text("end") else None


def administration(teller: Teller, resource: Resource) -> Iterator[ListLine]:
    """Yield the line of a medicine that was given or dispensed, or was not."""
    node, status = resource.node, resource.status
    head = medicine(node, teller.records, resource)
    names = (
        "effectiveDateTime effectivePeriod effectiveTimeDateTime effectiveTimePeriod occurenceDateTime"
        " occurencePeriod occurrenceDateTime"
    )
    when = time_of(node, *names.split(), "occurrencePeriod", "whenHandedOver", "whenPrepared")
    held = [*node.nodes("dosage"), *node.nodes("dosageInstruction")]
    given = [dosage(one, teller.language) or quantity(one.node("dose")) for one in in_order(held)]
    denied, is_dispensed = is_denied(resource), resource.type == "MedicationDispense"
    text = teller.clauses(
        teller.say("not_given", what=head) if denied else head,
        *given,
        quantity(node.node("quantity")),
        period(node.node("effectivePeriod") or node.node("occurencePeriod"), teller.language, clock=True)
        or in_words(when, teller.language, clock=True),
        teller.status(status) if status != "completed" and not denied else "",
        *teller.rest(node),
    )
    stopped = status in ("stopped", "cancelled", "declined")
    fact_status: FactStatus = (
        "not_to_give" if denied else "stopped" if stopped else "continued" if is_dispensed else "given"
    )
    fact = _fact(teller, resource, head, held, fact_status, day(when))
    yield ListLine("dispenses" if is_dispensed else "administrations", text, when, resource, (fact,))


def _fact(
    teller: Teller, resource: Resource, name: str, held: Sequence[Node], status: FactStatus, at: Period | None
) -> Fact:
    """Return the fact of a medicine; its value is its dose where there is one alone."""
    node, language = resource.node, teller.language
    shown = [text for one in held for text in doses(one, language)]
    number = _dose(held) if len(set(shown)) == 1 else Measured()
    return Fact(
        "drug",
        "",
        name or message("record.unknown_what", language),
        status=status,
        assertion="negated" if status == "not_to_give" else "present",
        value=number.value,
        comparator=number.comparator,
        unit=number.unit,
        value_text=shown[0] if len(set(shown)) == 1 else "",
        at=at,
        recorded_at=time_of(node, "authoredOn", "dateAsserted", "recorded"),
        reason="; ".join(teller.why(node)),
        source="structured",
        codes=medicine_codes(node, teller.records, resource),
        details=filled(
            dose=", ".join(dict.fromkeys(shown)),
            route=", ".join(dict.fromkeys(filter(None, (concept(one.node("route")) for one in held)))),
            frequency=", ".join(
                dict.fromkeys(
                    filter(None, (timing(one.node("timing"), language) or one.text("text") for one in held))
                )
            ),
        ),
    )


def _dose(held: Sequence[Node]) -> Measured:
    for one in held:
        for inner in (*one.nodes("doseAndRate"), one):
            for name in ("doseQuantity", "dose", "quantityQuantity"):
                found = inner.node(name) if isinstance(inner.data.get(name), dict | list) else Node({})
                if found.text("value"):
                    return measured(
                        found.text("comparator") + found.text("value"),
                        found.text("code") or found.text("unit"),
                    )
    return Measured()
