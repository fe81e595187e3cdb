"""What the index on disk does beside searching: it keeps what was written, guards its folder, and says what
is wrong.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from rag.core.errors import ConfigurationError, StorageError, TrabouleError, Unavailable
from rag.core.types import Filters, Passage, SparseVector
from rag.index.edge import EdgeIndex
from rag.index.filters import passes
from rag.settings import IndexSettings
from tests.passage_ids import name_of, pid, pids


def passage(number: int) -> Passage:
    return Passage(
        pid(f"p{number:05d}"),
        f"d{number // 10}",
        "r",
        number % 10,
        0,
        9,
        f"WORD{number:05d}",
        "",
        "note",
        "en",
        patient_id=f"P{number % 3}",
    )


def write(index: EdgeIndex, numbers: range) -> None:
    vectors = [(1.0, float(number)) for number in numbers]
    index.upsert(
        [passage(number) for number in numbers],
        vectors,
        [SparseVector((number + 1,), (1.0,)) for number in numbers],
    )


@contextmanager
def opened(
    folder: Path, embedder: str = "e5", dimensions: int = 2, settings: IndexSettings | None = None
) -> Iterator[EdgeIndex]:
    index = EdgeIndex(folder, embedder, dimensions, settings)
    try:
        yield index
    finally:
        index.close()


def raised_on_opening(folder: Path, embedder: str = "e5", dimensions: int = 2) -> TrabouleError:
    with pytest.raises(TrabouleError) as raised:
        EdgeIndex(folder, embedder, dimensions)
    assert str(folder) in str(raised.value) or raised.value.key == "index_dimensions_mismatch"
    return raised.value


def bytes_hold(folder: Path, word: str) -> bool:
    return any(word.encode() in path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_what_was_written_is_there_after_reopening(tmp_path: Path) -> None:
    with opened(tmp_path / "index") as index:
        write(index, range(300))
        version = index.version
    with opened(tmp_path / "index") as index:
        assert index.count() == 300
        assert index.version == version
        assert index.get(pids("p00299"))[0].text == "WORD00299"
        assert index.search(None, {"en": SparseVector((5,), (1.0,))}, Filters(), 3)["en"][
            0
        ].passage_id == pid("p00004")


def test_kill_loses_nothing_that_upsert_returned_for(tmp_path: Path) -> None:
    program = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from test_edge_index import EdgeIndex, write
index = EdgeIndex(Path(sys.argv[2]), "e5", 2)
for start in range(0, 100_000, 50):
    write(index, range(start, start + 50))
    print(start + 50, flush=True)
"""
    command = [sys.executable, "-c", program, str(Path(__file__).parent), str(tmp_path / "index")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    written = [int(process.stdout.readline()) for _ in range(6)][-1]
    process.send_signal(signal.SIGKILL)
    written = max([written, *(int(line) for line in process.stdout if line.endswith("\n"))])
    process.wait()
    process.stdout.close()
    with opened(tmp_path / "index") as index:  # the lock of a killed process is no hindrance
        assert index.count() in (written, written + 50)
        assert len(index.get(pids(*(f"p{number:05d}" for number in range(written))))) == written


def test_folder_is_used_by_one_at_a_time(tmp_path: Path) -> None:
    program = """
import sys
from pathlib import Path
from rag.core.errors import Unavailable
from rag.index.edge import EdgeIndex
try:
    EdgeIndex(Path(sys.argv[1]), "e5", 2)
except Unavailable as error:
    print(error.key, error)
"""
    with opened(tmp_path / "index"):
        shown = subprocess.run(
            [sys.executable, "-c", program, str(tmp_path / "index")],
            capture_output=True,
            text=True,
            check=True,
        )
        assert shown.stdout.startswith("home_locked ")
        assert str(tmp_path / "index") in shown.stdout
        assert isinstance(raised_on_opening(tmp_path / "index"), Unavailable)
    with opened(tmp_path / "index") as index:
        assert index.count() == 0


def test_other_embedder_is_refused_and_leaves_the_index_alone(tmp_path: Path) -> None:
    with opened(tmp_path / "index") as index:
        write(index, range(3))
    error = raised_on_opening(tmp_path / "index", "bge-m3")
    assert isinstance(error, ConfigurationError)
    assert error.key == "index_embedder_mismatch"
    assert "ingest --rebuild" in str(error)
    assert raised_on_opening(tmp_path / "index", "e5", 3).key == "index_dimensions_mismatch"
    with opened(tmp_path / "index") as index:
        assert index.count() == 3


def test_use_after_closing_is_told(tmp_path: Path) -> None:
    with opened(tmp_path / "index") as index:
        pass
    with pytest.raises(Unavailable) as raised:
        index.count()
    assert raised.value.key == "index_closed"


@pytest.mark.parametrize(
    ("pattern", "content"),
    [
        ("index.json", b"{}"),
        ("index.json", b"\xff\xfe"),
        ("index.json", None),
        ("shard-1/edge_config.json", b"not json"),
        ("shard-1/segments/*/segment.json", b""),
        ("shard-1", None),
    ],
)
def test_damaged_file_is_told_with_the_mend(tmp_path: Path, pattern: str, content: bytes | None) -> None:
    with opened(tmp_path / "index") as index:
        write(index, range(20))
    path = next((tmp_path / "index").glob(pattern))
    if content is not None:
        path.write_bytes(content)
    elif path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
    error = raised_on_opening(tmp_path / "index")
    assert isinstance(error, StorageError)
    assert error.key == "index_damaged"
    assert "ingest --rebuild" in str(error)


def test_passages_that_vanished_are_noticed(tmp_path: Path) -> None:
    with opened(tmp_path / "index") as index:
        write(index, range(20))
    shard = tmp_path / "index" / "shard-1"
    next(shard.glob("segments/*/mutable_id_tracker.mappings")).unlink()
    for journal in (shard / "wal").iterdir():
        journal.unlink()
    assert raised_on_opening(tmp_path / "index").key == "index_damaged"


def test_interrupted_creation_is_begun_anew(tmp_path: Path) -> None:
    with opened(tmp_path / "index"):
        pass
    (tmp_path / "index" / "index.json").unlink()
    (tmp_path / "index" / "shard-7").mkdir()
    with opened(tmp_path / "index") as index:
        write(index, range(2))
        assert index.count() == 2


def test_leftover_of_an_interrupted_rewriting_is_removed(tmp_path: Path) -> None:
    with opened(tmp_path / "index") as index:
        write(index, range(2))
    (tmp_path / "index" / "shard-2" / "segments").mkdir(parents=True)
    with opened(tmp_path / "index") as index:
        assert index.count() == 2
    assert [path.name for path in (tmp_path / "index").glob("shard-*")] == ["shard-1"]


def test_full_disk_is_told_and_the_index_stays_usable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)
    with opened(tmp_path / "index") as index:
        write(index, range(3))
        with monkeypatch.context() as patched:
            patched.setattr(shutil, "disk_usage", lambda path: usage._replace(free=63_000_000))
            with pytest.raises(StorageError) as raised:
                write(index, range(3, 6))
            assert raised.value.key == "index_disk_full"
            assert index.count() == 3
            index.delete(pids("p00000"))  # erasing must work on a full disk
        write(index, range(3, 6))
        assert index.count() == 5


