"""The statements of CDA entries as facts: results, problems, allergies, medicines, vaccinations, procedures,
encounters, relatives.
"""

from __future__ import annotations

from collections.abc import Iterator

from rag.core.facts import Fact, FactKind, FactStatus
from rag.ingest.cda.doses import dose_in_words, frequency, number_of_dose
from rag.ingest.cda.problems import (
    NO_ALLERGY,
    PROBLEM,
    STATUS_CODES,
    agents_of,
    allergy,
    problem,
    templates_of,
)
from rag.ingest.cda.told import ToldEntry, line_of
from rag.ingest.cda.values import NarrativeIds, codes_in, is_negated, limits, span_of, type_of
from rag.ingest.records.facts import Measured, filled, limits_in, measured, side_of, span
from rag.ingest.records.vitals import kind_of_value
from rag.ingest.records.xml import Element, child, children, local, value_at, within
from rag.messages import message

STATEMENTS = frozenset("act observation procedure encounter substanceAdministration supply".split())
_HOLDERS = frozenset("observation substanceAdministration procedure supply".split())
_ALLERGY = frozenset(("48765-2", "10155-0", "11382-9"))
_PROBLEMS = frozenset(
    "11450-4 11348-0 46241-6 46240-8 51848-0 11535-2 10160-8 29545-1 29299-5 42348-3 55109-3 10154-3".split()
)
_PROBLEM_CODES = frozenset(
    "55607006 404684003 409586006 282291009 64572001 418799008 248536006 373930000 29308-4 "
    "75326-9 ASSERTION".split()
)
_ALLERGY_CODES = frozenset(
    (
        "416098002 419199007 420134006 418038007 419511003 418471000 414285001 232347008 418634005 59037007"
        " 235719002 426232007 281647001"
    ).split()
)
_VITALS, _SOCIAL = frozenset(("8716-3",)), frozenset(("29762-2",))
_VACCINES = frozenset(("cvx", "2.16.840.1.113883.6.59"))
_VACCINATION = "2.16.840.1.113883.10.20.22.4.52"


def statements(section: Element) -> Iterator[Element]:
    """Yield the statements of a section's own entries, outermost first, not those of sections inside it."""
    for entry in children(section, "entry"):
        yield from within(entry, *STATEMENTS)


def told_of(section: Element, names: NarrativeIds) -> Iterator[ToldEntry]:
    """Yield what the entries of a section state, in order."""
    code = value_at(section, "code", "code")
    for found in statements(section):
        if _holder(found) in _HOLDERS:
            continue  # a reaction, a severity, a status: a part of what holds it
        told = _told(found, code, names)
        if told is not None:
            yield told


def _holder(statement: Element) -> str:
    """Return the name of the statement that holds another, empty for an outermost one."""
    above = statement.getparent()
    while above is not None and local(above) not in (*STATEMENTS, "entry"):
        above = above.getparent()
    return local(above) if above is not None else ""


def _told(found: Element, section: str, names: NarrativeIds) -> ToldEntry | None:
    kind = local(found)
    if kind == "observation":
        return _observation(found, section, names)
    if kind == "substanceAdministration":
        return _medicine(found, names)
    if kind in ("procedure", "encounter"):
        return _act(found, names, "procedure" if kind == "procedure" else "encounter")
    if kind == "supply":
        return _supply(found, names)
    code = child(found, "code")
    is_procedure = (
        code is not None
        and bool(code.get("code") or code.get("displayName"))
        and child(found, "entryRelationship") is None
    )
    told = _act(found, names, "procedure") if is_procedure else None
    if told is None or section in ("47519-4", "29554-3"):
        return told
    return ToldEntry(found, told.line, None)


