"""A report against thresholds: its own, or those of a suite that changed since."""

from __future__ import annotations

from eval.report.document import ReportJson
from eval.suites.declaration import Missed, load_suite
from rag.core.errors import UsageError


def gated(report: ReportJson, suite: str | None) -> tuple[str, list[Missed], int]:
    """Return the name of the suite, the thresholds that the report misses, and how many there were.

    Args:
        report: what was measured. suite: name or file of the suite whose thresholds hold; the thresholds that
        the report was written with when None.

    Raises:
        UsageError: the report has no thresholds of its own, there is no such suite, or none of its thresholds
        applies.
    """
    from eval.suites.run import judged

    if suite is not None:
        declared, _ = load_suite(suite)
        outcome = judged(declared, report.runs)
        if not outcome.applied:
            raise UsageError("gate_nothing_applies", suite=suite, report=report.name)
        return suite, list(outcome.missed), len(outcome.applied)
    if not report.thresholds:
        raise UsageError("gate_no_thresholds", report=report.name)
    below = [
        Missed(limit.run, limit.metric, limit.value, limit.min, limit.max)
        for limit in report.thresholds
        if not limit.passed
    ]
    return report.suite, below, len(report.thresholds)
