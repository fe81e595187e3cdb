"""What the index of pictures promises, on every engine: in memory, Qdrant Edge on disk, and the server's code
over a local client.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from rag.core.pictures import ImageEntry, WantedImages
from rag.core.types import Filters
from rag.index.deferred import DeferredIndex
from rag.index.images import ImageIndex, entry_id
from tests.conformance.test_index import KINDS, make

pytestmark = [
    pytest.mark.filterwarnings("ignore:Payload indexes have no effect:UserWarning"),
    pytest.mark.filterwarnings("ignore:Local mode performs exact:UserWarning"),
]


@pytest.fixture(params=[*KINDS, "deferred"])
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ImageIndex]:
    kind = request.param
    made = DeferredIndex("d", lambda: make("edge", tmp_path)) if kind == "deferred" else make(kind, tmp_path)
    opened = ImageIndex(made, 2)
    assert (opened.count(), opened.of_document("a"), opened.nearest((1.0, 0.0), Filters(), 3)) == (0, (), ())
    yield opened
    opened.close()


def entry(name: str, **changes: object) -> ImageEntry:
    revision, frame = str(changes.get("revision", "r1")), int(str(changes.get("frame", 0)))
    usual = ImageEntry(
        entry_id(name, revision, frame), name, revision, frame, "Radiographie", "fr", "A", "2026-03-12",
        "DX", "radiography", ("chest",), "PA", "frontal", "", None, 0, 5, "Thorax de face",
    )  # fmt: skip
    return replace(usual, **changes)  # type: ignore[arg-type]


def wanted(text: str = "images", **parts: object) -> WantedImages:
    return WantedImages(text, "fr", **parts)  # type: ignore[arg-type]


def found(index: ImageIndex, asked: WantedImages | None = None, filters: Filters = Filters()) -> list[str]:
    return [one.doc_id for one, _ in index.by_words(asked or wanted(), filters, 50)]


def test_an_entry_comes_back_whole(index: ImageIndex) -> None:
    full = entry("a", regions=("hip", "pelvis"), side="left", page=3, frame=2)
    bare = replace(entry("b"), modality="", modality_group="", regions=(), projection="", view="", words="")
    index.put([full, bare], [(1.0, 0.0), None])
    assert index.of_document("a") == (full,)
    assert index.get([bare.entry_id, full.entry_id]) == (bare, full)
    assert index.count() == 2


def test_headers_rank_what_they_code_first(index: ImageIndex) -> None:
    index.put(
        [
            entry("chest"),
            entry("knee", regions=("knee",), side="right", words="Genou droit"),
            entry("scan", modality="CT", modality_group="ct", regions=("abdomen",), view="axial"),
        ],
        [None] * 3,
    )
    assert (
        found(index, wanted("radio du genou droit", modality="radiography", regions=("knee",)))[0] == "knee"
    )
    assert found(index, wanted("scanner", modality="ct"))[0] == "scan"
    assert sorted(found(index)) == ["chest", "knee", "scan"]


def test_filters_are_those_of_the_passages(index: ImageIndex) -> None:
    index.put(
        [
            entry("a"),
            entry("b", patient_id="B", authored_at="2025-01"),
            entry("figure", patient_id=None, authored_at=None, language="en"),
        ],
        [(1.0, 0.0)] * 3,
    )
    cases = [
        (Filters(), {"a", "b", "figure"}),
        (Filters(patient_ids=frozenset({"A"}), literature=False), {"a"}),
        (Filters(patient_ids=frozenset(), literature=True), {"figure"}),
        (Filters(date_to="2025-12"), {"b"}),
        (Filters(doc_ids=frozenset({"a", "b"}), languages=frozenset({"fr"})), {"a", "b"}),
        (Filters(kinds=frozenset({"note"})), {"a", "b", "figure"}),
    ]
    for filters, names in cases:
        assert set(found(index, filters=filters)) == names
        assert {one.doc_id for one, _ in index.nearest((1.0, 0.0), filters, 9)} == names
        assert index.count(filters) == len(names)


def test_nearest_leaves_out_what_could_not_be_seen(index: ImageIndex) -> None:
    index.put([entry("near"), entry("far"), entry("unseen")], [(1.0, 0.1), (0.0, 1.0), None])
    ranked = index.nearest((1.0, 0.0), Filters(), 5)
    assert [one.doc_id for one, _ in ranked] == ["near", "far"]
    assert ranked[0][1] == pytest.approx(0.995, abs=0.001)  # 1 / sqrt(1 + 0.01)
    names = [one.entry_id for one in (entry("near"), entry("unseen"))]
    assert list(index.vectors(names)) == names[:1]
    assert list(index.cosines((0.0, 1.0), names)) == names[:1]


def test_only_one_revision_of_a_document_is_kept(index: ImageIndex) -> None:
    index.put([entry("a"), entry("a", revision="r2"), entry("b")], [None] * 3)
    assert index.keep_only("a", "r2") == 1
    assert [one.revision for one in index.of_document("a")] == ["r2"]
    assert index.keep_only("a", None) == 1
    assert found(index) == ["b"]
    index.optimize()
    assert index.count() == 1
