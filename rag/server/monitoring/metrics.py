"""Figures for Prometheus at ``/metrics``: counts and times of routes, questions and stages. No label names a
patient or a person.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)

from rag.core.types import Answer

_FAST = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_SLOW = (0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600)
_STAGE = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)
CONTENT_TYPE = CONTENT_TYPE_LATEST


class Metrics:
    """The figures of one server."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        made: Any = {"registry": self._registry, "namespace": "traboule"}
        self._requests = Counter(
            "requests", "Requests by route, method and status.", ("route", "method", "status"), **made
        )
        self._seconds = Histogram(
            "request_seconds", "Time of requests, streams included.", ("route",), buckets=_FAST, **made
        )
        self._stages = Histogram(
            "stage_seconds", "Time of the stages of the pipeline.", ("stage",), buckets=_STAGE, **made
        )
        self._questions = Counter("questions", "Questions by how they ended.", ("outcome",), **made)
        self._answer = Histogram(
            "answer_seconds", "Time of whole answers, without waiting.", buckets=_SLOW, **made
        )
        self._tokens = Counter("llm_tokens", "Tokens of the language model.", ("direction",), **made)
        self._withheld = Counter("withheld_sentences", "Sentences written and not supported.", **made)
        self._uploads = Counter(
            "uploaded_files", "Uploaded files by what became of them.", ("status",), **made
        )

    def watch(self, name: str, help_: str, value: Callable[[], float]) -> None:
        """Show a figure that is read when it is asked for."""
        Gauge(name, help_, namespace="traboule", registry=self._registry).set_function(value)

    def request(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count a request."""
        self._requests.labels(route, method, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def stage(self, name: str, milliseconds: float) -> None:
        """Count the time of a stage."""
        self._stages.labels(name).observe(milliseconds / 1000)

    def answered(self, answer: Answer) -> None:
        """Count an answer."""
        self._questions.labels(f"abstained_{answer.abstain_reason}" if answer.abstained else "answered").inc()
        self._answer.observe(answer.trace.timings_ms.get("total", 0.0) / 1000)
        self._tokens.labels("read").inc(answer.trace.tokens_in)
        self._tokens.labels("written").inc(answer.trace.tokens_out)
        self._withheld.inc(len(answer.withheld))

    def unanswered(self, outcome: str) -> None:
        """Count a question that ended without an answer."""
        self._questions.labels(outcome).inc()

    def uploaded(self, status: str) -> None:
        """Count an uploaded file."""
        self._uploads.labels(status).inc()

    def text(self) -> bytes:
        """Return all figures in the format of Prometheus."""
        return generate_latest(self._registry)
