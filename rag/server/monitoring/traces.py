"""OpenTelemetry traces: a span a request, and under it a span for every stage of the pipeline. Off unless
``server.traces_url`` is set.

Spans are named by routes and stages. No address, no question and no id of a patient goes into them.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

from opentelemetry import trace
from opentelemetry.propagate import extract
from opentelemetry.trace import Span, SpanKind, Tracer

from rag.core.errors import ConfigurationError

_SERVICE = "traboule"


@dataclass(frozen=True, slots=True)
class Traced:
    """The span of one request."""

    tracer: Tracer
    span: Span

    def stage(self, name: str, milliseconds: float) -> None:
        """Add the span of a stage that has just ended."""
        now = time.time_ns()
        began = now - round(milliseconds * 1e6)
        self.tracer.start_span(name, trace.set_span_in_context(self.span), start_time=began).end(now)

    def end(self, route: str, method: str, status: int) -> None:
        """End the request."""
        self.span.update_name(f"{method} {route}")
        self.span.set_attributes(
            {"http.route": route, "http.request.method": method, "http.response.status_code": status}
        )
        if status >= 500:
            self.span.set_status(trace.StatusCode.ERROR)
        self.span.end()


class Traces:
    """Where spans go. Nowhere, when no collector is named."""

    def __init__(self, tracer: Tracer | None = None, provider: object = None) -> None:
        self._tracer, self._provider = tracer, provider

    def request(self, headers: Mapping[str, str], request_id: str) -> Traced | None:
        """Begin the span of a request, under the caller's own where the headers name one."""
        if self._tracer is None:
            return None
        span = self._tracer.start_span(
            "request", extract(headers), SpanKind.SERVER, {"traboule.request_id": request_id}
        )
        return Traced(self._tracer, span)

    def close(self) -> None:
        """Send what is left."""
        shutdown = getattr(self._provider, "shutdown", None)
        if shutdown is not None:
            shutdown()


def traces_to(url: str | None) -> Traces:
    """Return the traces that go to a collector, e.g. ``http://127.0.0.1:4318/v1/traces``.

    Raises:
        ConfigurationError: the libraries are not installed.
    """
    if url is None:
        return Traces()
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise ConfigurationError("extra_missing", extra="otel") from error
    provider = TracerProvider(resource=Resource.create({"service.name": _SERVICE}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=url)))
    return Traces(provider.get_tracer(_SERVICE), provider)
