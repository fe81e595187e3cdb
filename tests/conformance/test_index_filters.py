"""Whatever the filters, every index finds what the reference finds, and ``passes`` says the same."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.core.protocols import DENSE, PassageIndex
from rag.core.types import Filters, Passage, SparseVector
from rag.index.edge import EdgeIndex
from rag.index.filters import passes
from rag.index.memory import MemoryIndex
from rag.index.server.index import ServerIndex
from rag.settings import IndexSettings

pytestmark = [
    pytest.mark.filterwarnings("ignore:Payload indexes have no effect:UserWarning"),
    pytest.mark.filterwarnings("ignore:Local mode performs exact:UserWarning"),
]

PATIENTS = ["A", "B", "a"]
KINDS = ["report", "note"]
LANGUAGES = ["fr", "en"]
DATES = [
    "2025",
    "2025-12",
    "2025-12-31",
    "2026-01-01",
    "2026-01-01T00:00:00Z",
    "2025-12-31T23:59:59.5+00:00",
    "2026-02",
    "2026",
]
PASSAGES = [
    Passage(
        f"{number:032x}",
        f"d{number % 7}",
        "r",
        0,
        0,
        4,
        "text",
        "",
        kind,
        language,
        patient_id=patient,
        authored_at=date,
    )
    for number, (patient, kind, language, date) in enumerate(
        product([*PATIENTS, None], KINDS, LANGUAGES, [*DATES, None])
    )
]


def some(values: list[str]) -> st.SearchStrategy[frozenset[str] | None]:
    return st.none() | st.frozensets(st.sampled_from([*values, "other"]))


FILTERS = st.builds(
    Filters,
    patient_ids=some(PATIENTS),
    literature=st.booleans(),
    date_from=st.none() | st.sampled_from(DATES),
    date_to=st.none() | st.sampled_from(DATES),
    kinds=some(KINDS),
    languages=some(LANGUAGES),
    doc_ids=some([f"d{number}" for number in range(7)]),
)


@pytest.fixture(scope="module")
def indexes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[PassageIndex]]:
    from qdrant_client import QdrantClient

    opened: list[PassageIndex] = [
        MemoryIndex("fake", 2),
        EdgeIndex(tmp_path_factory.mktemp("index"), "fake", 2),
        ServerIndex(QdrantClient(":memory:"), IndexSettings(), "fake", 2),
    ]
    for index in opened:
        index.upsert(PASSAGES, [(1.0, 0.0)] * len(PASSAGES), [SparseVector((7,), (1.0,))] * len(PASSAGES))
    yield opened
    for index in opened:
        index.close()


@given(first=FILTERS, second=FILTERS)
@settings(max_examples=150, deadline=None)
def test_every_index_finds_what_passes(indexes: list[PassageIndex], first: Filters, second: Filters) -> None:
    for filters in (first, first.narrowed(second)):
        expected = {passage.passage_id for passage in PASSAGES if passes(filters, passage)}
        for index in indexes:
            rankings = index.search(
                (1.0, 0.0),
                {"fr": SparseVector((7,), (1.0,)), "en": SparseVector((7,), (1.0,))},
                filters,
                1000,
            )
            assert {hit.passage_id for hit in rankings[DENSE]} == expected
            assert {hit.passage_id for channel in ("fr", "en") for hit in rankings[channel]} == expected
            assert index.count(filters) == len(expected)


@given(first=FILTERS, second=FILTERS)
def test_narrowing_never_widens(first: Filters, second: Filters) -> None:
    for passage in PASSAGES:
        if passes(first.narrowed(second), passage):
            assert passes(first, passage)
            assert passes(second, passage)