def test_optimizing_after_deleting_removes_the_text_from_the_files(tmp_path: Path) -> None:
    with opened(tmp_path / "index") as index:
        write(index, range(40))
        assert bytes_hold(tmp_path, "WORD00017")
        index.delete(pids("p00017"))
    with opened(tmp_path / "index") as index:  # what is due is remembered
        index.optimize()
        assert not bytes_hold(tmp_path, "WORD00017")
        assert bytes_hold(tmp_path, "WORD00018")
        assert index.count() == 39
        assert index.vectors(pids("p00018"))[pid("p00018")] == pytest.approx(
            (1 / 325**0.5, 18 / 325**0.5), rel=1e-5
        )
        assert index.get(pids("p00018")) == (passage(18),)
    with opened(tmp_path / "index") as index:
        assert index.count(Filters(patient_ids=frozenset({"P0"}))) == 14


def test_searches_go_on_while_the_index_is_rewritten(tmp_path: Path) -> None:
    failures: list[BaseException] = []
    done = threading.Event()

    def search() -> None:
        try:
            while not done.is_set():
                assert len(index.search((1.0, 0.0), {}, Filters(), 10)["dense"]) == 10
        except BaseException as error:
            failures.append(error)

    with opened(tmp_path / "index") as index:
        write(index, range(200))
        threads = [threading.Thread(target=search) for _ in range(2)]
        for thread in threads:
            thread.start()
        for number in range(2):
            index.delete(pids(f"p{number:05d}"))
            index.optimize()
        done.set()
        for thread in threads:
            thread.join()
        assert index.count() == 198
    assert failures == []


