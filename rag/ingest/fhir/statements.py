"""Resources that are one line each in a list: problems, allergies, medicines, vaccinations, procedures, family history, goals.

A line says its status and its dates in words. What is ruled out, refused or not done says so first, so that no quote can lose it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from rag.ingest.fhir.node import Node, Resource
from rag.ingest.fhir.owners import Records
from rag.ingest.fhir.words import concept, counted, dosage, limits, notes, period, quantity, reasons, time_of, value, word
from rag.ingest.records.denial import denied
from rag.ingest.records.when import dated, in_words, span_in_words
from rag.messages import message

_RULED_OUT = ("refuted",)
_SUSPECTED = ("unconfirmed", "provisional", "differential")
_PAST = ("inactive", "remission", "resolved")
_NOT_DONE = ("not-done", "not-taken")
_OVER = ("stopped", "completed", "ended", "cancelled")


@dataclass(frozen=True, slots=True)
class Statement:
    """A line of a list: the section it stands in (a key of the table ``section``), its text, and the time it is sorted by."""

    section: str
    text: str
    when: str | None
    resource: Resource


@dataclass(frozen=True, slots=True)
class Teller:
    """Tells resources in one language."""

    language: str
    records: Records

    def say(self, key: str, **variables: object) -> str:
        """Return words of the table ``record``."""
        return message(f"record.{key}", self.language, **variables)

    def tell(self, resource: Resource) -> Iterator[Statement]:
        """Yield the lines of a resource; none where it is of a type that is no list's."""
        if teller := _TELLERS.get(resource.type):
            yield from teller(self, resource)

    def clauses(self, head: str, *parts: str) -> str:
        """Return a line: what it is about, then what is said of it."""
        said = [part for part in parts if part]
        return f"{head or self.say('unknown_what')}{' — ' if said else ''}{self.say('semicolon').join(said)}"

    def rest(self, node: Node) -> list[str]:
        """Return reasons and notes as clauses."""
        why = reasons(node, "reasonCode", "reasonReference", "reason", "statusReason")
        return [*(self.say("reason_is", text=text) for text in why), *(self.say("note_is", text=text) for text in notes(node))]

    def status(self, code: str) -> str:
        """Return the word for a status."""
        return word("status", code, self.language) if code else ""


def _condition(teller: Teller, resource: Resource) -> Iterator[Statement]:
    node = resource.node
    clinical, verified = _coded(node, "clinicalStatus"), _coded(node, "verificationStatus")
    what = concept(node.node("code"))
    onset = time_of(node, "onsetDateTime", "onsetPeriod")
    end = time_of(node, "abatementDateTime", "abatementPeriod") or None
    section, head = "problems_past" if clinical in _PAST or end else "problems_active", what
    if verified in _RULED_OUT:
        section, head, clinical = "problems_ruled_out", denied("ruled_out", what, teller.language), ""
    elif verified in _SUSPECTED:
        section, head = "problems_suspected", denied("suspected", what, teller.language)
    age = value_with_prefix(node, "onset", teller.language) if not onset else ""
    yield Statement(
        section,
        teller.clauses(
            head,
            teller.status(clinical),
            teller.status(verified) if verified != "confirmed" else "",
            span_in_words(onset, end, teller.language) or age,
            concept(node.node("severity")),
            ", ".join(filter(None, map(concept, node.nodes("bodySite")))),
            *(concept(stage.node("summary")) for stage in node.nodes("stage")),
            *teller.rest(node),
        ),
        onset or time_of(node, "recordedDate", "assertedDate"),
        resource,
    )


def _allergy(teller: Teller, resource: Resource) -> Iterator[Statement]:
    node = resource.node
    clinical, verified = _coded(node, "clinicalStatus"), _coded(node, "verificationStatus")
    what = concept(node.node("code"))
    section, head = "allergies_past" if clinical in _PAST else "allergies_active", what
    if verified in _RULED_OUT:
        section, head, clinical = "allergies_ruled_out", teller.say("allergy_ruled_out", what=what), ""
    elif verified in _SUSPECTED:
        head = denied("suspected", what, teller.language)
    critical = node.text("criticality")
    onset = time_of(node, "onsetDateTime", "onsetPeriod", "recordedDate")
    yield Statement(
        section,
        teller.clauses(
            head,
            teller.status(clinical),
            teller.status(verified) if verified != "confirmed" else "",
            word("allergy", critical, teller.language) if critical else "",
            *(word("allergy", category, teller.language) for category in node.texts("category")),
            *(_reaction(teller, reaction) for reaction in node.nodes("reaction")),
            teller.say("noted_on", date=dated(onset, teller.language)) if onset else "",
            *teller.rest(node),
        ),
        onset,
        resource,
    )


