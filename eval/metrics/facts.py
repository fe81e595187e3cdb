"""Facts written as sentences, which an answer says in its own words: whether it does is a matter of entailment, so a judge decides.

As K-QA measures (Manes et al., "K-QA: A Real-World Medical Q&A Benchmark", BioNLP 2024): comprehensiveness over the must-have
statements, and the share of statements that the answer contradicts.
"""

from __future__ import annotations

from eval.datasets.questions import EvalQuestion
from eval.metrics.citations import Judge
from eval.scores import Score, Unscored
from rag.contract import AnswerJson


def fact_recall(question: EvalQuestion, answer: AnswerJson, judge: Judge, *, vital: bool) -> Score:
    """Share of the vital (or of the okay) facts that the answer entails; 0 where it abstains from an answerable question."""
    facts = [fact.text for fact in question.facts if fact.is_vital == vital]
    if question.answerable is False or not facts:
        return Unscored("unanswerable" if question.answerable is False else "no_facts")
    return sum(judge.supported([(answer.answer, fact) for fact in facts])) / len(facts) if answer.claims else 0.0


def fact_contradicted(question: EvalQuestion, answer: AnswerJson, judge: Judge) -> Score:
    """Share of all facts that the answer contradicts: the smaller the better."""
    if not question.facts:
        return Unscored("no_facts")
    if not answer.claims:
        return Unscored("abstained")
    return sum(judge.contradicted([(answer.answer, fact.text) for fact in question.facts])) / len(question.facts)
