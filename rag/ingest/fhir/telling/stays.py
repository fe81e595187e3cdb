"""Encounters as documents: when, why, what was found, done and given in them; and observations that belong to
no report.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rag.core.facts import Fact, FactStatus
from rag.ingest.fhir.drafts import Draft
from rag.ingest.fhir.node import Node, Resource
from rag.ingest.fhir.owners import Patient, Records
from rag.ingest.fhir.telling.rest import rest_of
from rag.ingest.fhir.telling.results import codes_of, write_results
from rag.ingest.fhir.telling.statement import Teller
from rag.ingest.fhir.telling.statements import LISTS
from rag.ingest.fhir.telling.words import codes, concept, period, reasons, time_of, word
from rag.ingest.records.facts import filled, span
from rag.ingest.records.wording.when import from_iso, in_words
from rag.messages import message

_PARTS = {
    "diagnoses": ("Condition",),
    "procedures": ("Procedure",),
    "medications": LISTS["medications"],
    "immunizations": ("Immunization",),
}
_LABORATORY = "laboratory"
_OVER = ("finished", "completed", "discharged")
_RESULT_KINDS = {_LABORATORY: "biology", "imaging": "imaging_report", "procedure": "procedure_report"}


def stay(
    patient: Patient,
    encounter: Resource,
    inside: Sequence[Resource],
    loose: Sequence[Resource],
    teller: Teller,
) -> Draft:
    """Return the document of an encounter; ``inside`` are the resources that name it, ``loose`` its
    observations without a report.
    """
    node, language = encounter.node, teller.language
    kind = concept(next(iter(node.nodes("type")), Node({})))
    setting = _setting(node, language)
    held = node.node("period") or node.node("actualPeriod")
    when = time_of(node, "period", "actualPeriod")
    title = " – ".join(
        filter(None, (kind or setting or message("list.encounter", language), in_words(when, language)))
    )
    draft = Draft(patient, encounter.name, "encounter", title, language, when, encounter_id=encounter.id)
    draft.codes = [code for one in node.nodes("type") for code in codes(one)]
    draft.writer.line(patient.person.line(language))
    line = ", ".join(filter(None, (kind, setting, period(held, language, clock=True))))
    draft.writer.line(line or title, _fact(encounter, kind or setting, setting, teller))
    status = encounter.status
    if status not in (*_OVER, ""):
        draft.writer.line(teller.say("status_is", text=teller.status(status)))
    for text in _people(encounter, teller):
        draft.writer.line(text)
    for text in (*reasons(node, "reasonCode", "reasonReference"), *_reasons_r5(node)):
        draft.writer.line(teller.say("reason_was", text=text))
    left = concept(node.node("hospitalization", "dischargeDisposition")) or concept(
        node.node("admission", "dischargeDisposition")
    )
    if left:
        draft.writer.line(teller.say("left_to", text=left))
    for part, types in _PARTS.items():
        lines = [f"- {line.text}" for one in inside if one.type in types for line in teller.tell(one)]
        if lines:
            draft.writer.heading(message(f"section.stay_{part}", language))
            draft.writer.lines(lines)
    _observed(draft, loose, teller, when)
    draft.writer.lines(rest_of(node, draft.writer.text_from(0), language))
    return draft


def _fact(encounter: Resource, name: str, setting: str, teller: Teller) -> Fact:
    """Return the fact of a stay or a consultation: from when to when, in which setting, why."""
    node, status = encounter.node, encounter.status
    held = node.node("period") or node.node("actualPeriod")
    start, end = (from_iso(text) if (text := held.text(side)) else None for side in ("start", "end"))
    why = [*reasons(node, "reasonCode", "reasonReference"), *_reasons_r5(node)]
    known = [code for one in node.nodes("type") for code in codes(one)]
    gone = status in ("cancelled", "discontinued")
    fact_status: FactStatus = (
        "cancelled" if gone else "planned" if status == "planned" else "done" if status in _OVER else ""
    )
    return Fact(
        "encounter",
        "",
        name or message("list.encounter", teller.language),
        status=fact_status,
        assertion="negated" if gone else "present",
        at=span(start, end),
        reason="; ".join(why),
        source="structured",
        codes=tuple(known),
        details=filled(setting=setting, operator=", ".join(_participants(encounter, teller))),
    )


def _observed(draft: Draft, observations: Sequence[Resource], teller: Teller, at: str | None) -> None:
    if observations:
        draft.writer.heading(message("section.observations", teller.language))
        write_results(draft.writer, observations, teller.records, teller.language, at=at)
        draft.codes.extend(codes_of(observations))


def _setting(node: Node, language: str) -> str:
    held = node.data.get("class")
    coding = node.node("class") if isinstance(held, dict) else Node({})
    inner = next((one for concept_ in node.nodes("class") for one in concept_.nodes("coding")), coding)
    code = inner.text("code")
    known = word("setting", code, language)
    return known if known != code else inner.text("display")


def _reasons_r5(node: Node) -> list[str]:
    return [
        text
        for reason in node.nodes("reason")
        for one in reason.nodes("value")
        if (text := concept(one.node("concept")))
    ]


def _participants(encounter: Resource, teller: Teller) -> list[str]:
    held = [one.node("individual") or one.node("actor") for one in encounter.node.nodes("participant")]
    return [name for reference in held if (name := person_name(reference, teller, encounter))]


def _people(encounter: Resource, teller: Teller) -> Iterator[str]:
    for name in _participants(encounter, teller):
        yield teller.say("performer", name=name)
    if name := person_name(encounter.node.node("serviceProvider"), teller, encounter):
        yield teller.say("organization", name=name)


def person_name(reference: Node, teller: Teller, within: Resource) -> str:
    """Return what a reference to a professional or an organisation is called."""
    target = (
        teller.records.resolve(reference.text("reference"), within) if reference.text("reference") else None
    )
    if target is None or target.type == "Patient":
        return reference.text("display")
    if isinstance(target.node.data.get("name"), str):
        return target.node.text("name")
    names = target.node.nodes("name")
    if not names:
        return reference.text("display")
    parts = (*names[0].texts("prefix")[:1], *names[0].texts("given")[:1], names[0].text("family"))
    return names[0].text("text") or " ".join(filter(None, parts)) or reference.text("display")


def loose_results(
    patient: Patient, groups: Mapping[tuple[str, str], Sequence[Resource]], teller: Teller
) -> Iterator[Draft]:
    """Yield a document for each group of observations without a report: of one category, of one encounter or
    day.
    """
    for (category, place), observations in groups.items():
        newest = max((when for one in observations if (when := observed_at(one))), default=None)
        kind = _RESULT_KINDS.get(category, "observations")
        title = f"{message(f'list.{kind}', teller.language)} – {in_words(newest, teller.language)}".strip(
            " –"
        )
        draft = Draft(patient, f"{patient.key}/{kind}/{place}", kind, title, teller.language, newest)
        draft.encounter_id = encounter_id(observations[0], teller.records)
        draft.writer.line(patient.person.line(teller.language))
        same = len({(observed_at(one) or "")[:16] for one in observations}) == 1
        if newest:
            draft.writer.line(teller.say("done_on", date=in_words(newest, teller.language, clock=same)))
        write_results(
            draft.writer, observations, teller.records, teller.language, at=newest if same else None
        )
        draft.codes.extend(codes_of(observations))
        yield draft


def observed_at(observation: Resource) -> str | None:
    """Return when something was observed, else when it was issued."""
    return time_of(observation.node, "effectiveDateTime", "effectivePeriod", "effectiveInstant", "issued")


def encounter_name(resource: Resource, records: Records) -> str:
    """Return the name of the encounter that a resource belongs to, as far as it is in the export, else its
    address; empty without one.
    """
    node = resource.node
    held = [*node.nodes("encounter"), *node.node("context").nodes("encounter"), *node.nodes("context")]
    for reference in filter(None, (one.text("reference") for one in held)):
        target = records.resolve(reference, resource)
        if target is not None and target.type == "Encounter":
            return target.name
        if target is None and ("Encounter/" in reference or reference.startswith("urn:uuid:")):
            return reference
    return ""


def encounter_id(resource: Resource, records: Records) -> str | None:
    """Return the id of the encounter that a resource belongs to."""
    return encounter_name(resource, records).rpartition("/")[2].removeprefix("urn:uuid:") or None


def category_of(observation: Resource) -> str:
    """Return the category that decides where an observation is shown: laboratory, imaging, procedure, or none
    of these.
    """
    found = [
        coding.text("code") for one in observation.node.nodes("category") for coding in one.nodes("coding")
    ]
    if any(code in ("LAB", "HM", "CH", "MB") or code == _LABORATORY for code in found):
        return _LABORATORY
    return next((code for code in found if code in _RESULT_KINDS), "")
