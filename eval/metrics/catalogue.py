"""What a metric means to a reader: which way is better, whether it is a promise, and what stands at the head of a report."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

LOWER_IS_BETTER = frozenset(
    {"must_not", "invalid_markers", "wrong_patient", "mixed_patients", "false_abstention", "fact_contradicted", "ece", "brier", "error"}
)
PROMISES: Mapping[str, float] = MappingProxyType({"quote_exact": 1.0, "invalid_markers": 0.0, "wrong_patient": 0.0, "mixed_patients": 0.0})
"""Metrics with only one value that is no fault."""
COUNTS = frozenset({"invalid_markers", "wrong_patient", "mixed_patients"})
"""Metrics that count things; every other one is a share in [0, 1]."""
HEADLINE: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "answers": ("correct", "nugget_recall", "citation_recall", "citation_precision", "abstain_recall", "wrong_patient"),
        "retrieval": ("ndcg@10", "recall@10", "mrr@10"),
        "verify": ("balanced_accuracy", "auroc", "ece"),
        "choice": ("accuracy", "exact_match", "macro_f1", "hamming", "accuracy_no_context", "exact_match_no_context", "evidence_hit"),
    }
)


def is_better(metric: str, difference: float) -> bool:
    """Tell whether a difference (new minus old) of a metric is for the better."""
    return difference < 0 if metric in LOWER_IS_BETTER else difference > 0