def _observation(found: Element, section: str, names: NarrativeIds) -> ToldEntry | None:
    code, value = child(found, "code"), child(found, "value")
    known = code.get("code") or "" if code is not None else ""
    if known in STATUS_CODES:
        return None
    relative = relative_of(found, names)
    if relative:
        return _relative(found, relative, names)
    agents = [text for text in agents_of(found, names) if text]
    value_code = value.get("code") or "" if value is not None else ""
    if agents or section in _ALLERGY or value_code in _ALLERGY_CODES | NO_ALLERGY:
        return allergy(found, agents, names)
    if section in _SOCIAL:
        return _result(found, section, names)
    is_concept = value is not None and type_of(value) in ("CD", "CE", "CV", "CO", "")
    if is_concept and (
        PROBLEM in templates_of(found)
        or section in _PROBLEMS
        or known in _PROBLEM_CODES
        or (not known and value_code)
    ):
        return problem(found, names)
    return _result(found, section, names)


def _result(found: Element, section: str, names: NarrativeIds) -> ToldEntry | None:
    code, value = child(found, "code"), child(found, "value")
    what, shown = names.concept(code), names.value(value) if value is not None else ""
    if what and code is not None and code.get("code") == "ASSERTION":
        what, shown = shown, ""
    if not what or (value is None and child(found, "text") is None):
        return None
    start, end = span_of(found)
    known = tuple(codes_in(code))
    bounds = child(found, "referenceRange", "observationRange")
    missing = names.missing(value)
    state = value_at(found, "code", "statusCode")
    status: FactStatus = (
        "unusable" if missing or value is None else "preliminary" if state in ("active", "held") else "final"
    )
    number = _measured(value)
    flag = ", ".join(filter(None, (one.get("code") for one in children(found, "interpretationCode"))))
    fact = Fact(
        kind_of_value(known, is_vital=section in _VITALS, is_lifestyle=section in _SOCIAL),
        "",
        what,
        status=status,
        assertion="negated" if is_negated(found) else "present",
        value=number.value,
        comparator=number.comparator,
        unit=number.unit,
        value_text="" if missing else shown,
        side=side_of(*(names.concept(one) for one in children(found, "targetSiteCode"))),
        at=span(start, end),
        reason=missing,
        source="structured",
        codes=known,
        details=filled(
            interpretation=flag,
            method=names.concept(child(found, "methodCode")),
            specimen=specimen_of(found, names),
            **_limits(bounds, names),
        ),
    )
    return ToldEntry(found, line_of(names, what, shown, start, end), fact)


def _measured(value: Element | None) -> Measured:
    if value is None:
        return Measured()
    if value.get("value") and type_of(value) not in ("BL", "TS"):
        return measured(value.get("value") or "", value.get("unit") or "")
    return Measured()


def _limits(bounds: Element | None, names: NarrativeIds) -> dict[str, str]:
    value = child(bounds, "value")
    if value is None:
        return limits_in(names.text(child(bounds, "text")))
    found = {
        "reference_low": value_at(value, "value", "low"),
        "reference_high": value_at(value, "value", "high"),
    }
    return (
        found
        if any(found.values())
        else limits_in(limits(value, names.language) or names.text(child(bounds, "text")))
    )


def specimen_of(found: Element, names: NarrativeIds) -> str:
    """Return the specimen of a statement, or of what holds it."""
    above: Element | None = found
    while above is not None and local(above) != "entry":
        entity = child(above, "specimen", "specimenRole", "specimenPlayingEntity")
        if entity is not None and (text := names.concept(child(entity, "code"))):
            return text
        above = above.getparent()
    return ""


def relative_of(statement: Element, names: NarrativeIds) -> str:
    """Return of whom a statement speaks where that is not the patient, empty where it is."""
    above: Element | None = statement
    while above is not None and local(above) != "entry":
        subject = child(above, "subject", "relatedSubject")
        if subject is not None:
            return names.concept(child(subject, "code")) or message("record.a_relative", names.language)
        above = above.getparent()
    return ""


def _relative(found: Element, who: str, names: NarrativeIds) -> ToldEntry | None:
    value = child(found, "value")
    what = names.value(value) or names.concept(child(found, "code"))
    if not what:
        return None
    fact = Fact(
        "family",
        "",
        what,
        status="refuted" if is_negated(found) else "confirmed",
        assertion="negated" if is_negated(found) else "family",
        source="structured",
        codes=tuple(codes_in(value)),
        details=filled(relation=who),
    )
    return ToldEntry(found, f"{who}{message('record.colon', names.language)} {what}", fact)


