"""Problems and allergies of CDA entries as facts."""

from __future__ import annotations

from collections.abc import Iterator

from rag.core.facts import Fact, FactAssertion, FactStatus
from rag.ingest.cda.told import ToldEntry, line_of
from rag.ingest.cda.values import NarrativeIds, codes_in, is_negated, span_of
from rag.ingest.records.facts import filled, side_of, span
from rag.ingest.records.xml import Element, child, children, local, value_at

STATUS_CODES = frozenset(("33999-4", "11323-3", "SEV", "445518008", "ISSUE", "48767-8"))
NO_ALLERGY = frozenset("716186003 409137002 428607008 429625007 160244002".split())
PROBLEM = "2.16.840.1.113883.10.20.22.4.4"


def problem(found: Element, names: NarrativeIds) -> ToldEntry | None:
    """Return a problem: present, suspected, resolved or ruled out."""
    value = child(found, "value")
    what = names.concept(value) or names.text(child(found, "text"))
    if not what:
        return None
    start, end = span_of(found)
    above = found.getparent().getparent() if found.getparent() is not None else None
    state = value_at(above, "code", "statusCode") if above is not None and local(above) == "act" else ""
    is_past = (
        bool(end and end != start) or state == "completed" or _status_code(found) in ("413322009", "73425007")
    )
    status: FactStatus = "refuted" if is_negated(found) else "resolved" if is_past else "confirmed"
    assertion: FactAssertion = "negated" if is_negated(found) else "history" if is_past else "present"
    sites = ", ".join(filter(None, (names.concept(one) for one in children(found, "targetSiteCode"))))
    fact = Fact(
        "condition",
        "",
        what,
        status=status,
        assertion=assertion,
        side=side_of(
            what,
            sites,
            *(code.display for one in children(found, "targetSiteCode") for code in codes_in(one)),
        ),
        at=span(start, end if end != start or not start else None),
        source="structured",
        codes=tuple(codes_in(value)),
        details=filled(site=sites),
    )
    return ToldEntry(found, line_of(names, what, "", start, end if end != start else None), fact)


def _status_code(found: Element) -> str:
    for one in parts_of(found):
        if value_at(one, "code", "code") == "33999-4":
            return value_at(one, "code", "value")
    return ""


def templates_of(found: Element) -> set[str]:
    """Return the templates that a statement says it follows."""
    return {one.get("root") or "" for one in children(found, "templateId")}


def parts_of(found: Element) -> Iterator[Element]:
    """Yield the observations within a statement."""
    for relation in children(found, "entryRelationship"):
        yield from children(relation, "observation")


def allergy(found: Element, agents: list[str], names: NarrativeIds) -> ToldEntry | None:
    """Return an allergy: present, unconfirmed, resolved, or documented absent."""
    value = child(found, "value")
    value_code = value.get("code") or "" if value is not None else ""
    kind = names.concept(value)
    what = ", ".join(dict.fromkeys(agents)) or kind or names.text(child(found, "text"))
    if not what:
        return None
    is_absent = value_code in NO_ALLERGY or (is_negated(found) and not agents)
    status: FactStatus = "documented_absent" if is_absent else "refuted" if is_negated(found) else "present"
    start, _ = span_of(found)
    reactions = [
        (part, names.concept(child(part, "value")))
        for part in parts_of(found)
        if value_at(part, "code", "code") not in STATUS_CODES
    ]
    rated = [
        part
        for one in (found, *(part for part, _ in reactions))
        for part in parts_of(one)
        if value_at(part, "code", "code") == "SEV"
    ]
    severities = [names.concept(child(part, "value")) for part in rated]
    codes = [code for one in _entities(found) for code in codes_in(child(one, "code"))] or list(
        codes_in(value)
    )
    reaction = ", ".join(dict.fromkeys(filter(None, (text for _, text in reactions))))
    fact = Fact(
        "allergy",
        "",
        what,
        status=status,
        assertion="negated" if is_absent or is_negated(found) else "present",
        at=span(start, None),
        source="structured",
        codes=tuple(codes),
        details=filled(reaction=reaction, severity=", ".join(dict.fromkeys(filter(None, severities)))),
    )
    said = ", ".join(filter(None, (kind if agents else "", reaction)))
    return ToldEntry(found, line_of(names, what, said, start, None), fact)


def _entities(found: Element) -> Iterator[Element]:
    for participant in children(found, "participant"):
        entity = child(participant, "participantRole", "playingEntity")
        if entity is not None and (participant.get("typeCode") or "CSM") == "CSM":
            yield entity


def agents_of(found: Element, names: NarrativeIds) -> Iterator[str]:
    """Yield what an allergy is to: the participants that are consumed."""
    for entity in _entities(found):
        yield names.concept(child(entity, "code")) or names.text(child(entity, "name"))
