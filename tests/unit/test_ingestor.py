"""Ingest as a whole: what is added, left alone, updated, removed, refused; and that the home is sound after
each.
"""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from rag.core.errors import StorageError, Unavailable
from rag.core.types import Filters, Passage, SparseVector, Vector
from rag.index.memory import MemoryIndex
from rag.ingest.report import Counts, Progress
from tests.unit.ingesting import EMBEDDING, Home, open_home


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with open_home(tmp_path / "home") as opened:
        yield opened


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    return folder


def note(
    folder: Path, name: str = "note.md", body: str = "Hanche droite opérée sans complication.", **front: str
) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [f"{key}: {value}" for key, value in front.items()]
    path.write_text("\n".join(["---", *lines, "---", body]) if lines else body)
    return path


def lines(path: Path, *records: dict[str, str] | str) -> Path:
    path.write_text(
        "\n".join(record if isinstance(record, str) else json.dumps(record) for record in records)
    )
    return path


def test_file_becomes_a_visible_document_with_its_passages_and_its_copy(home: Home, inbox: Path) -> None:
    path = note(inbox, id="d1", patient_id="P1")
    report = home.ingest(inbox)
    assert report.counts == Counts(added=1)
    assert report.passages == 1
    document = home.store.get("d1")
    assert document is not None
    assert document.source.uri == path.as_uri()
    (passage,) = home.index.get(sorted(home.index.passage_ids("d1")))
    assert document.text[passage.start : passage.end] == passage.text
    with home.sources.open(document.source.sha256) as copy:
        assert copy.read() == path.read_bytes()
    home.assert_sound()