def test_a_growing_index_is_built_a_few_times_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.index.edge._OPTIMIZE_EVERY", 10)
    sizes: list[int] = []
    build = EdgeIndex._build
    monkeypatch.setattr(
        EdgeIndex,
        "_build",
        lambda index, shard: (sizes.append(shard.info().points_count), build(index, shard)),
    )
    with opened(tmp_path / "index") as index:
        for start in range(0, 300, 10):
            write(index, range(start, start + 10))
        # 10 at least, then half of what was there: 20 + 10, 30 + 20, 50 + 30, 80 + 40, 120 + 60, 180 + 90
        assert sizes == [10, 20, 30, 50, 80, 120, 180, 270]


GRAPHS = {
    "whole numbers": IndexSettings(exact_up_to=600),
    "whole numbers, originals on disk": IndexSettings(exact_up_to=600, originals="disk"),
    "floats": IndexSettings(exact_up_to=600, quantization="none"),
}


def points_in_graph(index: EdgeIndex) -> int:
    with index._shard() as shard:
        sparse = 3000
        return max(0, shard.info().indexed_vectors_count - sparse)


def random_vectors() -> NDArray[np.float64]:
    return np.random.default_rng(1).normal(size=(3000, 16))


def write_vectors(index: EdgeIndex, vectors: NDArray[np.float64]) -> None:
    index.upsert(
        [passage(number) for number in range(3000)],
        [tuple(row) for row in vectors.tolist()],
        [SparseVector((1,), (1.0,))] * 3000,
    )


@pytest.mark.parametrize("settings", GRAPHS.values(), ids=GRAPHS)
def test_filters_stay_exact_when_the_search_goes_by_a_graph(tmp_path: Path, settings: IndexSettings) -> None:
    vectors = random_vectors()
    passages = [passage(number) for number in range(3000)]
    with opened(tmp_path / "index", dimensions=16, settings=settings) as index:
        write_vectors(index, vectors)
        index.optimize()
        assert points_in_graph(index) == 3000
        cosines = vectors @ vectors[7] / np.linalg.norm(vectors, axis=1) / np.linalg.norm(vectors[7])
        for filters in (
            Filters(),
            Filters.for_patient("P1", literature=False),
            Filters(doc_ids=frozenset({"d5", "d9"})),
        ):
            hits = index.search(tuple(vectors[7].tolist()), {}, filters, 20)["dense"]
            allowed = [number for number in range(3000) if passes(filters, passages[number])]
            best = sorted(allowed, key=lambda number: -cosines[number])[:20]
            assert {hit.passage_id for hit in hits} <= {passages[number].passage_id for number in allowed}
            assert (
                len({hit.passage_id for hit in hits} & {passages[number].passage_id for number in best}) >= 19
            )
            # scores are cosines of the whole vectors, however the candidates were found
            assert [hit.score for hit in hits] == pytest.approx(
                [cosines[int(name_of(hit.passage_id)[1:])] for hit in hits], abs=1e-5
            )


def test_a_graph_is_built_while_writing_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.index.edge._OPTIMIZE_EVERY", 1000)
    with opened(tmp_path / "index", dimensions=16, settings=IndexSettings(exact_up_to=600)) as index:
        write_vectors(index, random_vectors())
        assert points_in_graph(index) == 3000


def test_a_small_index_has_no_graph(tmp_path: Path) -> None:
    with opened(tmp_path / "index", dimensions=16, settings=IndexSettings(exact_up_to=3100)) as index:
        write_vectors(index, random_vectors())
        index.optimize()
        assert points_in_graph(index) == 0


def test_other_settings_of_the_graph_apply_to_an_index_that_exists(tmp_path: Path) -> None:
    with opened(tmp_path / "index", dimensions=16) as index:
        write_vectors(index, random_vectors())
    with opened(
        tmp_path / "index", dimensions=16, settings=IndexSettings(exact_up_to=600, originals="disk")
    ) as index:
        assert points_in_graph(index) == 0
        index.optimize()
        assert points_in_graph(index) == 3000
        assert index.count() == 3000
    with opened(tmp_path / "index", dimensions=16) as index:
        assert len(index.search(tuple(random_vectors()[0].tolist()), {}, Filters(), 10)["dense"]) == 10
