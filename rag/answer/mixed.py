"""One answer of several parts: those that facts answer, and those that the sentences of the documents answer,
in the order asked.

The events are those of any answer: all evidence first, then each claim, then the whole. A part without an
answer is said to be without one.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from rag.answer.answerer import Answerer, AnswerTask
from rag.answer.compose import placed
from rag.answer.from_facts.way import Plan, PlannedPart
from rag.core.stages import ended
from rag.core.types import (
    Answer,
    AnswerEvent,
    AnswerPart,
    Claim,
    ClaimChecked,
    Contradiction,
    Coverage,
    Done,
    Evidence,
    EvidenceFound,
    Notice,
    PartStatus,
    Trace,
)


@dataclass(frozen=True, slots=True)
class MixedTask:
    """What is answered: the plan, and for each open part (by its place) the task of the sentence way."""

    question: str
    language: str
    plan: Plan
    open_tasks: Mapping[int, AnswerTask]
    coverage: Coverage
    trace: Trace
    notices: tuple[Notice, ...] = ()


@dataclass(slots=True)
class _Gathered:
    """What the parts give, in order."""

    claims: list[Claim]
    withheld: list[Claim]
    contradictions: list[Contradiction]
    parts: list[AnswerPart]
    answers: list[Answer]


def answer_mixed(task: MixedTask, answerer: Answerer) -> Iterator[AnswerEvent]:
    """Yield the events of one answer of several parts; the last is ``Done``."""
    started = time.perf_counter()
    evidence, tasks = _numbered(task)
    yield EvidenceFound(evidence, task.coverage)
    gathered = _Gathered([], [], [], [], [])
    for place, part in enumerate(task.plan.parts):
        first = len(gathered.claims)
        yield from _by_facts(part, gathered)
        answer = None
        if place in tasks:
            answer = yield from _by_sentences(tasks[place], answerer, gathered)
        gathered.parts.append(_part(part, range(first, len(gathered.claims)), answer))
    spent = 1000 * (time.perf_counter() - started)
    ended("answer.parts", spent)
    yield Done(_composed(task, evidence, gathered, spent))


def _numbered(task: MixedTask) -> tuple[tuple[Evidence, ...], dict[int, AnswerTask]]:
    """Number the evidence of all parts in one row."""
    evidence = list(task.plan.evidence)
    tasks: dict[int, AnswerTask] = {}
    for place, own in task.open_tasks.items():
        shifted = tuple(replace(item, marker=item.marker + len(evidence)) for item in own.evidence)
        tasks[place] = replace(own, evidence=shifted)
        evidence.extend(shifted)
    return tuple(evidence), tasks


def _by_facts(part: PlannedPart, gathered: _Gathered) -> Iterator[AnswerEvent]:
    gathered.withheld.extend(part.withheld)
    yield from (ClaimChecked(claim, withheld=True) for claim in part.withheld)
    for claim in part.claims:
        if not _is_said(claim, gathered.claims):
            gathered.claims.append(claim)
            yield ClaimChecked(claim, withheld=False)


def _by_sentences(
    task: AnswerTask, answerer: Answerer, gathered: _Gathered
) -> Generator[AnswerEvent, None, Answer | None]:
    """Take what the sentences of the documents answer of one part; return that answer."""
    answer = None
    for event in answerer.answer(task):
        if isinstance(event, ClaimChecked):
            if event.withheld or not _is_said(event.claim, gathered.claims):
                yield event
        elif isinstance(event, Done):
            answer = event.answer
            gathered.answers.append(answer)
            gathered.withheld.extend(answer.withheld)
            gathered.contradictions.extend(answer.contradictions)
            gathered.claims.extend(claim for claim in answer.claims if not _is_said(claim, gathered.claims))
    return answer


def _is_said(claim: Claim, claims: Sequence[Claim]) -> bool:
    """Tell whether a claim is said already: in the same words, or by the same place."""
    return any(claim.text == other.text for other in claims)


def _part(part: PlannedPart, places: range, answer: Answer | None) -> AnswerPart:
    status: PartStatus = part.status
    if answer is not None and answer.claims:
        status = "answered" if not part.claims else "partial"
    elif answer is not None and not part.claims:
        status = "out_of_scope" if answer.abstain_reason == "out_of_scope" else "not_found"
    is_said = bool(places) or (answer is not None and bool(answer.claims))
    return AnswerPart(
        part.part.text, status, tuple(places), "" if is_said else part.note, () if is_said else part.near
    )


def _composed(task: MixedTask, evidence: tuple[Evidence, ...], gathered: _Gathered, spent: float) -> Answer:
    text, claims = placed(gathered.claims)
    before = task.trace.timings_ms.get("total", sum(task.trace.timings_ms.values()))
    return Answer(
        question=task.question,
        language=task.language,
        answer=text,
        abstained=not claims,
        abstain_reason=(
            None
            if claims
            else next((one.abstain_reason for one in gathered.answers if one.abstain_reason), "no_evidence")
        ),
        claims=claims,
        withheld=tuple(gathered.withheld),
        contradictions=tuple(gathered.contradictions),
        evidence=evidence,
        coverage=task.coverage,
        invalid_markers=sum(answer.invalid_markers for answer in gathered.answers),
        trace=replace(
            task.trace,
            timings_ms={**task.trace.timings_ms, "parts": round(spent, 2), "total": round(before + spent, 2)},
            tokens_in=sum(answer.trace.tokens_in for answer in gathered.answers),
            tokens_out=sum(answer.trace.tokens_out for answer in gathered.answers),
        ),
        notices=tuple(
            dict.fromkeys(
                (*task.notices, *(notice for answer in gathered.answers for notice in answer.notices))
            )
        ),
        missing=(
            ()
            if claims
            else tuple(dict.fromkeys(word for answer in gathered.answers for word in answer.missing))
        ),
        relevance=max((answer.relevance for answer in gathered.answers), default=1.0 if claims else 0.0),
        parts=tuple(gathered.parts),
    )