def test_repeating_changes_nothing_and_parses_nothing(
    home: Home, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    note(inbox, "a.md")
    lines(inbox / "c.jsonl", {"_id": "x", "text": "un"}, {"_id": "y", "text": "deux"})
    home.ingest(inbox)
    before = [(summary.doc_id, summary.revision, summary.updated_at) for summary in home.store.list()]
    monkeypatch.setattr("rag.ingest.sources.files.Reader.begin", None)
    assert home.ingest(inbox).counts == Counts(unchanged=3)
    assert [(summary.doc_id, summary.revision, summary.updated_at) for summary in home.store.list()] == before
    home.assert_sound()


def test_changed_file_replaces_its_document_passages_and_copy(home: Home, inbox: Path) -> None:
    path = note(inbox, body="Ancien texte.", id="d1")
    home.ingest(path)
    note(inbox, body="Nouveau texte. " * 100, id="d1")
    result = home.only(path)
    assert (result.status, result.counts) == ("updated", Counts(updated=1))
    assert home.store.texts(["d1"])["d1"].startswith("Nouveau")
    assert len(home.blobs()) == 1
    home.assert_sound()


def test_changed_sidecar_updates_the_document(home: Home, inbox: Path) -> None:
    path = note(inbox, "a.txt")
    home.ingest(path)
    (inbox / "a.txt.meta.yaml").write_text("patient_id: P1")
    assert home.only(path).counts == Counts(updated=1)
    assert home.store.patients() == {"P1": 1}
    assert home.index.count(Filters.for_patient("P1", literature=False)) == 1
    home.assert_sound()


def test_file_touched_without_change_of_text_is_not_embedded_again(home: Home, inbox: Path) -> None:
    path = note(inbox, "a.txt", "Texte.")
    home.ingest(path)
    path.write_text("Texte.   \n\n")  # the same canonical text
    report = home.ingest(path)
    assert (report.counts, report.passages) == (Counts(unchanged=1), 0)
    home.assert_sound()


def test_changed_passage_size_cuts_again(tmp_path: Path, inbox: Path) -> None:
    note(inbox, body="Une phrase de cinq mots. " * 40)
    index = MemoryIndex("hash", EMBEDDING.dimensions)
    with open_home(tmp_path / "home", index) as home:
        home.ingest(inbox)
        few = index.count()
    with open_home(tmp_path / "home", index, min_passage_tokens=10, max_passage_tokens=20) as home:
        assert home.ingest(inbox).counts == Counts(updated=1)
        assert index.count() > few
        home.assert_sound()


def test_line_that_disappears_from_a_corpus_removes_its_document(home: Home, inbox: Path) -> None:
    path = lines(
        inbox / "c.jsonl",
        {"_id": "a", "text": "un"},
        {"_id": "b", "text": "deux"},
        {"_id": "c", "text": "trois"},
    )
    home.ingest(path)
    lines(path, {"_id": "a", "text": "un"}, {"_id": "c", "text": "trois, changé"})
    assert home.only(path).counts == Counts(updated=1, unchanged=1, removed=1)
    assert home.ids() == {"a", "c"}
    home.assert_sound()


def test_corpus_with_a_bad_line_removes_nothing(home: Home, inbox: Path) -> None:
    path = lines(inbox / "c.jsonl", {"_id": "a", "text": "un"}, {"_id": "b", "text": "deux"})
    home.ingest(path)
    lines(path, {"_id": "a", "text": "un"}, "{broken", {"_id": "c", "text": "trois"})
    result = home.only(path)
    assert (result.status, result.counts) == ("failed", Counts(added=1, unchanged=1, failed=1))
    assert home.ids() == {"a", "b", "c"}  # the broken line may be b
    assert result.problems[0].variables["line"] == 2


def test_id_that_changes_in_a_file_leaves_only_the_new_one(home: Home, inbox: Path) -> None:
    path = note(inbox, id="old")
    home.ingest(path)
    note(inbox, id="new")
    assert home.only(path).counts == Counts(added=1, removed=1)
    assert home.ids() == {"new"}
    home.assert_sound()


def test_broken_file_is_reported_stays_as_it_was_and_the_rest_goes_on(home: Home, inbox: Path) -> None:
    path = note(inbox, "b.md", "Bon texte.", id="good")
    home.ingest(inbox)
    path.write_bytes(b"\x00\x01\x02")
    note(inbox, "a.md")
    note(inbox, "c.md")
    report = home.ingest(inbox)
    assert report.counts == Counts(added=2, failed=1)
    assert report.has_failures
    assert [result.status for result in report.files] == ["added", "failed", "added"]
    assert home.store.texts(["good"]) == {"good": "Bon texte."}
    (failure,) = home.inputs.failures()
    assert (failure.uri, failure.problem) == (path.as_uri(), "text_binary")
    home.assert_sound()


def test_mended_file_is_no_failure_any_more(home: Home, inbox: Path) -> None:
    path = note(inbox, date="hier")
    assert home.only(path).status == "failed"
    assert home.ids() == set()
    assert home.blobs() == []
    note(inbox, date="2026-03-12")
    assert home.only(path).status == "added"
    assert list(home.inputs.failures()) == []


def test_failed_file_is_reported_again_each_time(home: Home, inbox: Path) -> None:
    note(inbox, date="hier")
    assert [home.ingest(inbox).counts.failed for _ in range(2)] == [1, 1]


@pytest.mark.parametrize(
    ("name", "content", "key"),
    [
        ("a.md", b"", "file_empty"),
        ("a.xyz", b"text", "file_type_unknown"),
        ("a", b"text", "file_type_unknown"),
        ("a.gif", b"GIF89a", "picture_damaged"),
        ("a.xml", b"<orders/>", "xml_unknown"),
        ("a.txt", b"\x01\x02\x00\x00", "text_binary"),
        ("a.pdf", b"just text", "file_not_what_it_says"),
        ("a.jsonl.gz", b"not gzip", "file_not_what_it_says"),
    ],
)
def test_input_that_is_not_read_is_reported(
    home: Home, inbox: Path, name: str, content: bytes, key: str
) -> None:
    (inbox / name).write_bytes(content)
    result = home.only(inbox)
    assert result.status == "failed"
    assert [problem.key for problem in result.problems] == [key]
    assert str(inbox / name) in str(result.problems[0])


def test_file_of_200_mb_is_refused_by_the_setting_it_names(home: Home, inbox: Path) -> None:
    with (inbox / "big.txt").open("wb") as file:
        file.truncate(200_000_000)
    (problem,) = home.only(inbox).problems
    assert "200 MB" in str(problem)
    assert "ingest.max_file_mb" in str(problem)


def test_second_file_with_an_id_is_refused_while_the_first_exists(home: Home, inbox: Path) -> None:
    first, second = note(inbox, "a.md", "Premier.", id="d1"), note(inbox, "b.md", "Second.", id="d1")
    report = home.ingest(inbox)
    assert report.counts == Counts(added=1, failed=1)
    (problem,) = report.files[1].problems
    assert (problem.key, problem.variables["other"]) == ("document_id_taken", str(first))
    assert home.store.texts(["d1"]) == {"d1": "Premier."}
    first.unlink()
    assert home.only(second).counts == Counts(updated=1)
    assert home.store.texts(["d1"]) == {"d1": "Second."}
    home.assert_sound()


def test_moved_file_keeps_its_document_without_embedding_it_again(home: Home, inbox: Path) -> None:
    path = note(inbox, "a.md", id="d1", title="Note")
    home.ingest(inbox)
    path.rename(inbox / "b.md")
    report = home.ingest(inbox)
    assert (report.counts, report.passages) == (Counts(unchanged=1), 0)
    document = home.store.get("d1")
    assert document is not None
    assert document.source.uri == (inbox / "b.md").as_uri()
    home.assert_sound()


def test_document_that_lost_its_id_to_another_file_comes_back_with_its_own(
    home: Home, inbox: Path, tmp_path: Path
) -> None:
    path = note(inbox, "a.md", "Un.", id="d1")
    home.ingest(inbox)
    shutil.move(path, tmp_path / "aside.md")
    other = note(inbox, "b.md", "Deux.", id="d1")
    home.ingest(inbox)
    other.unlink()
    shutil.move(tmp_path / "aside.md", path)
    assert home.only(inbox).counts == Counts(updated=1)
    assert home.store.texts(["d1"]) == {"d1": "Un."}


def test_id_twice_in_one_corpus_keeps_the_first(home: Home, inbox: Path) -> None:
    lines(inbox / "c.jsonl", {"_id": "a", "text": "un"}, {"_id": "a", "text": "deux"})
    result = home.only(inbox)
    assert (result.counts, result.problems[0].key) == (Counts(added=1, failed=1), "document_id_twice")
    assert home.store.texts(["a"]) == {"a": "un"}


def test_no_copy_is_kept_of_a_file_of_many_patients(home: Home, inbox: Path) -> None:
    lines(
        inbox / "c.jsonl",
        {"_id": "a", "text": "un", "patient_id": "P1"},
        {"_id": "b", "text": "deux", "patient_id": "P2"},
    )
    home.ingest(inbox)
    assert home.blobs() == []


def test_document_of_hundreds_of_passages_and_hundreds_of_documents_are_all_written(
    home: Home, inbox: Path
) -> None:
    note(inbox, "long.md", "Une phrase assez courte pour être lue. " * 3000)
    records = (
        {"_id": f"d{number}", "text": f"Le document du patient est le numéro {number}."}
        for number in range(300)
    )
    (inbox / "c.jsonl.gz").write_bytes(gzip.compress("\n".join(map(json.dumps, records)).encode()))
    report = home.ingest(inbox)
    assert report.counts == Counts(added=301)
    assert report.passages == home.index.count() > 400
    home.assert_sound()


def test_progress_names_every_file_and_ends_at_the_total(home: Home, inbox: Path) -> None:
    note(inbox, "a.md")
    note(inbox, "b.md")
    seen: list[Progress] = []
    home.ingestor.ingest([inbox], seen.append, of_nobody="literature")
    shown = dict.fromkeys((Path(step.file).name, step.files_done, step.files) for step in seen)
    assert list(shown) == [("a.md", 0, 2), ("b.md", 1, 2), ("", 2, 2)]
    assert (seen[0].share, seen[-1].share) == (0.0, 1.0)
    assert seen[-1].passages == 2


def test_progress_moves_within_a_file_of_many_documents(home: Home, inbox: Path) -> None:
    lines(
        inbox / "c.jsonl",
        *(
            {"_id": f"d{number}", "text": f"Le document du patient est le numéro {number}."}
            for number in range(130)
        ),
    )
    seen: list[Progress] = []
    home.ingestor.ingest([inbox], seen.append)
    assert [step.passages for step in seen] == [0, 64, 128, 130, 130]


def test_second_ingest_at_the_same_time_is_turned_away(
    home: Home, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.store.database.time.monotonic", lambda: 0.0)
    with home.store.database.writer(), pytest.raises(Unavailable), home.store.database.writer(wait_s=0.1):
        pass


class Breaking(MemoryIndex):
    """An index that fails after some writes, then works again."""

    def __init__(self, after: int) -> None:
        super().__init__("hash", EMBEDDING.dimensions)
        self.left = after

    def upsert(
        self, passages: Sequence[Passage], dense: Sequence[Vector], sparse: Sequence[SparseVector]
    ) -> None:
        if self.left == 0:
            raise StorageError("disk_full", place="index")
        self.left -= 1
        super().upsert(passages, dense, sparse)


@pytest.mark.parametrize("after", [0, 1, 2])
def test_full_disk_ends_the_run_shows_nothing_half_and_the_next_run_goes_on(
    tmp_path: Path, inbox: Path, after: int
) -> None:
    for number in range(3):
        note(
            inbox,
            f"{number}.md",
            "Une phrase assez courte pour être lue. " * 3000 * (number + 1),
            id=f"d{number}",
        )
    index = Breaking(after)
    with open_home(tmp_path / "home", index) as home:
        with pytest.raises(StorageError):
            home.ingest(inbox)
        for doc_id, revision in home.store.ready_revisions(home.ids()).items():
            passages = index.get(sorted(index.passage_ids(doc_id)))
            assert {passage.revision for passage in passages} == {revision}
        assert home.ids() < {"d0", "d1", "d2"}
        index.left = -1
        home.ingest(inbox)
        assert home.ids() == {"d0", "d1", "d2"}
        home.assert_sound()


def test_interrupted_update_keeps_the_old_version_visible(tmp_path: Path, inbox: Path) -> None:
    index = Breaking(-1)
    with open_home(tmp_path / "home", index) as home:
        note(inbox, body="Ancien.", id="d1")
        home.ingest(inbox)
        note(inbox, body="Nouveau.", id="d1")
        index.left = 0
        with pytest.raises(StorageError):
            home.ingest(inbox)
        assert home.store.texts(["d1"]) == {"d1": "Ancien."}
        home.ingestor.recover()
        home.assert_sound()


def test_embedder_that_fails_after_the_registry_was_written_leaves_nothing_visible(
    home: Home, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(_texts: Sequence[str]) -> list[Vector]:
        raise Unavailable("store_unreachable", place="embedder")

    monkeypatch.setattr(home.ingestor, "_embed", unreachable)
    note(inbox, id="d1")
    with pytest.raises(Unavailable):
        home.ingest(inbox)
    assert home.ids() == set()
    assert home.store.unfinished() == ("d1",)
    recovered = home.ingestor.recover()
    assert recovered.doc_ids == ("d1",)
    assert len(recovered.sources) == 1
    home.assert_sound()


def test_new_index_is_filled_from_the_registry(tmp_path: Path, inbox: Path) -> None:
    note(inbox, "a.md", "Une phrase assez courte pour être lue. " * 100, id="a")
    note(inbox, "b.md", id="b")
    with open_home(tmp_path / "home") as home:
        home.ingest(inbox)
    same = MemoryIndex("hash", EMBEDDING.dimensions)
    with open_home(tmp_path / "home", same) as home:
        assert home.ingestor.reindex().counts == Counts(updated=2)
        assert home.ingestor.reindex().counts == Counts(unchanged=2)
        home.assert_sound()
    with open_home(tmp_path / "home", MemoryIndex("other", EMBEDDING.dimensions)) as home:
        assert home.ingestor.reindex().counts == Counts(updated=2)
        home.assert_sound()


def test_other_embedder_has_every_file_written_again(tmp_path: Path, inbox: Path) -> None:
    note(inbox)
    with open_home(tmp_path / "home") as home:
        home.ingest(inbox)
    with open_home(tmp_path / "home", MemoryIndex("other", EMBEDDING.dimensions)) as home:
        assert home.ingest(inbox).counts == Counts(updated=1)
        home.assert_sound()


def test_fault_of_a_parser_fails_its_file_alone(
    home: Home, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_text: str) -> list[object]:
        raise RuntimeError("Madame Presqu'île")

    monkeypatch.setattr("rag.ingest.plain.text.markdown_headings", broken)
    note(inbox, "a.md")
    note(inbox, "b.txt")
    report = home.ingest(inbox)
    assert report.counts == Counts(added=1, failed=1)
    (problem,) = report.files[0].problems
    assert problem.key == "file_parser_failed"
    assert "Presqu" not in str(problem)
