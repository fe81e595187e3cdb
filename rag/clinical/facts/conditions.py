"""Conditions and signs: confirmed, suspected, refuted or past, with side and time; those of relatives go to
the family's facts.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from importlib.resources import files

from rag.clinical.assertion.reach import Stand
from rag.clinical.concepts import concept
from rag.clinical.facts.dating import Dated, time_of
from rag.clinical.facts.measured.measures import word_pattern
from rag.clinical.facts.note import DOUBTFUL, LIKELY, SURE, UNSURE, NamedConcept, Note
from rag.clinical.facts.sides import side_of
from rag.clinical.patterns import pattern
from rag.clinical.times.periods import day_of
from rag.core.facts import Fact, FactAssertion, FactStatus, Period
from rag.core.text import Span

_STATUS: dict[FactAssertion, FactStatus] = {
    "present": "confirmed",
    "negated": "refuted",
    "hypothesis": "suspected",
    "history": "confirmed",
}
_RESOLVED = pattern("past", "resolved", r"\b", r"\b")
_CURRENT = pattern("past", "current", r"\b", r"\b")
_RISKS = re.compile(r"risques|risks|complications?|informed|informee? ")
_BLOOD_LOSS = re.compile(
    r"(?:pertes? sanguines?|saignements?|(?:estimated )?blood loss)"
    r"(?:\s*+(?:estimee?s?|evaluee?s?|peroperatoires?|totales?|was|is|de|of|environ|about|approximately|a)\b)*+"
    r"\s*+[:=]?\s*+[<~]?\s*+(?:\d|minim|negligeab|faible|nul)"
)
_NEAR = 32
_SETTLED = re.compile(
    r"\b(?:but|mais|however|finalement|puis)\b[^.;\n]{0,60}\b"
    r"(?:negati(?:ve|f|fs|ves)|ruled out|excluded|ecartee?s?|eliminee?s?|infirmee?s?)\b"
)
"""A suspicion told with its outcome in the same sentence."""
_VACCINE = re.compile(
    r"\b(?:vaccin\w*|immuni[sz]\w*)(?:\s+(?:contre|anti|against|for|a jour|de|la|le|l'|the))*[\s:'(-]*$"
)
_PAST_DAYS = 180
"""A condition dated that long before the note, with no "since", is past."""


@cache
def ids_of(table: str) -> frozenset[str]:
    """Return the concept ids of one list of ``kinds.toml``."""
    data = tomllib.loads((files(__package__) / "kinds.toml").read_text(encoding="utf-8"))
    return frozenset(data[table]["ids"])


@cache
def _inherent() -> dict[str, str]:
    return dict(row.split("=") for row in ids_of("inherent"))


def conditions(note: Note) -> Iterator[Fact]:
    """Yield the conditions and signs of a note, each with what is said of it."""
    for named in note.of_kind("condition", "symptom"):
        if (
            named.concept in ids_of("no_condition")
            or note.rooms.role(named.start) == "allergies"
            or _is_heading(note, named)
        ):
            continue
        if word_pattern("status", "unusable").fullmatch(note.plain, named.start, named.end):
            continue  # "hémolysé" of a sample
        if _is_vaccinated_against(note, named):
            continue  # "vaccination grippe" is no influenza
        if _BLOOD_LOSS.match(note.plain, named.start):
            continue  # what an operation costs is measured, no illness
        stand = note.stand((named.start, named.end))
        if stand.is_other_person or stand.assertion == "family":
            continue
        fact = _condition(note, named, stand)
        if stand.assertion == "hypothesis" and stand.cue is not None and _RISKS.match(note.plain, *stand.cue):
            fact = replace(fact, status="")  # what a consent lists happened to nobody, and nobody suspects it
        yield fact


def _is_vaccinated_against(note: Note, named: NamedConcept) -> bool:
    """Tell whether a disease is named as what a vaccine is for, beside the word or in a list after it."""
    if _VACCINE.search(note.plain[max(0, named.start - _NEAR) : named.start]):
        return True
    line = note.line_at(named.start)
    listed = _VACCINE_LIST.match(note.plain, line.start, named.start)
    return listed is not None or _VACCINE_AFTER.match(note.plain, named.end) is not None


_VACCINE_LIST = re.compile(r"[\s*•-]*(?:vaccin\w*|immuni[sz]\w*)[^.;:\n]{0,20}:")
_VACCINE_AFTER = re.compile(r"\s?(?:vaccin\w*|shot\b|jab\b|immuni[sz]\w*)")


def _is_heading(note: Note, named: NamedConcept) -> bool:
    part = note.rooms.at(named.start)
    return (
        part is not None
        and part.heading[0] <= named.start
        and named.end <= part.heading[1]
        and part.role != ""
    )


def _condition(note: Note, named: NamedConcept, stand: Stand) -> Fact:
    side, side_end = side_of(note, (named.start, named.end))
    following = next(
        (other.start for other in note.of_kind("condition", "symptom") if other.start >= named.end),
        len(note.text),
    )
    sentence = note.sentence_at(named.start)
    assertion, when = assertion_at(note, (named.start, named.end), min(sentence.end, following))
    if assertion == "hypothesis" and _SETTLED.search(note.plain, named.end, sentence.end):
        assertion = "negated"
    denied = _inherent().get(named.concept)
    if denied is not None:
        named, assertion = replace(named, concept=denied), "negated" if assertion == "present" else assertion
    status = _STATUS.get(assertion, "")
    if assertion == "history" and _RESOLVED.search(
        note.plain[max(sentence.start, named.start - 16) : min(sentence.end, following, named.end + 40)]
    ):
        status = "resolved"
    if stand.is_conditional and assertion == "hypothesis":
        status = ""
    doubtful = bool(named.others) or note.foreign.holds(named.start)
    confidence = (
        DOUBTFUL if doubtful else UNSURE if assertion == "hypothesis" else SURE if when.is_named else LIKELY
    )
    start = (
        stand.cue[0]
        if stand.cue is not None
        and sentence.start <= stand.cue[0] < named.start
        and named.start - stand.cue[0] < 70
        and assertion != "history"
        else named.start
    )
    end = (
        stand.cue[1]
        if stand.cue is not None and named.end <= stand.cue[0] and stand.cue[1] - named.end < 50
        else max(named.end, side_end if side else 0)
    )
    germ = _germ(note, end)
    return Fact(
        kind="condition",
        concept=named.concept,
        label=note.quote(named.start, named.end),
        spans=((start, germ.end if germ is not None else end),),
        status="unconfirmed" if doubtful else status,
        assertion=assertion,
        side=side,
        at=when.at,
        recorded_at=note.authored_at,
        confidence=confidence,
        codes=concept(named.concept).codes,
        details={"organism": germ.concept} if germ is not None else {},
    )


def _germ(note: Note, end: int) -> NamedConcept | None:
    """Return the germ that an infection is told with: ``pyélonéphrite à E. coli``."""
    germ = next((one for one in note.of_kind("organism") if end <= one.start < end + _NEAR), None)
    return germ if germ is not None and _GERM.fullmatch(note.plain, end, germ.start) else None


_GERM = re.compile(r"(?:\s[^\W\d]+){0,2}\s(?:a|au|due? a|due to|from|with|by)\s")


def assertion_at(note: Note, span: Span, limit: int) -> tuple[FactAssertion, Dated]:
    """Return what is said of the thing at a span, its date heard, and its time; ``limit`` is where the next
    thing begins.
    """
    stand, when = note.stand(span), when_of(note, span, limit)
    if stand.assertion == "present" and _is_past(note, when):
        return "history", when
    if stand.assertion == "history" and _CURRENT.search(note.plain, span[1], min(limit, span[1] + 40)):
        return "present", when
    return stand.assertion, when


def when_of(note: Note, span: Span, limit: int) -> Dated:
    """Return since when or when a thing is said to be; an open period for "since"."""
    inside = [
        when
        for when in note.whens
        if span[1] <= when.start < limit and when.sort in ("since", "lasting") and when.event != "birth"
    ]
    if inside and (period := inside[0].period) is not None and period.start is not None:
        return Dated(Period(period.start, None, period.precision), SURE, True)
    return _undated_past(note, span, time_of(note, span, limit))


def _undated_past(note: Note, span: Span, dated: Dated) -> Dated:
    """Return no time for what lies among past illnesses without a date of its own: the note's day is not
    theirs.
    """
    if not dated.is_named and note.rooms.role(span[0]) in ("history", "family"):
        return replace(dated, at=None)
    return dated


def _is_past(note: Note, dated: Dated) -> bool:
    authored = day_of(note.authored_at)
    if not dated.is_named or dated.at is None or dated.at.end is None or authored is None:
        return False
    end = day_of(dated.at.end)
    if end is None:
        return False
    if dated.at.precision == "year":
        return end.year < authored.year
    return (authored - end).days > _PAST_DAYS


__all__ = ["assertion_at", "conditions", "ids_of", "when_of"]
