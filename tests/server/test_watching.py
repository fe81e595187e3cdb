"""What is told of a running server: figures, log lines and traces, without a word of a patient."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from rag.server.monitoring.logs import JsonLines
from rag.server.monitoring.traces import Traces
from tests.server.serving import Served, served

QUESTION = {"question": "Quelles ont été les pertes sanguines ?", "patient_id": "DEMO-A"}
SECRETS = ("DEMO-A", "demo-a-op", "pertes", "sanguines")


@pytest.fixture
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, InMemorySpanExporter]]:
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    with served(tmp_path_factory.mktemp("watched")) as home:
        object.__setattr__(home.services, "traces", Traces(provider.get_tracer("test"), provider))
        yield home, exporter


def test_figures_log_and_traces_name_routes_and_stages_and_no_patient(
    watched: tuple[Served, InMemorySpanExporter], caplog: pytest.LogCaptureFixture
) -> None:
    home, exporter = watched
    with (
        caplog.at_level(logging.INFO, "rag"),
        home.client(traceparent=f"00-{'a' * 32}-{'b' * 16}-01") as client,
    ):
        assert client.post("/v1/ask", json=QUESTION).status_code == 200
        assert client.get("/v1/patients/DEMO-A/timeline").status_code == 200
        assert client.get("/v1/documents/demo-a-op?q=pertes").status_code == 200
        figures = client.get("/metrics").text
    assert 'traboule_requests_total{method="POST",route="/v1/ask",status="200"} 1.0' in figures
    assert 'route="/v1/patients/{patient_id:path}/timeline"' in figures
    assert 'traboule_questions_total{outcome="answered"} 1.0' in figures
    assert 'traboule_stage_seconds_count{stage="answer.evidence"} 2.0' in figures

    spans = exporter.get_finished_spans()
    root = next(span for span in spans if span.name == "POST /v1/ask")
    assert root.context.trace_id == int("a" * 32, 16)
    stages = {
        span.name for span in spans if span.parent is not None and span.parent.span_id == root.context.span_id
    }
    assert {
        "search.embed",
        "search.index",
        "search.fuse",
        "answer.evidence",
        "answer.contradictions",
    } <= stages

    lines = [JsonLines().format(record) for record in caplog.records]
    assert {"/v1/ask", "/v1/documents/{doc_id:path}"} <= {json.loads(line).get("route") for line in lines}
    told = figures + "\n".join(lines) + "\n".join(span.to_json() for span in spans)
    assert [secret for secret in SECRETS if secret in told] == []


def test_an_error_is_logged_with_its_place_and_without_its_words() -> None:
    words = " ".join(("Mme", "Untel,", "54", "ans"))
    try:
        raise ValueError(words)
    except ValueError as error:
        record = logging.LogRecord(
            "rag", logging.ERROR, __file__, 1, "failed", (), (ValueError, error, error.__traceback__)
        )
    line = json.loads(JsonLines().format(record))
    assert line["error"] == "ValueError"
    assert "test_watching.py" in line["trace"][0]
    assert "Mme Untel" not in str(line)
