"""Facts written as sentences, which an answer says in its own words: whether it does is a matter of
entailment, so a judge decides.

As K-QA measures (Manes et al., "K-QA: A Real-World Medical Q&A Benchmark", BioNLP 2024): comprehensiveness
over the must-have statements, and the share of statements that the answer contradicts.
"""

from __future__ import annotations

from eval.datasets.questions import EvalQuestion
from eval.metrics.answers.citations import Judge
from rag.contract import AnswerJson


def facts_entailed(question: EvalQuestion, answer: AnswerJson, judge: Judge, *, vital: bool) -> float:
    """Share of the vital (or of the okay) facts, of which there is one or more, that the answer entails;
    silence entails none.
    """
    facts = [fact.text for fact in question.facts if fact.is_vital == vital]
    return (
        sum(judge.supported([(answer.answer, fact) for fact in facts])) / len(facts) if answer.claims else 0.0
    )


def facts_contradicted(question: EvalQuestion, answer: AnswerJson, judge: Judge) -> float:
    """Share of all facts, of which there is one or more, that the answer contradicts."""
    return sum(judge.contradicted([(answer.answer, fact.text) for fact in question.facts])) / len(
        question.facts
    )
