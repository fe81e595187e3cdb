"""Operations and examinations: done, planned or cancelled, when, on which side, by which way, by whom."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from rag.clinical.concepts import concept, concepts
from rag.clinical.facts.acts import status_of
from rag.clinical.facts.conditions import ids_of
from rag.clinical.facts.dating import Dated, time_of
from rag.clinical.facts.note import DOUBTFUL, LIKELY, SURE, UNSURE, NamedConcept, Note
from rag.clinical.facts.sides import side_of
from rag.clinical.phrases import phrases_in
from rag.clinical.times.periods import of_day
from rag.core.facts import Fact, FactAssertion, FactStatus, Period

_PERSON = re.compile(
    r"[\s:*]*(?:le |the )?(?P<name>(?:[Dd]r|[Pp]r|[Dd]octeur|[Pp]rofesseur|DR|PR|Prof|Mr|Mrs|Ms|Miss"
    r"|MR|MISS)\.?[ \t]+(?:[A-ZÀ-Ý](?:\.["
    r" \t-]?|[ \t]))*+"
    r"[A-ZÀ-Ý][\w'’-]*(?: [A-ZÀ-Ý][\w'’-]+)?)(?!\s?:)"
)
_APPROACH = re.compile(
    r"\bvoie d'abord\s*+[:=]\s*+(?P<told>[^\n.;]{3,60})"
    r"|\b(?P<named>(?:(?!(?:the|a|an|via|by|using|through|with|was|our|this|of)\b)[a-z-]{3,20}+ ){1,3})"
    r"approach\b"
)
_IN_BRACKETS = re.compile(r"\s*\((?P<implant>[^)\d\n]{4,60})\)")

_SENTENCE = re.compile(r"[a-zà-ÿ]{2,}[.;]\s*$")
_COMPLETED = re.compile(r"\s*(?:[-/]|(?:de|d'|of|par|by|with|avec)(?:\s*\d{1,2})?)?\s*(?:\d{1,2}\s)?")
_IMPLANT = re.compile(
    r"\b(?:implant|reference|ref|modele|model|lot|n° de serie|serial)\w*\s*[:=]\s*(?P<implant>[^\n;.]{3,60})"
)


def procedures(note: Note) -> Iterator[Fact]:
    """Yield the operations and examinations of a note."""
    things = [named for named in note.named if _is_procedure(named)]
    for number, named in enumerate(things):
        following = things[number + 1].start if number + 1 < len(things) else len(note.text)
        stand = note.stand((named.start, named.end))
        part = note.rooms.at(named.start)
        line = note.line_at(named.start)
        heads = (
            part is not None
            and part.heading[0] <= named.start < part.heading[1]
            and (part.role or part.heading[1] >= line.end - 2)
        )
        if stand.assertion == "family" or heads or _is_no_act(note, named):
            continue
        yield _procedure(note, named, following)


def _is_procedure(named: NamedConcept) -> bool:
    if named.kind in ("procedure", "imaging"):
        return named.concept not in ids_of("no_procedure")
    return named.kind == "device" and named.concept in ids_of("procedure")


def _is_no_act(note: Note, named: NamedConcept) -> bool:
    """Tell whether a name only heads what follows, or is a step of the operation that is told: neither says
    that an act was done.

    The title of a report is its first heading.
    """
    if note.kind in ("operative_report", "anaesthesia_report") and named.concept in ids_of("local_steps"):
        return (
            status_of(note, named, note.sentence_at(named.start).end, ("planned", "cancelled"))[0]
            != "cancelled"
        )
    line = note.line_at(named.start)
    words = note.text[line.start : line.end].strip(" \t#*_:-=")
    is_heading = words.isupper() or note.text[line.start : line.end].lstrip().startswith("#")
    return is_heading and not any(char.isdigit() for char in words) and not _is_title(note, line.start)


def _is_title(note: Note, start: int) -> bool:
    """Tell whether a heading is the title of a report of an act: nothing but headings and names of people
    comes before it.
    """
    if note.kind not in ("operative_report", "imaging_report", "anaesthesia_report", ""):
        return False
    before = (note.text[line.start : line.end].strip() for line in note.lines if line.end < start)
    return not any(_SENTENCE.search(words) and not words.isupper() and ":" not in words for words in before)


def _procedure(note: Note, named: NamedConcept, following: int) -> Fact:
    sentence = note.sentence_at(named.start)
    limit = min(sentence.end, _beyond(note, named, following))
    stand = note.stand((named.start, named.end))
    cue_table, cue = status_of(note, named, limit, ("planned", "cancelled"))
    dated = _dated(note, named, limit)
    inside = [
        when
        for when in note.whens
        if (sentence.start <= when.start < limit and when.event != "birth" and when.end <= named.start)
        or named.end <= when.start < limit
    ]
    future = [when for when in inside if when.is_future or when.sort == "ahead"] if dated.at is None else []
    status, assertion = _standing(note, named, cue_table, stand.assertion, stand.is_conditional, bool(future))
    at = dated.at
    if status == "planned":
        at = future[0].period if future else (dated.at if dated.is_named else None)
    side, side_end = side_of(note, (named.start, named.end))
    doubtful = bool(named.others) or note.foreign.holds(named.start)
    start = min(named.start, cue.start) if cue is not None and named.start - cue.start < 60 else named.start
    end = max(
        named.end, side_end if side else 0, cue.end if cue is not None and cue.start >= named.end else 0
    )
    return Fact(
        kind="procedure",
        concept=named.concept,
        label=note.quote(named.start, named.end),
        spans=((start, end),),
        status="unconfirmed" if doubtful else status,
        assertion=assertion,
        side=side,
        at=at,
        recorded_at=note.authored_at,
        confidence=DOUBTFUL if doubtful else SURE if dated.is_named else LIKELY if status else UNSURE,
        codes=concept(named.concept).codes,
        details=_details(note, named, sentence.start, sentence.end),
    )


def _beyond(note: Note, named: NamedConcept, following: int) -> int:
    """Return where what is said of an act ends: past a name that only completes it (``transfusion de 2 CGR le
    5``).
    """
    if not _COMPLETED.fullmatch(note.plain, named.end, following):
        return following
    later = (other.start for other in note.named if other.start > following and _is_procedure(other))
    return next(later, len(note.text))


def _dated(note: Note, named: NamedConcept, limit: int) -> Dated:
    dated = time_of(note, (named.start, named.end), limit)
    if not dated.is_named and note.rooms.role(named.start) == "history":
        return Dated(None, dated.confidence)
    if not dated.is_named and note.kind == "operative_report" and note.anchors.operation is not None:
        return Dated(of_day(note.anchors.operation), LIKELY)
    return dated


def _standing(
    note: Note, named: NamedConcept, cue: str, assertion: FactAssertion, is_conditional: bool, is_future: bool
) -> tuple[FactStatus, FactAssertion]:
    if cue == "cancelled":
        return "cancelled", "present"
    if cue == "planned":
        return "planned", "present"
    if assertion == "negated":
        return "", "negated"
    if is_future or is_conditional:
        return "planned", "hypothesis" if is_conditional else "present"
    if assertion == "hypothesis" and note.rooms.role(named.start) not in ("hypotheses",):
        return "done", "present"
    if note.rooms.role(named.start) in ("plan", "appointments"):
        return "planned", "present"
    return "done", "history" if assertion == "history" else "present"


def _details(note: Note, named: NamedConcept, start: int, end: int) -> dict[str, str]:
    details: dict[str, str] = {}
    own_report = "imaging_report" if named.kind == "imaging" else "operative_report"
    first = next((other for other in note.named if _is_procedure(other)), named)
    is_of_report = note.kind == own_report or (note.kind == "operative_report" and first.start == named.start)
    whole = is_of_report and "anesthesia" not in named.concept
    reach = (0, len(note.text)) if whole else (start, end)
    for phrase in phrases_in(note.tokens, note.language, "acts", *note.tokens_in(*reach)):
        table = phrase.name.partition(".")[0]
        if (
            table == "approach"
            and "approach" not in details
            and (
                note.kind != "operative_report"
                or start <= phrase.start < end
                or "voie" in note.plain[phrase.start : phrase.end]
            )
        ):
            details["approach"] = note.quote(phrase.start, phrase.end)
        elif (
            table == "operator"
            and "operator" not in details
            and (person := _PERSON.match(note.text, phrase.end))
        ):
            details["operator"] = person["name"]
    if (
        whole
        and note.kind == "operative_report"
        and "approach" not in details
        and (approach := _APPROACH.search(note.plain))
    ):
        told = approach.span("told") if approach["told"] else approach.span()
        details["approach"] = note.quote(*told).strip()
    if implant := _IMPLANT.search(note.plain, start, end):
        details["implant"] = note.quote(*implant.span("implant")).strip()
    elif whole and (named.concept in _implanting()) and (bracket := _IN_BRACKETS.match(note.text, named.end)):
        details["implant"] = bracket["implant"].strip()
    return details


@cache
def _implanting() -> frozenset[str]:
    """Return the operations that leave something in: their brackets name it."""
    return frozenset(row.id for row in concepts("procedure") if "arthroplasty" in row.id)


__all__ = ["Period", "procedures"]
