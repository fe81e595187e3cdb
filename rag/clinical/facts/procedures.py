"""Operations and examinations: done, planned or cancelled, when, on which side, by which way, by whom."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rag.clinical.concepts import concept
from rag.clinical.facts.acts import status_of
from rag.clinical.facts.conditions import ids_of
from rag.clinical.facts.dating import Dated, time_of
from rag.clinical.facts.note import DOUBTFUL, LIKELY, SURE, UNSURE, NamedConcept, Note
from rag.clinical.facts.operations.details import details_of
from rag.clinical.facts.operations.reports import Operations, is_test, operations_in
from rag.clinical.facts.sides import side_of
from rag.clinical.phrases import phrases_in
from rag.clinical.times.periods import of_day
from rag.core.facts import Fact, FactAssertion, FactStatus, Period, Side
from rag.core.text import Span

_SENTENCE = re.compile(r"[a-zà-ÿ]{2,}[.;]\s*$")
_COMPLETED = re.compile(r"\s*(?:[-/]|(?:de|d'|of|par|by|with|avec)(?:\s*\d{1,2})?)?\s*(?:\d{1,2}\s)?")


def procedures(note: Note) -> Iterator[Fact]:
    """Yield the operations and examinations of a note."""
    things = [named for named in note.named if _is_procedure(named)]
    operations = operations_in(note, things)
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
        if (
            stand.assertion == "family"
            or note.rooms.role(named.start) == "directives"
            or heads
            or (_is_no_act(note, named) and not operations.holds(named))
            or operations.is_step(note, named)
            or _is_way(note, named, things, operations)
        ):
            continue
        yield _procedure(note, named, following, operations)
    yield from _operated(note)


def _operated(note: Note) -> Iterator[Fact]:
    """Yield the operations that are told by what was operated on: ``hernie gauche opérée en 2003``."""
    for named in note.of_kind("condition"):
        found = _OPERATED.match(note.plain, named.end, note.sentence_at(named.start).end)
        if found is None or named.others or note.foreign.holds(named.start):
            continue
        stand = note.stand((named.start, named.end))
        if stand.assertion not in ("present", "history"):
            continue
        limit = note.sentence_at(named.start).end
        dated = time_of(note, (named.start, found.end()), limit)
        label = note.quote(named.start, found.end())
        yield Fact(
            kind="procedure",
            concept=f"~{note.plain[named.start : found.end()]}",
            label=label,
            spans=((named.start, found.end()),),
            status="done",
            assertion="history",
            side=side_of(note, (named.start, named.end))[0],
            at=dated.at if dated.is_named else None,
            recorded_at=note.authored_at,
            confidence=SURE if dated.is_named else LIKELY,
        )


_OPERATED = re.compile(
    r"(?:\s(?!non\b|pas\b|not\b|never\b|jamais\b)[^\W\d]{3,12}){0,3}\s,?\s?"
    r"(?:operee?s?|(?:surgically )?repaired|operated(?: on)?)\b"
)


def _is_procedure(named: NamedConcept) -> bool:
    if named.kind in ("procedure", "imaging"):
        return named.concept not in ids_of("no_procedure") | ids_of("vaccine")
    return named.kind == "device" and named.concept in ids_of("procedure")


def _is_no_act(note: Note, named: NamedConcept) -> bool:
    """Tell whether a name only heads what follows, or is a step of the operation that is told: neither says
    that an act was done.

    The title of a report is its first heading.
    """
    if note.kind == "anaesthesia_report" and named.concept in ids_of("local_steps"):
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


_MEANS = re.compile(r"\b(?:par|by|using|via)\s(?:une? |an? )?$")


def _is_way(note: Note, named: NamedConcept, things: Sequence[NamedConcept], operations: Operations) -> bool:
    """Tell whether the name of an act is only the way of another one in its sentence: ``colectomie par
    cœlioscopie``.
    """
    sentence = note.sentence_at(named.start)
    others = any(
        sentence.start <= other.start < sentence.end and other.start != named.start and not is_test(other)
        for other in things
    )
    if _MEANS.search(note.plain, max(sentence.start, named.start - 14), named.start) and any(
        operations.holds(other) and sentence.start <= other.start < named.start for other in things
    ):
        return True
    return others and any(
        phrase.name.startswith("approach.") and phrase.start <= named.start and named.end <= phrase.end
        for phrase in phrases_in(note.tokens, note.language, "acts", sentence.first, sentence.last)
    )


def _procedure(note: Note, named: NamedConcept, following: int, operations: Operations) -> Fact:
    sentence = note.sentence_at(named.start)
    limit = min(sentence.end, _beyond(note, named, following))
    stand = note.stand((named.start, named.end))
    cue_table, cue = status_of(note, named, limit, ("planned", "cancelled"))
    dated = _dated(note, named, limit, operations.holds(named))
    inside = [
        when
        for when in note.whens
        if (sentence.start <= when.start < limit and when.event != "birth" and when.end <= named.start)
        or named.end <= when.start < limit
    ]
    future = [when for when in inside if when.is_future or when.sort == "ahead"] if dated.at is None else []
    status, assertion = _standing(note, named, cue_table, stand.assertion, stand.is_conditional, bool(future))
    at = dated.at
    if status == "done" and _is_after_report(note, dated):
        status = "planned"  # what a report tells of the days after the operation was still to come
    elif status == "planned":
        at = future[0].period if future else (dated.at if dated.is_named else None)
    side, side_end = side_of(note, (named.start, named.end))
    if not side and operations.holds(named):
        side = _side_of_title(note, operations)
    doubtful = bool(named.others) or note.foreign.holds(named.start)
    start = min(named.start, cue.start) if cue is not None and named.start - cue.start < 60 else named.start
    end = max(
        named.end, side_end if side else 0, cue.end if cue is not None and cue.start >= named.end else 0
    )
    details, places = _details(note, named, limit, operations)
    return Fact(
        kind="procedure",
        concept=named.concept,
        label=note.quote(named.start, named.end),
        spans=((start, end), *(place for place in places if not start <= place[0] < place[1] <= end)),
        status="unconfirmed" if doubtful else status,
        assertion=assertion,
        side=side,
        at=at,
        recorded_at=note.authored_at,
        confidence=DOUBTFUL if doubtful else SURE if dated.is_named else LIKELY if status else UNSURE,
        codes=concept(named.concept).codes,
        details=details,
    )


def _beyond(note: Note, named: NamedConcept, following: int) -> int:
    """Return where what is said of an act ends: past a name that only completes it (``transfusion de 2 CGR le
    5``).
    """
    if not _COMPLETED.fullmatch(note.plain, named.end, following):
        return following
    later = (other.start for other in note.named if other.start > following and _is_procedure(other))
    return next(later, len(note.text))


def _details(
    note: Note, named: NamedConcept, limit: int, operations: Operations
) -> tuple[dict[str, str], tuple[Span, ...]]:
    reported = _is_reported(note, named, operations)
    if is_test(named) and not reported and (named.kind != "imaging" or note.kind == "operative_report"):
        return {}, ()
    sentence = note.sentence_at(named.start)
    return details_of(note, named, (sentence.start, sentence.end), limit, reported)


def _is_reported(note: Note, named: NamedConcept, operations: Operations) -> bool:
    return operations.holds(named) or (named.kind == "imaging" and note.kind == "imaging_report")


def _is_after_report(note: Note, dated: Dated) -> bool:
    operation = note.anchors.operation
    return (
        note.kind == "operative_report"
        and operation is not None
        and dated.at is not None
        and (dated.at.start or "")[:10] > operation.isoformat()
        and operation == note.anchors.authored
    )


def _side_of_title(note: Note, operations: Operations) -> Side:
    """Return the side that the title of a report names, where it names one only."""
    start, end = operations.title
    sides = {
        phrase.name.partition(".")[2]
        for phrase in phrases_in(note.tokens, note.language, "acts", *note.tokens_in(start, end))
        if phrase.name in ("side.left", "side.right", "side.both") and phrase.end - phrase.start > 1
    }
    return sides.pop() if len(sides) == 1 else ""  # type: ignore[return-value]  # the three names of sides


def _dated(note: Note, named: NamedConcept, limit: int, held: bool) -> Dated:
    dated = time_of(note, (named.start, named.end), limit)
    if note.kind == "operative_report" and is_test(named) and not held and "anesthesia" not in named.concept:
        sentence = note.sentence_at(named.start)
        if not any(sentence.start <= when.start < sentence.end for when in note.whens):
            return Dated(None, UNSURE)  # a test that led to the operation
    if not dated.is_named and note.rooms.role(named.start) == "history":
        return Dated(None, dated.confidence)
    if not dated.is_named and note.kind == "operative_report" and note.anchors.operation is not None:
        return Dated(of_day(note.anchors.operation), LIKELY)
    return dated


_IS_MEANS = re.compile(r"\b(?:au|aux|a l'|a la|sur (?:le |la |l')?|on|by|par)\s?$")


def _standing(
    note: Note, named: NamedConcept, cue: str, assertion: FactAssertion, is_conditional: bool, is_future: bool
) -> tuple[FactStatus, FactAssertion]:
    if cue == "cancelled":
        return "cancelled", "present"
    if cue == "planned":
        return "planned", "present"
    if assertion == "negated" and not (is_test(named) and _IS_MEANS.search(note.plain[: named.start][-12:])):
        return "", "negated"
    if assertion == "negated":
        return "done", "present"  # "pas de collection au scanner": the test was done
    if is_future or is_conditional:
        return "planned", "hypothesis" if is_conditional else "present"
    if assertion == "hypothesis" and note.rooms.role(named.start) not in ("hypotheses",):
        return "done", "present"
    if note.rooms.role(named.start) in ("plan", "appointments"):
        return "planned", "present"
    return "done", "history" if assertion == "history" else "present"


__all__ = ["Period", "procedures"]
