"""One answer of several parts: those that facts answer, and those that the sentences of the documents answer,
in the order asked.

The events are those of any answer: all evidence first, then each claim, then the whole. A part without an
answer is said to be without one.
"""

from __future__ import annotations

import re
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from rag.answer.answerer import Answerer, AnswerTask
from rag.answer.compose import placed
from rag.answer.from_facts.way import Plan, PlannedPart, note_of
from rag.answer.instructed import untaught
from rag.answer.verdicts import denial_of, with_one_verdict
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
    """What is answered: the plan, and for each open part (by its place) the tasks of the sentence way: those
    after the first are for what the first leaves without an answer, unless the literature is asked about.
    """

    question: str
    language: str
    plan: Plan
    open_tasks: Mapping[int, tuple[AnswerTask, ...]]
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
        said: list[int] = []
        asked = part.part.text if len(task.plan.parts) > 1 else ""
        for claim in part.withheld:
            gathered.withheld.append(claim)
            yield ClaimChecked(claim, withheld=True, part=asked)
        for claim in with_one_verdict(part.part, untaught(part.claims, task.plan.evidence)):
            yield from _said(claim, said, gathered, asked)
        by_sentences: list[Answer] = []
        for own in tasks.get(place, ()):
            if not said or part.claims or part.part.intent == "literature":
                answer = yield from _by_sentences(own, answerer, said, gathered, asked)
                by_sentences.append(answer)
        gathered.parts.append(_part(part, said, by_sentences, task))
    spent = 1000 * (time.perf_counter() - started)
    ended("answer.parts", spent)
    yield Done(_composed(task, evidence, gathered, spent))


def as_one_part(answer: Answer) -> Answer:
    """Say what became of a question that was answered as one."""
    places = tuple(range(len(answer.claims)))
    status: PartStatus = (
        "answered" if places else "out_of_scope" if answer.abstain_reason == "out_of_scope" else "not_found"
    )
    return replace(answer, parts=(AnswerPart(answer.question, status, places),))


def _numbered(task: MixedTask) -> tuple[tuple[Evidence, ...], dict[int, list[AnswerTask]]]:
    """Number the evidence of all parts in one row; a window that several parts are shown keeps its number."""
    evidence = list(task.plan.evidence)
    known: dict[tuple[str, int, int], int] = {}
    tasks: dict[int, list[AnswerTask]] = {}
    for place, own in task.open_tasks.items():
        for one in own:
            shown = []
            for item in one.evidence:
                key = (item.scored.passage.passage_id, item.start, item.end)
                if key not in known:
                    known[key] = len(evidence) + 1
                    evidence.append(replace(item, marker=known[key]))
                shown.append(replace(item, marker=known[key]))
            tasks.setdefault(place, []).append(replace(one, evidence=tuple(shown)))
    return tuple(evidence), tasks


def _said(claim: Claim, said: list[int], gathered: _Gathered, asked: str) -> Iterator[AnswerEvent]:
    """Add a claim to the answer, or point to where it is said already: in the same words, or by a place that
    holds its own.
    """
    claim = replace(claim, text=_without_marks(claim.text))
    place = next((at for at, other in enumerate(gathered.claims) if _says(other, claim)), None)
    if place is None:
        place = len(gathered.claims)
        gathered.claims.append(claim)
        yield ClaimChecked(claim, withheld=False, part=asked)
    if place not in said:
        said.append(place)


_MARKS = re.compile(r"\*\*|^[-•*▪◦·#|]+\s+|(?<=« )[-•*▪◦·#|]+\s+")


def _without_marks(text: str) -> str:
    """Return a sentence without the marks of lists, headings and emphasis of the document it quotes."""
    return _MARKS.sub("", text)


def _says(other: Claim, claim: Claim) -> bool:
    if other.text == claim.text:
        return True
    return claim.origin == "quoted" and all(
        any(
            one.doc_id == held.doc_id and held.start <= one.start and one.end <= held.end
            for held in other.citations
        )
        for one in claim.citations
    )


def _by_sentences(
    task: AnswerTask, answerer: Answerer, said: list[int], gathered: _Gathered, asked: str
) -> Generator[AnswerEvent, None, Answer]:
    """Take what the sentences of the documents answer of one part; return that answer."""
    answer: Answer | None = None
    verdict = "" if said or task.part is None else denial_of(task.part, task.evidence, task.language)
    for event in answerer.answer(task):
        if isinstance(event, ClaimChecked):
            if event.withheld:
                yield replace(event, part=asked)
            else:
                claim, verdict = replace(event.claim, text=f"{verdict}{event.claim.text}"), ""
                yield from _said(claim, said, gathered, asked)
        elif isinstance(event, Done):
            answer = event.answer
    assert answer is not None, "an answer stream always ends with Done"
    gathered.answers.append(answer)
    gathered.withheld.extend(answer.withheld)
    gathered.contradictions.extend(answer.contradictions)
    return answer


def _part(part: PlannedPart, said: Sequence[int], answers: Sequence[Answer], task: MixedTask) -> AnswerPart:
    status: PartStatus = part.status
    if any(answer.claims for answer in answers):
        status = "answered" if not part.claims else "partial"
    elif answers and not part.claims:
        is_outside = all(answer.abstain_reason == "out_of_scope" for answer in answers)
        status = "out_of_scope" if is_outside else "not_found"
    if said:
        return AnswerPart(part.part.text, status, tuple(said))
    searched = max((answer.coverage.documents_searched for answer in answers), default=0)
    note = part.note or note_of(
        part.part, searched or task.coverage.documents_searched, part.near, task.language
    )
    return AnswerPart(part.part.text, status, (), note, part.near)


def _unsaid(gathered: _Gathered) -> tuple[Contradiction, ...]:
    """Return the contradictions that are not part of the answer themselves, each once."""
    cited = [citation for claim in gathered.claims for citation in claim.citations]
    return tuple(
        one
        for one in dict.fromkeys(gathered.contradictions)
        if not any(
            citation.doc_id == one.doc_id and citation.start < one.end and one.start < citation.end
            for citation in cited
        )
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
        contradictions=_unsaid(gathered),
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
