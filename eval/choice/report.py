"""A run of multiple-choice questions as a part of a report, and its questions as a reader browses them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from eval.choice.scoring import metric_names
from eval.compare.comparison import changes_between
from eval.metrics.choice import CHOICES, MAJORITY, NO_CONTEXT, macro_f1, macro_f1_interval
from eval.report.document import GainJson, ItemJson, MetricJson, RunJson
from eval.report.summary import item, metrics_of, slices_of
from eval.statistics.scores import PLACES, percentile

if TYPE_CHECKING:
    from eval.choice.run import ChoiceOutcome
    from eval.choice.scoring import Marked


def choice_run(name: str, outcome: ChoiceOutcome) -> RunJson:
    """Return the run with everything but the texts. Baselines of the same questions stand beside each
    metric.
    """
    marked, names = outcome.marked, metric_names(with_context=outcome.with_context)
    items = [item(found.question.id, found.scores(), found.slices()) for found in marked]
    choices = [found.chosen.choice for found in marked]
    times = [choice.latency_ms for choice in choices if choice.error is None]
    slices = slices_of(names, items)
    for part, values in slices.items():
        for value, metrics in values.items():
            within = _macro_f1s([found for found in marked if found.slices().get(part) == value])
            metrics |= {key: found for key, found in within.items() if found.n}
    return RunJson(
        name=name,
        measure="choice",
        data=dict(outcome.data),
        system=dict(outcome.system),
        n=len(items),
        failed=outcome.failed,
        metrics={**metrics_of(names, items), **_macro_f1s(marked)},
        slices=slices,
        items=items,
        figures={
            "documents": float(outcome.documents),
            "inputs_failed": float(outcome.inputs_failed),
            "without_evidence": float(sum(not found.chosen.evidence for found in marked)),
            "latency_p50_ms": percentile(times, 0.5),
            "latency_p95_ms": percentile(times, 0.95),
            "tokens_in": float(sum(choice.tokens_in for choice in choices)),
            "tokens_out": float(sum(choice.tokens_out for choice in choices)),
        },
        latencies_ms=times,
        gains=[gain for baseline in (NO_CONTEXT, MAJORITY) for gain in _gains(name, items, baseline)],
        notes=["choice_without_reasoning"],
    )


def browsed_choices(outcome: ChoiceOutcome) -> Iterator[dict[str, object]]:
    """Yield every question with its options, what was chosen and what is right, for the item browser."""
    for found in outcome.marked:
        question, chosen = found.question, found.chosen
        yield {
            "id": question.id,
            "kind": "choice",
            "question": question.text,
            "language": question.language,
            "error": chosen.choice.error,
            "latency_ms": chosen.choice.latency_ms,
            "tokens": [chosen.choice.tokens_in, chosen.choice.tokens_out],
            "options": [
                {
                    "letter": letter,
                    "text": text,
                    "gold": letter in question.gold if question.gold else None,
                    "chosen": letter in chosen.choice.letters,
                    "no_context": letter in chosen.no_context.letters,
                }
                for letter, text in zip(question.letters, question.options, strict=True)
            ],
            "has_context": chosen.with_context is not None,
            "evidence": [asdict(extract) for extract in chosen.evidence],
        }


def choice_json(run: RunJson, outcome: ChoiceOutcome) -> dict[str, object]:
    """Return the document of ``eval choice --json``."""
    return {
        "n": run.n,
        "failed": run.failed,
        "means": {name: found.mean for name, found in run.metrics.items()},
        "intervals": {
            name: None if found.low is None else [found.low, found.high]
            for name, found in run.metrics.items()
        },
        "counts": {name: found.n for name, found in run.metrics.items()},
        "unscored": {name: found.unscored for name, found in run.metrics.items() if found.unscored},
        "gains": [gain.model_dump() for gain in run.gains],
        "slices": {
            name: {
                value: {metric: found.mean for metric, found in metrics.items()}
                for value, metrics in values.items()
            }
            for name, values in run.slices.items()
        },
        "choices": str(outcome.file),
        "documents": outcome.documents,
        "inputs_failed": outcome.inputs_failed,
        "latency_ms": {"p50": run.figures["latency_p50_ms"], "p95": run.figures["latency_p95_ms"]},
        "tokens": {"in": run.figures["tokens_in"], "out": run.figures["tokens_out"]},
        **run.system,
    }


def _macro_f1s(marked: Sequence[Marked]) -> dict[str, MetricJson]:
    """Return the macro-F1 of every condition, over the questions where one of the same few options is
    chosen.
    """
    conditions = list(dict.fromkeys(condition for found in marked for condition in found.choices()))
    return {
        f"macro_f1_{condition}" if condition else "macro_f1": _macro_f1(marked, condition)
        for condition in conditions
    }


def _macro_f1(marked: Sequence[Marked], condition: str) -> MetricJson:
    single = [found for found in marked if not found.question.takes_several]
    known = [found for found in single if found.question.gold]
    pairs = [
        (found.question.gold[0], choice.letters[0])
        for found in known
        if (choice := found.choices()[condition]).letters
    ]
    gold, chosen = [one for one, _ in pairs], [two for _, two in pairs]
    if reason := _no_macro_f1(single, known, gold):
        return MetricJson(mean=None, n=0, unscored={reason: len(marked)})
    mean, interval = macro_f1(gold, chosen), macro_f1_interval(gold, chosen)
    counts = {
        "failed": len(known) - len(pairs),
        "no_gold": len(single) - len(known),
        "several_answers": len(marked) - len(single),
    }
    return MetricJson(
        mean=None if mean is None else round(mean, PLACES),
        low=round(interval[0], PLACES) if interval else None,
        high=round(interval[1], PLACES) if interval else None,
        n=len(pairs),
        unscored={reason: count for reason, count in counts.items() if count},
    )


def _no_macro_f1(single: Sequence[Marked], known: Sequence[Marked], gold: Sequence[str]) -> str | None:
    """Say why the macro-F1 of some questions is not defined; None where it is. ``gold`` is of those that were
    answered.
    """
    if not single:
        return "several_answers"
    if len({found.question.options for found in single}) > 1:
        return "options_differ"
    if not gold:
        return "failed" if known else "no_gold"
    return None if len(set(gold)) > 1 else "one_class_only"


def _gains(name: str, items: Sequence[ItemJson], baseline: str) -> Iterator[GainJson]:
    """Compare the run with a baseline, item by item, as ``eval compare`` compares two reports."""
    first, second = _column(name, items, f"_{baseline}"), _column(name, items, "")
    if not any(found.scores for found in first.items):
        return
    for change in changes_between(first, second):
        yield GainJson(
            baseline=baseline,
            **{key: value for key, value in asdict(change).items() if key in GainJson.model_fields},
        )


def _column(name: str, items: Sequence[ItemJson], ending: str) -> RunJson:
    """Return the items with the scores of one condition, under the plain names of the metrics."""
    return RunJson(
        name=name,
        measure="choice",
        items=[found.model_copy(update={"scores": _of(found.scores, ending)}) for found in items],
    )


def _of(scores: Mapping[str, float | None], ending: str) -> dict[str, float | None]:
    return {
        metric.name: scores[f"{metric.name}{ending}"]
        for metric in CHOICES
        if f"{metric.name}{ending}" in scores
    }