def product_of(found: Element, names: NarrativeIds) -> tuple[str, Element | None]:
    """Return what a medicine, a vaccine or a supply is, and the element that codes it."""
    for one in found.iter():
        if local(one) in ("manufacturedMaterial", "manufacturedLabeledDrug"):
            code = child(one, "code")
            return names.concept(code) or names.text(child(one, "name")), code
    return "", None


def _medicine(found: Element, names: NarrativeIds) -> ToldEntry | None:
    what, code = product_of(found, names)
    if not what:
        return None
    start, end = span_of(found)
    dose, how_often = dose_in_words(found, names), frequency(found, names.language)
    route = names.concept(child(found, "routeCode"))
    negated, number = is_negated(found), number_of_dose(found)
    codes = tuple(codes_in(code))
    is_vaccine = any(one.system in _VACCINES for one in codes) or _VACCINATION in templates_of(found)
    kind: FactKind = "procedure" if is_vaccine else "drug"
    fact = Fact(
        kind,
        "",
        what,
        status=_medicine_status(found, negated=negated, is_vaccine=is_vaccine),
        assertion="negated" if negated else "present",
        value=number.value,
        unit=number.unit,
        value_text=dose,
        at=span(start, end),
        source="structured",
        codes=codes,
        details=filled(dose=dose, route=route, frequency=how_often),
    )
    said = message("record.semicolon", names.language).join(filter(None, (dose, route, how_often)))
    return ToldEntry(found, line_of(names, what, said, start, end), fact)


def _medicine_status(found: Element, *, negated: bool, is_vaccine: bool) -> FactStatus:
    state, mood = value_at(found, "code", "statusCode"), found.get("moodCode") or ""
    if is_vaccine:
        return "cancelled" if negated else "planned" if mood in ("INT", "RQO", "PRMS") else "done"
    if negated:
        return "not_to_give"
    if state in ("aborted", "cancelled", "suspended"):
        return "stopped"
    if mood in ("INT", "RQO", "PRMS"):
        return "planned" if state == "new" else "stopped" if state == "completed" else "continued"
    return "continued"


def _supply(found: Element, names: NarrativeIds) -> ToldEntry | None:
    what, _ = product_of(found, names)
    playing = [
        child(one, "participantRole", "playingDevice", "code") for one in children(found, "participant")
    ]
    coded = next((code for code in playing if code is not None), None)
    device = names.concept(coded)
    if not device:
        return ToldEntry(found, line_of(names, what, "", *span_of(found)), None) if what else None
    start, end = span_of(found)
    fact = Fact(
        "device",
        "",
        device,
        status="in_place",
        at=span(start, end),
        source="structured",
        codes=tuple(codes_in(coded)),
    )
    return ToldEntry(found, line_of(names, device, "", start, end), fact)


def _act(found: Element, names: NarrativeIds, kind: FactKind) -> ToldEntry | None:
    code = child(found, "code")
    what = names.concept(code) or names.text(child(found, "text"))
    if not what:
        return None
    start, end = span_of(found)
    state, mood, negated = (
        value_at(found, "code", "statusCode"),
        found.get("moodCode") or "",
        is_negated(found),
    )
    gone = negated or state in ("cancelled", "aborted")
    status: FactStatus = (
        "cancelled" if gone else "planned" if mood in ("INT", "RQO", "ARQ", "PRMS", "APT") else "done"
    )
    sites = ", ".join(filter(None, (names.concept(one) for one in children(found, "targetSiteCode"))))
    fact = Fact(
        kind,
        "",
        what,
        status=status,
        assertion="negated" if negated else "present",
        side=side_of(what, sites),
        at=span(start, end),
        source="structured",
        codes=tuple(codes_in(code)),
        details=filled(site=sites),
    )
    return ToldEntry(found, line_of(names, what, sites, start, end), fact)
