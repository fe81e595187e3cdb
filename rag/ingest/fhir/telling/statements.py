"""Resources that are one line each in a list: problems, allergies, medicines, vaccinations, procedures,
family history, goals.

A line says its status and its dates in words. What is ruled out, refused or not done says so first, so that
no quote can lose it.
"""

from __future__ import annotations

from collections.abc import Iterator

from rag.core.facts import Fact, FactStatus
from rag.ingest.fhir.node import Node, Resource
from rag.ingest.fhir.telling.denials import is_denied
from rag.ingest.fhir.telling.medicines import administration, request
from rag.ingest.fhir.telling.problems import allergy, condition, site_codes, value_with_prefix
from rag.ingest.fhir.telling.statement import ListLine, Tell, Teller, coded_status
from rag.ingest.fhir.telling.words import (
    codes,
    concept,
    limits,
    notes,
    period,
    quantity,
    time_of,
)
from rag.ingest.records.facts import day, filled, measured, side_of, span
from rag.ingest.records.wording.when import in_words
from rag.messages import message


def _immunization(teller: Teller, resource: Resource) -> Iterator[ListLine]:
    node, done = resource.node, not is_denied(resource)
    what = concept(node.node("vaccineCode"))
    when = time_of(node, "occurrenceDateTime", "date", "recorded")
    amount = node.node("doseQuantity")
    number = measured(amount.text("value"), amount.text("code") or amount.text("unit"))
    site, route = concept(node.node("site")), concept(node.node("route"))
    doses_of = (*node.nodes("protocolApplied"), *node.nodes("vaccinationProtocol"))
    doses = [
        text
        for one in doses_of
        if (
            text := one.text("doseNumberPositiveInt")
            or one.text("doseNumberString")
            or one.text("doseNumber")
            or one.text("doseSequence")
        )
    ]
    yield ListLine(
        "immunizations" if done else "immunizations_not_done",
        teller.clauses(
            what if done else teller.say("vaccine_not_given", what=what),
            in_words(when, teller.language) or node.text("occurrenceString"),
            *(teller.say("dose_number", number=number) for number in doses),
            teller.say("lot", number=node.text("lotNumber")) if node.text("lotNumber") else "",
            quantity(amount),
            site,
            route,
            *teller.rest(node),
        ),
        when,
        resource,
        (
            Fact(
                "procedure",
                "",
                what or teller.say("unknown_what"),
                status="done" if done else "cancelled",
                assertion="present" if done else "negated",
                value=number.value,
                unit=number.unit,
                value_text=quantity(amount),
                side=side_of(site),
                at=day(when),
                recorded_at=time_of(node, "recorded"),
                reason="; ".join(teller.why(node)),
                source="structured",
                codes=tuple(codes(node.node("vaccineCode"))),
                details=filled(
                    dose=quantity(amount),
                    route=route,
                    site=site,
                    dose_number=", ".join(doses),
                    lot=node.text("lotNumber"),
                ),
            ),
        ),
    )


def _procedure(teller: Teller, resource: Resource) -> Iterator[ListLine]:
    node, status, is_undone = resource.node, resource.status, is_denied(resource)
    what = concept(node.node("code"))
    sites = ", ".join(filter(None, map(concept, node.nodes("bodySite"))))
    when = time_of(node, "performedDateTime", "performedPeriod", "occurrenceDateTime", "occurrencePeriod")
    clock = period(node.node("performedPeriod"), teller.language) or period(
        node.node("occurrencePeriod"), teller.language
    )
    yield ListLine(
        "procedures_not_done" if is_undone else "procedures",
        teller.clauses(
            teller.say("not_done", what=what) if is_undone else what,
            clock
            or in_words(when, teller.language)
            or node.text("performedString")
            or node.text("occurrenceString"),
            teller.status(status) if status not in ("completed", "not-done") and not is_undone else "",
            sites,
            *(concept(one) for one in node.nodes("outcome")),
            *(
                teller.say("complication", text=text)
                for one in node.nodes("complication")
                if (text := concept(one) or concept(one.node("concept")))
            ),
            *teller.rest(node),
        ),
        when,
        resource,
        (
            Fact(
                "procedure",
                "",
                what or teller.say("unknown_what"),
                status=_procedure_status(status, is_undone=is_undone),
                assertion="negated" if is_undone else "present",
                side=side_of(sites, what, *site_codes(node)),
                at=span(when, _end_of(node) or when),
                recorded_at=time_of(node, "recorded"),
                reason="; ".join(teller.why(node)),
                source="structured",
                codes=tuple(codes(node.node("code"))),
                details=filled(
                    site=sites, operator=", ".join(_operators(node)), outcome=concept(node.node("outcome"))
                ),
            ),
        ),
    )