def _reaction(teller: Teller, node: Node) -> str:
    signs = ", ".join(filter(None, (concept(sign) or concept(sign.node("concept")) for sign in node.nodes("manifestation"))))
    severity = word("allergy", node.text("severity"), teller.language) if node.text("severity") else ""
    substance = concept(node.node("substance"))
    text = ", ".join(filter(None, (signs, severity, substance, node.text("description"))))
    return teller.say("reaction_is", text=text) if text else ""


def medicine(node: Node, records: Records, resource: Resource) -> str:
    """Return the medicine of a request, a statement or an administration, which may lie in a resource of its own."""
    if text := concept(node.node("medicationCodeableConcept")) or concept(node.node("medication", "concept")):
        return text
    for holder in (node.node("medicationReference"), node.node("medication", "reference"), node.node("medication")):
        target = records.resolve(holder.text("reference"), resource) if holder.text("reference") else None
        if target is not None and target.type == "Medication" and (text := concept(target.node.node("code"))):
            return text
        if text := holder.text("display"):
            return text
    return ""


_MEDICATION_SECTIONS = {
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


def _request(teller: Teller, resource: Resource) -> Iterator[Statement]:
    node, status = resource.node, resource.status
    head = medicine(node, teller.records, resource)
    if node.text("doNotPerform") == "true":
        head = teller.say("do_not_give", what=head)
    intent = node.text("intent")
    plan = intent in ("proposal", "plan") and status == "active"
    when = time_of(node, "authoredOn", "effectiveDateTime", "effectivePeriod", "dateAsserted")
    span = period(node.node("effectivePeriod"), teller.language)
    supply = node.node("dispenseRequest")
    yield Statement(
        "medications_planned" if plan else _MEDICATION_SECTIONS.get(status, "medications_other"),
        teller.clauses(
            _taken(teller, head, status),
            teller.status(status) if status not in (*_NOT_DONE, *_OVER) else "",
            word("intent", intent, teller.language) if plan else "",
            *(dosage(one, teller.language) for one in (*node.nodes("dosageInstruction"), *node.nodes("dosage"))),
            span
            or (teller.say("prescribed_on", date=dated(when, teller.language)) if when and resource.type == "MedicationRequest" else ""),
            in_words(when, teller.language) if resource.type == "MedicationStatement" and not span else "",
            quantity(supply.node("quantity")),
            *teller.rest(node),
        ),
        when,
        resource,
    )


def _taken(teller: Teller, head: str, status: str) -> str:
    """Return a medicine, with what its status denies before it: that it was taken, or that it still is."""
    if status in _NOT_DONE:
        return teller.say("not_taken", what=head)
    return teller.say("no_longer", what=head, status=teller.status(status)) if status in _OVER else head


def _administration(teller: Teller, resource: Resource) -> Iterator[Statement]:
    node, status = resource.node, resource.status
    head = medicine(node, teller.records, resource)
    when = time_of(node, "effectiveDateTime", "effectivePeriod", "occurenceDateTime", "occurencePeriod", "whenHandedOver", "whenPrepared")
    given = dosage(node.node("dosage"), teller.language) or quantity(node.node("dosage", "dose"))
    done = status in _NOT_DONE
    yield Statement(
        "administrations" if resource.type == "MedicationAdministration" else "dispenses",
        teller.clauses(
            teller.say("not_given", what=head) if done else head,
            given,
            quantity(node.node("quantity")),
            in_words(when, teller.language, clock=True),
            teller.status(status) if status != "completed" and not done else "",
            *teller.rest(node),
        ),
        when,
        resource,
    )


def _immunization(teller: Teller, resource: Resource) -> Iterator[Statement]:
    node, done = resource.node, resource.status != "not-done"
    what = concept(node.node("vaccineCode"))
    when = time_of(node, "occurrenceDateTime", "date", "recorded")
    doses = [
        text
        for one in node.nodes("protocolApplied")
        if (text := one.text("doseNumberPositiveInt") or one.text("doseNumberString") or one.text("doseNumber"))
    ]
    yield Statement(
        "immunizations" if done else "immunizations_not_done",
        teller.clauses(
            what if done else teller.say("vaccine_not_given", what=what),
            in_words(when, teller.language) or node.text("occurrenceString"),
            *(teller.say("dose_number", number=number) for number in doses),
            teller.say("lot", number=node.text("lotNumber")) if node.text("lotNumber") else "",
            quantity(node.node("doseQuantity")),
            concept(node.node("site")),
            concept(node.node("route")),
            *teller.rest(node),
        ),
        when,
        resource,
    )


def _procedure(teller: Teller, resource: Resource) -> Iterator[Statement]:
    node, status = resource.node, resource.status
    what = concept(node.node("code"))
    when = time_of(node, "performedDateTime", "performedPeriod", "occurrenceDateTime", "occurrencePeriod")
    clock = period(node.node("performedPeriod"), teller.language) or period(node.node("occurrencePeriod"), teller.language)
    yield Statement(
        "procedures_not_done" if status in _NOT_DONE else "procedures",
        teller.clauses(
            teller.say("not_done", what=what) if status in _NOT_DONE else what,
            clock or in_words(when, teller.language) or node.text("performedString") or node.text("occurrenceString"),
            teller.status(status) if status not in ("completed", *_NOT_DONE) else "",
            ", ".join(filter(None, map(concept, node.nodes("bodySite")))),
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
    )


def _family(teller: Teller, resource: Resource) -> Iterator[Statement]:
    node = resource.node
    who = concept(node.node("relationship")) or node.text("name") or teller.say("a_relative")
    dead = value_with_prefix(node, "deceased", teller.language)
    when = time_of(node, "date")
    findings = [
        ", ".join(
            filter(
                None,
                (concept(one.node("code")), value_with_prefix(one, "onset", teller.language), concept(one.node("outcome")), *notes(one)),
            )
        )
        for one in node.nodes("condition")
    ]
    if dead and dead != teller.say("no"):
        findings.append(teller.say("deceased") if dead == teller.say("yes") else teller.say("deceased_at", when=dead))
    for text in [*findings, *notes(node)] or [teller.status(resource.status)]:
        yield Statement("family", f"{teller.say('family_of', who=who)} {text}", when, resource)


def _goal(teller: Teller, resource: Resource) -> Iterator[Statement]:
    node = resource.node
    achieved = _coded(node, "achievementStatus")
    targets = [_target(teller, target) for target in node.nodes("target")]
    when = time_of(node, "startDate", "statusDate")
    yield Statement(
        "goals",
        teller.clauses(
            concept(node.node("description")),
            teller.status(node.text("lifecycleStatus")),
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


def value_with_prefix(node: Node, prefix: str, language: str) -> str:
    """Return a value of one of several types, ``onsetAge`` or ``deceasedBoolean``, in words."""
    for name in node.names():
        if name.startswith(prefix) and name[len(prefix) : len(prefix) + 1].isupper():
            kind = name[len(prefix) :]
            if kind == "Age":
                age = node.node(name)
                return message(
                    "record.at_age", language, age=f"{age.text('value')} {counted(age.text('code') or 'a', age.text('value'), language)}"
                )
            return value(Node({f"value{'DateTime' if kind == 'Date' else kind}": node.data[name]}, node.path), language)
    return ""


def _coded(node: Node, name: str) -> str:
    """Return a status: a code, or the code of a concept (R4), in small letters."""
    held = node.data.get(name)
    if isinstance(held, str):
        return held.strip().lower()
    return next((code for coding in node.node(name).nodes("coding") if (code := coding.text("code"))), "").lower()


def is_in_error(resource: Resource) -> bool:
    """Tell whether a resource was entered in error, by its status or, where it has one, its verification."""
    return "entered-in-error" in (resource.status, resource.node.text("docStatus"), _coded(resource.node, "verificationStatus"))


_TELLERS: dict[str, Callable[[Teller, Resource], Iterator[Statement]]] = {
    "Condition": _condition,
    "AllergyIntolerance": _allergy,
    "MedicationRequest": _request,
    "MedicationStatement": _request,
    "MedicationUsage": _request,
    "MedicationAdministration": _administration,
    "MedicationDispense": _administration,
    "Immunization": _immunization,
    "Procedure": _procedure,
    "FamilyMemberHistory": _family,
    "Goal": _goal,
}
LISTS = {
    "problem_list": ("Condition",),
    "allergies": ("AllergyIntolerance",),
    "medications": ("MedicationRequest", "MedicationStatement", "MedicationUsage", "MedicationAdministration", "MedicationDispense"),
    "immunizations": ("Immunization",),
    "procedures": ("Procedure",),
    "family_history": ("FamilyMemberHistory",),
    "goals": ("Goal",),
}
"""The lists of a patient: the kind of each, and the resources in it."""
SECTIONS = (
    "problems_active problems_suspected problems_past problems_ruled_out allergies_active allergies_past allergies_ruled_out "
    "medications_current medications_held medications_planned medications_past medications_not_taken medications_other "
    "administrations dispenses immunizations immunizations_not_done procedures procedures_not_done family goals"
).split()
"""The sections of lists, in the order in which they are written."""
