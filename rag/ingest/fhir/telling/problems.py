"""Problems and allergies as lines of a list: active, suspected, past, ruled out."""

from __future__ import annotations

from collections.abc import Iterator

from rag.core.facts import Fact, FactAssertion, FactStatus
from rag.ingest.fhir.node import Node, Resource
from rag.ingest.fhir.telling.statement import ListLine, Teller, coded_status
from rag.ingest.fhir.telling.words import (
    codes,
    concept,
    counted,
    notes,
    time_of,
    value,
    word,
)
from rag.ingest.records.facts import filled, side_of, span
from rag.ingest.records.wording.denial import denied
from rag.ingest.records.wording.when import dated, span_in_words
from rag.messages import message

_RULED_OUT = ("refuted",)
_SUSPECTED = ("unconfirmed", "provisional", "differential")
_PAST = ("inactive", "remission", "resolved")
_NO_ALLERGY = frozenset(
    "716186003 409137002 429625007 428607008 428197003 no-known-allergies 160244002".split()
)
"""Codes that say that no allergy is known: they state an absence, not an allergen."""


def condition(teller: Teller, resource: Resource) -> Iterator[ListLine]:
    """Yield the line of a problem."""
    node = resource.node
    clinical, verified = coded_status(node, "clinicalStatus"), coded_status(node, "verificationStatus")
    what = concept(node.node("code"))
    onset = time_of(node, "onsetDateTime", "onsetPeriod")
    end = time_of(node, "abatementDateTime", "abatementDate", "abatementPeriod") or None
    over = value_with_prefix(node, "abatement", teller.language) if not end else ""
    is_past = clinical in _PAST or bool(end) or over not in ("", teller.say("no"))
    section, head = "problems_past" if is_past else "problems_active", what
    status: FactStatus = "resolved" if is_past else "confirmed"
    assertion: FactAssertion = "history" if is_past else "present"
    if verified in _RULED_OUT:
        section, head, clinical = "problems_ruled_out", denied("ruled_out", what, teller.language), ""
        status, assertion = "refuted", "negated"
    elif verified in _SUSPECTED:
        section, head = "problems_suspected", denied("suspected", what, teller.language)
        status, assertion = "suspected", "hypothesis"
    age = value_with_prefix(node, "onset", teller.language) if not onset else ""
    sites = ", ".join(filter(None, map(concept, node.nodes("bodySite"))))
    yield ListLine(
        section,
        teller.clauses(
            head,
            teller.status(clinical),
            teller.status(verified) if verified != "confirmed" else "",
            span_in_words(onset, end, teller.language) or age,
            teller.say("ended", when=over) if over not in ("", teller.say("yes"), teller.say("no")) else "",
            concept(node.node("severity")),
            sites,
            *(concept(stage.node("summary")) for stage in node.nodes("stage")),
            *teller.rest(node),
        ),
        onset or time_of(node, "recordedDate", "assertedDate", "dateRecorded"),
        resource,
        (
            Fact(
                "condition",
                "",
                what or teller.say("unknown_what"),
                status=status,
                assertion=assertion,
                side=side_of(sites, what, *site_codes(node)),
                at=span(onset, end),
                recorded_at=time_of(node, "recordedDate", "assertedDate", "dateRecorded"),
                reason="; ".join(teller.why(node)),
                source="structured",
                codes=tuple(codes(node.node("code"))),
                details=filled(
                    severity=concept(node.node("severity")), site=sites, onset=age, abatement=over
                ),
            ),
        ),
    )


def site_codes(node: Node) -> list[str]:
    """Return the codes of the sites of the body that an element names."""
    return [code.code for one in node.nodes("bodySite") for code in codes(one)]


def allergy(teller: Teller, resource: Resource) -> Iterator[ListLine]:
    """Yield the line of an allergy."""
    node = resource.node
    clinical, verified = coded_status(node, "clinicalStatus"), coded_status(node, "verificationStatus")
    clinical = clinical or (resource.status if resource.status in (*_PAST, "active") else "")
    verified = verified or (
        resource.status if resource.status in (*_RULED_OUT, *_SUSPECTED, "confirmed") else ""
    )
    what = concept(node.node("code")) or concept(node.node("substance"))
    known = (*codes(node.node("code")), *codes(node.node("substance")))
    status, assertion = _allergy_status(clinical, verified, frozenset(code.code for code in known))
    section, head = "allergies_past" if clinical in _PAST else "allergies_active", what
    if verified in _RULED_OUT:
        section, head, clinical = "allergies_ruled_out", teller.say("allergy_ruled_out", what=what), ""
    elif verified in _SUSPECTED:
        head = denied("suspected", what, teller.language)
    critical = node.text("criticality")
    onset = time_of(node, "onsetDateTime", "onsetPeriod", "onset", "recordedDate", "assertedDate")
    reactions = [_reaction(teller, reaction) for reaction in node.nodes("reaction")]
    yield ListLine(
        section,
        teller.clauses(
            head,
            teller.status(clinical),
            teller.status(verified) if verified != "confirmed" else "",
            word("allergy", critical, teller.language) if critical else "",
            *(word("allergy", category, teller.language) for category in node.texts("category")),
            *(teller.say("reaction_is", text=text) for text in reactions if text),
            teller.say("noted_on", date=dated(onset, teller.language)) if onset else "",
            *teller.rest(node),
        ),
        onset,
        resource,
        (
            Fact(
                "allergy",
                "",
                what or teller.say("unknown_what"),
                status=status,
                assertion=assertion,
                at=span(time_of(node, "onsetDateTime", "onsetPeriod", "onset"), None),
                recorded_at=time_of(node, "recordedDate", "assertedDate"),
                source="structured",
                codes=known,
                details=filled(
                    reaction="; ".join(filter(None, reactions)),
                    severity=", ".join(
                        dict.fromkeys(
                            one.text("severity")
                            for one in node.nodes("reaction")
                            if isinstance(one.data.get("severity"), str)
                        )
                    ),
                    criticality=critical,
                ),
            ),
        ),
    )


def _allergy_status(clinical: str, verified: str, known: frozenset[str]) -> tuple[FactStatus, FactAssertion]:
    if known & _NO_ALLERGY:
        return "documented_absent", "negated"
    if verified in _RULED_OUT:
        return "refuted", "negated"
    if verified in _SUSPECTED:
        return "unconfirmed", "hypothesis"
    return "present", "history" if clinical in _PAST else "present"


def _reaction(teller: Teller, node: Node) -> str:
    signs = ", ".join(
        filter(None, (concept(sign) or concept(sign.node("concept")) for sign in node.nodes("manifestation")))
    )
    severity = word("allergy", node.text("severity"), teller.language) if node.text("severity") else ""
    substance = concept(node.node("substance"))
    return ", ".join(filter(None, (signs, severity, substance, node.text("description"), *notes(node))))


def value_with_prefix(node: Node, prefix: str, language: str) -> str:
    """Return a value of one of several types, ``onsetAge`` or ``deceasedBoolean``, in words."""
    for name in node.names():
        if name.startswith(prefix) and name[len(prefix) : len(prefix) + 1].isupper():
            kind = name[len(prefix) :]
            if kind == "Age":
                age = node.node(name)
                return message(
                    "record.at_age",
                    language,
                    age=(
                        f"{age.text('value')} {counted(age.text('code') or 'a', age.text('value'), language)}"
                    ),
                )
            return value(
                Node({f"value{'DateTime' if kind == 'Date' else kind}": node.data[name]}, node.path), language
            )
    return ""
