"""An answers run as a part of a report, and its items as a reader browses them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING

from eval.metrics.answers.nuggets import holds
from eval.metrics.catalogue import CATALOGUE
from eval.metrics.risk import area_under, risk_coverage
from eval.report.document import PointJson, RunJson
from eval.report.summary import item, metrics_of, slices_of
from eval.statistics.scores import percentile

if TYPE_CHECKING:
    from eval.answers.interview import Asked
    from eval.answers.run import AnswersOutcome
    from rag.contract import AnswerJson, ClaimJson


def answers_run(name: str, outcome: AnswersOutcome) -> RunJson:
    """Return the run with everything but the texts."""
    asked = outcome.result.items
    items = [
        item(found.question.id, found.scores, outcome.slices.get(found.question.id, {})) for found in asked
    ]
    answers = outcome.result.answers
    times = [found.latency_ms for found in asked if found.answer is not None]
    curve = risk_coverage(_confidences(asked), len([found for found in asked if _is_judged(found)]) or 1)
    return RunJson(
        name=name,
        measure="answers",
        data=dict(outcome.data),
        system={key: str(value) for key, value in outcome.result.provenance().items()},
        n=len(asked),
        failed={found.question.id: found.error for found in asked if found.error is not None},
        metrics=metrics_of(CATALOGUE.names("answers"), items),
        slices=slices_of(CATALOGUE.names("answers"), items),
        items=items,
        figures={
            "answered": float(sum(not answer.abstained for answer in answers)),
            "abstained": float(sum(answer.abstained for answer in answers)),
            "withheld_claims": float(sum(len(answer.withheld) for answer in answers)),
            "documents": float(outcome.documents),
            "inputs_failed": float(outcome.inputs_failed),
            "latency_p50_ms": percentile(times, 0.5),
            "latency_p95_ms": percentile(times, 0.95),
            "tokens_in": float(sum(answer.trace.tokens_in for answer in answers)),
            "tokens_out": float(sum(answer.trace.tokens_out for answer in answers)),
            "area_under_risk_coverage": area_under(curve),
        },
        latencies_ms=times,
        risk_coverage=[PointJson(**asdict(point)) for point in curve],
        notes=["judge_is_verifier"],
    )


def browsed_answers(outcome: AnswersOutcome) -> Iterator[dict[str, object]]:
    """Yield every question with its answer, evidence and gold, for the item browser."""
    for found in outcome.result.items:
        question, answer = found.question, found.answer
        yield {
            "id": question.id,
            "kind": "answer",
            "question": question.text,
            "language": question.language,
            "patient_id": question.patient_id,
            "answerable": question.answerable,
            "error": found.error,
            "latency_ms": found.latency_ms,
            "gold": {
                "docs": list(question.gold_docs),
                "quotes": list(question.gold_quotes),
                "must_have": _found_in(question.must_have, answer),
                "nice_to_have": _found_in(question.nice_to_have, answer),
                "must_not": _found_in(question.must_not, answer),
                "facts": [{"text": fact.text, "vital": fact.is_vital} for fact in question.facts],
            },
            "judges": [],
            **(_said(answer) if answer is not None else {}),
        }


def _said(answer: AnswerJson) -> dict[str, object]:
    return {
        "abstained": answer.abstained,
        "reason": answer.abstain_reason,
        "missing": answer.missing,
        "relevance": answer.relevance,
        "notices": answer.notices,
        "claims": [_claim(claim) for claim in answer.claims],
        "withheld": [_claim(claim) for claim in answer.withheld],
        "contradictions": [
            {"claim": item.claim, "doc": item.doc_id, "quote": item.quote} for item in answer.contradictions
        ],
        "evidence": [
            {
                "marker": item.marker,
                "title": item.title,
                "doc": item.doc_id,
                "kind": item.kind,
                "patient": item.patient_id,
                "text": item.text,
            }
            for item in answer.evidence
        ],
        "tokens": [answer.trace.tokens_in, answer.trace.tokens_out],
        "timings_ms": answer.trace.timings_ms,
    }


def _claim(claim: ClaimJson) -> dict[str, object]:
    cited = [
        {"marker": citation.marker, "doc": citation.doc_id, "quote": citation.quote}
        for citation in claim.citations
    ]
    return {"text": claim.text, "support": claim.support, "score": claim.support_score, "citations": cited}


def _found_in(facts: tuple[str, ...], answer: AnswerJson | None) -> list[Mapping[str, object]]:
    return [{"text": fact, "found": answer is not None and holds(answer.answer, fact)} for fact in facts]


def _is_judged(found: Asked) -> bool:
    return isinstance(found.scores.get("correct"), float)


def _confidences(asked: tuple[Asked, ...]) -> list[tuple[float, bool]]:
    """Of every answer given to a question with gold: how sure the system was of its evidence, and whether it
    was right.
    """
    return [
        (found.answer.relevance, found.scores["correct"] == 1.0)
        for found in asked
        if _is_judged(found) and found.answer is not None and not found.answer.abstained
    ]
