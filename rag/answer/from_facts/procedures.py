"""Operations and devices: what was done, on which side, how, by whom, when. Planned is not done."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rag.answer.from_facts.matching import subjects
from rag.answer.from_facts.operations import is_done, is_surgery, operations, principal, told_best
from rag.answer.from_facts.record import Record, day_of, in_time, said_once, sure
from rag.answer.from_facts.values import FactAnswer, FactStatement, Fragment, not_found, quoted, statement
from rag.answer.from_facts.wording.periods import fitting
from rag.answer.from_facts.wording.phrases import doubt_of, label_of, reason_of, say, sided, when_of
from rag.core.facts import Fact, FactKind, Side
from rag.understand.values import QuestionPart

_DETAILS = ("approach", "implant", "operator", "anaesthesia", "complication")
_ASKED_AS = {
    "approach": "approach",
    "implant": "implant",
    "who": "operator",
    "anaesthesia": "anaesthesia",
    "complication": "complication",
}
_KINDS: frozenset[FactKind] = frozenset({"procedure", "device"})
_SORTS = frozenset({"procedure", "device", "imaging"})
_MOST = 12
_ANOTHER_MATTER = frozenset({"symptom", "lab", "vital"})
STATED_AS = {
    "planned": "procedure_planned",
    "cancelled": "procedure_cancelled",
    "removed": "device_removed",
    "in_place": "device_in_place",
}
"""Phrases by status; what was simply done is named."""


def answer_procedure(part: QuestionPart, record: Record, language: str) -> FactAnswer:
    """Say what was done; of a detail asked for, only what the record gives of it."""
    if any(one.kind in _ANOTHER_MATTER for one in part.named):
        return not_found()  # what was lost, felt or measured there, not what was done
    if part.asks("dose"):
        return not_found()  # of rays or a drug: no fact of an act has it
    chosen, near = _chosen(part, record)
    wanted = [_ASKED_AS[name] for name in _ASKED_AS if part.asks(name)]
    if part.intent == "laterality" or part.asks("side"):
        return _sides(chosen, near, part, language)
    if wanted:
        return _detailed(chosen, near, wanted, language)
    coming = part.asks("planned")
    kept = [fact for fact in chosen if (fact.status in ("planned", "cancelled")) == coming] or (
        [] if coming else chosen
    )
    if part.asks("reason"):
        kept = [fact for fact in kept if fact.reason]
    lines = tuple(_line(fact, language, _DETAILS[:2] if len(kept) == 1 else ()) for fact in kept[-_MOST:])
    if part.asks("result") and _is_of_an_image(part):  # what it showed stands in the document's own words
        lines = tuple(quoted(fact, *_line(fact, language, ()).pieces, " ") for fact in kept[-_MOST:])
        return FactAnswer("partial", lines, tuple(near)) if lines else not_found(near)
    return FactAnswer("answered", lines) if lines else not_found(near)


def _is_of_an_image(part: QuestionPart) -> bool:
    return bool(part.named) and all(one.kind == "imaging" for one in part.named)


def answer_who_when(part: QuestionPart, record: Record, language: str) -> FactAnswer:
    """Say by whom, or when, something was done."""
    chosen, near = _chosen(part, record)
    if part.asks("stop") and any(fact.kind == "device" for fact in chosen):
        chosen = [fact for fact in chosen if fact.status == "removed"]
    if part.asks("who"):
        return _detailed(chosen, near, ["operator"], language)
    dated = [fact for fact in chosen if day_of(fact)]
    kept = [fact for fact in dated if fact.status not in ("planned", "cancelled")] or dated
    if part.when.mode in ("latest", "first"):
        kept = kept[-1:] if part.when.mode == "latest" else kept[:1]
    return (
        FactAnswer("answered", tuple(_line(fact, language, ()) for fact in kept[-_MOST:]))
        if kept
        else not_found(near)
    )


def _chosen(part: QuestionPart, record: Record) -> tuple[list[Fact], list[Fact]]:
    """Return the operations asked about, each once, and those that come near."""
    kinds, sorts = part.kinds & _KINDS or _KINDS, _SORTS
    if part.asks("implant", "approach", "anaesthesia"):
        kinds = _KINDS  # an operation tells what it put in
    if part.intent == "laterality" and part.kinds & {"condition"}:
        kinds, sorts = kinds | {"condition"}, sorts | {"condition", "symptom"}
    found = [fact for subject in subjects(part, record, kinds, sorts) for fact in subject.facts]
    own = [fact for fact in found if fact.assertion not in ("family", "negated") and sure([fact])]
    if not part.named:
        own = [
            fact
            for fact in own
            if is_surgery(fact)
            or ("device" in part.kinds and "procedure" not in part.kinds and fact.kind == "device")
        ]
    sided = [fact for fact in own if not part.side or fact.side in (part.side, "both")]
    within = fitting(sided, part.when, record) or []
    chosen = operations(within)
    if part.named or part.words:
        return in_time(chosen), said_once(found)
    is_of_one = part.intent in ("laterality", "who_when") or part.asks(*_ASKED_AS)
    done = [fact for fact in chosen if is_done(fact) and fact.at is not None]
    if not is_of_one or not done:
        return in_time(principal(chosen)), said_once(found)
    best = told_best(done)
    if part.intent == "laterality":  # another document may put the same operation on the other side
        best = [fact for fact in done if fact.side and fact.concept in {one.concept for one in best}] or best
    return in_time(best), said_once(found)


def _sides(chosen: Sequence[Fact], near: Sequence[Fact], part: QuestionPart, language: str) -> FactAnswer:
    sided = [fact for fact in chosen if fact.side]
    done = [fact for fact in sided if is_done(fact)] or sided
    if not done:
        return not_found(near)
    lines = [_line(fact, language, ()) for fact in done[-_MOST:]]
    if _on_two_sides(done):
        head = Fragment(say("contradiction", language), is_frame=True)
        return FactAnswer("contradictory", (statement(lines[0].facts, head, *lines[0].pieces), *lines[1:]))
    return FactAnswer("answered", tuple(lines))


def _on_two_sides(facts: Sequence[Fact]) -> bool:
    """Two documents put one operation of one day on two sides; two operations, or one on both sides, are no
    contradiction.
    """
    by_operation: dict[tuple[str, str], dict[Side, set[str]]] = {}
    for fact in facts:
        by_operation.setdefault((fact.concept, day_of(fact)), {}).setdefault(fact.side, set()).add(
            fact.doc_id
        )
    return any(
        set(sides) >= {"left", "right"} and not set.intersection(*sides.values())
        for sides in by_operation.values()
    )


def _detailed(
    chosen: Sequence[Fact], near: Sequence[Fact], wanted: Sequence[str], language: str
) -> FactAnswer:
    found = [fact for fact in chosen if any(fact.details.get(name) for name in wanted)]
    if not found:
        return not_found(near)
    is_whole = all(any(fact.details.get(name) for fact in found) for name in wanted)
    return FactAnswer(
        "answered" if is_whole else "partial", tuple(_line(fact, language, wanted) for fact in found[-_MOST:])
    )


def _line(fact: Fact, language: str, wanted: Iterable[str]) -> FactStatement:
    """State an operation with its side, the details wanted, and its day."""
    label = sided(label_of(fact, language), fact.side, language)
    head = say(STATED_AS.get(fact.status, "procedure_done"), language, label=label)
    details = [
        say(name, language, value=fact.details[name].rstrip(" ."))
        for name in wanted
        if fact.details.get(name)
    ]
    return statement(
        [fact],
        head,
        *details,
        when_of(fact, language),
        reason_of(fact, language),
        doubt_of(fact, language),
        ".",
    )
