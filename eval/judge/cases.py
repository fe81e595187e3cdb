"""What a judge is asked about: a question with its answer, its evidence and, where one is known, what the
answer should say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from eval.datasets.pairs import LabelledPair

METRICS = ("faithfulness", "answer_relevancy", "context_recall", "context_precision")
"""In the order of asking: the last one costs a request for every piece of the evidence."""
UNDEFINED = ("failed", "abstained", "no_evidence", "no_reference")
"""Why a judge is not asked; every other reason is one of the judge."""
_OF_A_CLAIM = "What is stated?"
"""ragas takes statements out of answers to questions; a claim by itself answers none."""


@dataclass(frozen=True, slots=True)
class Case:
    """One item to judge. ``undefined`` says why none of it can be judged."""

    id: str
    question: str
    answer: str = ""
    contexts: tuple[str, ...] = ()
    reference: str = ""
    undefined: str | None = None

    def lacking(self, metric: str) -> str | None:
        """Return what the item lacks to be judged by a metric, None where it can be."""
        if self.undefined is not None:
            return self.undefined
        if metric in ("faithfulness", "answer_relevancy") and not self.answer:
            return "abstained"
        if metric != "answer_relevancy" and not self.contexts:
            return "no_evidence"
        return "no_reference" if metric.startswith("context_") and not self.reference else None

    def requests(self, metric: str) -> int:
        """Return how many requests to the language model the metric takes: the weight of the item in a bar of
        progress.
        """
        return {"faithfulness": 2, "context_precision": len(self.contexts)}.get(metric, 1)


def case_of_item(item: Mapping[str, object]) -> Case:
    """Read an item of an answers run, as ``items/RUN.jsonl`` holds it. What is missing there is missing in
    the case, and said so.
    """
    evidence = _objects(item.get("evidence"))
    return Case(
        id=str(item.get("id", "")),
        question=str(item.get("question", "")),
        answer=" ".join(str(claim.get("text", "")) for claim in _objects(item.get("claims"))).strip(),
        contexts=tuple(f"{shown.get('title', '')}\n{shown.get('text', '')}".strip() for shown in evidence),
        reference=_reference(item.get("gold")),
        undefined="failed" if item.get("error") is not None else None,
    )


def case_of_pair(pair: LabelledPair) -> Case:
    """Return a labelled pair as an answer, the claim, with one piece of evidence, the premise."""
    return Case(pair.id, _OF_A_CLAIM, pair.claim.strip(), (pair.premise,) if pair.premise.strip() else ())


def _reference(gold: object) -> str:
    """What the answer should say, in sentences: the facts, else the quotes. ``must_have`` are strings to look
    for, no sentences.
    """
    if not isinstance(gold, Mapping):
        return ""
    facts = [str(fact.get("text", "")) for fact in _objects(gold.get("facts"))]
    quotes = gold.get("quotes")
    return "\n".join(facts or [str(quote) for quote in (quotes if isinstance(quotes, list) else [])])


def _objects(values: object) -> Sequence[Mapping[str, object]]:
    return [value for value in values if isinstance(value, Mapping)] if isinstance(values, list) else []
