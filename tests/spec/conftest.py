"""Homes to run the specifications on: every index, on every database, with vectors of hashed words and
without a language model.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.build import open_home
from rag.home import OpenHome
from rag.index.server import index as server
from rag.settings import IndexSettings, Settings
from tests.conformance.conftest import postgres_url as postgres_url
from tests.spec.records import RECORDS


def _local_server(settings: IndexSettings, identity: str, dimensions: int) -> server.ServerIndex:
    from qdrant_client import QdrantClient

    return server.ServerIndex(QdrantClient(":memory:"), settings, identity, dimensions)


@pytest.fixture(params=["memory", "edge", "server"])
def index_kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=["sqlite", "postgres"])
def home(
    request: pytest.FixtureRequest, index_kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[OpenHome]:
    """Give a home that holds the records of ``tests/spec/records.py``."""
    monkeypatch.setattr(server, "open_server_index", _local_server)
    url = request.getfixturevalue("postgres_url") if request.param == "postgres" else None
    table = {
        "models": {"dir": str(tmp_path / "models")},
        "llm": {"kind": "none"},
        "index": {"kind": index_kind, **({"url": "http://127.0.0.1:6333"} if index_kind == "server" else {})},
        "store": {"url": url} if url else {},
    }
    for name, text in RECORDS.items():
        path = tmp_path / "files" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    with open_home(Settings.model_validate(table), tmp_path / "home", allow_fallback=True) as opened:
        report = opened.ingestor.ingest([tmp_path / "files"])
        assert report.counts.failed == 0
        yield opened