def _procedure_status(status: str, *, is_undone: bool) -> FactStatus:
    if is_undone or status in ("aborted", "stopped", "suspended", "on-hold"):
        return "cancelled"
    return (
        "planned"
        if status in ("preparation", "planned", "scheduled", "in-progress")
        else "unconfirmed"
        if status == "unknown"
        else "done"
    )


def _end_of(node: Node) -> str | None:
    ends = [node.node(name).text("end") for name in ("performedPeriod", "occurrencePeriod") if node.has(name)]
    return next((iso for end in ends if end and (iso := time_of(Node({"end": end}), "end"))), None)


def _operators(node: Node) -> list[str]:
    return [text for one in node.nodes("performer") if (text := one.text("actor", "display"))]


def _family(teller: Teller, resource: Resource) -> Iterator[ListLine]:
    node = resource.node
    who = concept(node.node("relationship")) or node.text("name") or teller.say("a_relative")
    dead = value_with_prefix(node, "deceased", teller.language)
    born = value_with_prefix(node, "born", teller.language)
    when = time_of(node, "date")
    findings = [
        ", ".join(
            filter(
                None,
                (
                    concept(one.node("code")),
                    value_with_prefix(one, "onset", teller.language),
                    concept(one.node("outcome")),
                    *notes(one),
                ),
            )
        )
        for one in node.nodes("condition")
    ]
    if born:
        findings.append(teller.say("born_u", date=born))
    if dead and dead != teller.say("no"):
        findings.append(
            teller.say("deceased") if dead == teller.say("yes") else teller.say("deceased_at", when=dead)
        )
    facts = [_relatives(one, who, when, teller) for one in node.nodes("condition")]
    if is_denied(resource):
        findings, facts = [teller.say("not_done", what=message("list.family_history", teller.language))], []
    told = [*findings, *teller.rest(node)] or [teller.status(resource.status)]
    for at, text in enumerate(told):
        yield ListLine(
            "family", f"{teller.say('family_of', who=who)} {text}", when, resource, tuple(facts[at : at + 1])
        )


def _relatives(node: Node, who: str, when: str | None, teller: Teller) -> Fact:
    """Return the fact that a relative has or had something."""
    return Fact(
        "family",
        "",
        concept(node.node("code")) or teller.say("unknown_what"),
        status="confirmed",
        assertion="family",
        recorded_at=when,
        source="structured",
        codes=tuple(codes(node.node("code"))),
        details=filled(
            relation=who,
            onset=value_with_prefix(node, "onset", teller.language),
            outcome=concept(node.node("outcome")),
        ),
    )


def _goal(teller: Teller, resource: Resource) -> Iterator[ListLine]:
    node = resource.node
    achieved = coded_status(node, "achievementStatus")
    targets = [_target(teller, target) for target in node.nodes("target")]
    when = time_of(node, "startDate", "statusDate")
    yield ListLine(
        "goals",
        teller.clauses(
            (
                concept(node.node("description"))
                if isinstance(node.data.get("description"), dict | list)
                else node.text("description")
            ),
            teller.status(node.text("lifecycleStatus") or resource.status),
            teller.status(achieved),
            *targets,
            *teller.rest(node),
        ),
        when,
        resource,
    )


def _target(teller: Teller, node: Node) -> str:
    aim = concept(node.node("measure"))
    reach = (
        quantity(node.node("detailQuantity"))
        or limits(node.node("detailRange"), teller.language)
        or concept(node.node("detailCodeableConcept"))
    )
    return ", ".join(filter(None, (aim, reach, in_words(time_of(node, "dueDate"), teller.language))))


TELLERS: dict[str, Tell] = {
    "Condition": condition,
    "AllergyIntolerance": allergy,
    **dict.fromkeys(
        "MedicationRequest MedicationOrder MedicationPrescription MedicationStatement "
        "MedicationUsage".split(),
        request,
    ),
    "MedicationAdministration": administration,
    "MedicationDispense": administration,
    "Immunization": _immunization,
    "Procedure": _procedure,
    "FamilyMemberHistory": _family,
    "Goal": _goal,
}
LISTS = {
    "problem_list": ("Condition",),
    "allergies": ("AllergyIntolerance",),
    "medications": (
        "MedicationRequest",
        "MedicationOrder",
        "MedicationPrescription",
        "MedicationStatement",
        "MedicationUsage",
        "MedicationAdministration",
        "MedicationDispense",
    ),
    "immunizations": ("Immunization",),
    "procedures": ("Procedure",),
    "family_history": ("FamilyMemberHistory",),
    "goals": ("Goal",),
}
"""The lists of a patient: the kind of each, and the resources in it."""
SECTIONS = (
    "problems_active problems_suspected problems_past problems_ruled_out allergies_active allergies_past"
    " allergies_ruled_out medications_current medications_held medications_planned medications_past"
    " medications_not_taken medications_other administrations dispenses immunizations immunizations_not_done"
    " procedures procedures_not_done family goals"
).split()
"""The sections of lists, in the order in which they are written."""
