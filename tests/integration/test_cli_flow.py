"""The life of a document on the command line: read, read again, changed, forgotten; and the demonstration
without any model.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rag.demo import corpus_folder
from tests.integration.command_line import CommandLine
from tests.spec import schemas

MARKER = "Zorbalexine"
"""A word that one document of the corpus has, ``demo-a-letter``."""


def ingest(command: CommandLine, *paths: Path, code: int = 0) -> dict[str, Any]:
    ended = command.run("ingest", *paths, "--json")
    assert ended.code == code, ended.err
    report: dict[str, Any] = ended.json(schemas.INGEST)
    return report


def found_texts(command: CommandLine, query: str) -> str:
    ended = command.run("search", query, "-k", "50", "--json")
    assert ended.code == 0
    return "\n".join(hit["text"] for hit in ended.json(schemas.SEARCH)["hits"])


def document_ids(command: CommandLine) -> list[str]:
    return [
        item["doc_id"] for item in command.run("documents", "--json").json(schemas.DOCUMENTS)["documents"]
    ]


def files_with(word: str, home: Path) -> list[Path]:
    return [
        path.relative_to(home)
        for path in home.rglob("*")
        if path.is_file() and word.encode() in path.read_bytes()
    ]


def changes(report: dict[str, Any]) -> dict[str, int]:
    return {key: report[key] for key in ("added", "updated", "unchanged", "removed", "failed") if report[key]}


@pytest.mark.models
def test_reading_the_same_files_again_changes_nothing(traboule: CommandLine, corpus: Path) -> None:
    first, second = ingest(traboule, corpus), ingest(traboule, corpus)
    assert changes(first) == {"added": 4}
    assert changes(second) == {"unchanged": 4}
    assert {file["status"] for file in second["files"]} == {"unchanged"}
    assert (second["documents"], second["passages"]) == (4, first["passages"])


@pytest.mark.models
def test_a_changed_file_replaces_what_it_said(traboule: CommandLine, corpus: Path) -> None:
    ingest(traboule, corpus)
    assert MARKER in found_texts(traboule, MARKER)
    letter = corpus / "patients" / "DEMO-A" / "letter.md"
    letter.write_text(letter.read_text(encoding="utf-8").replace(MARKER, "Quintavelle"), encoding="utf-8")
    assert changes(ingest(traboule, corpus)) == {"updated": 1, "unchanged": 3}
    assert MARKER not in found_texts(traboule, MARKER)
    assert "Quintavelle 40 mg" in found_texts(traboule, "Quintavelle")
    assert MARKER not in traboule.run("show", "demo-a-letter", "--json").out


@pytest.mark.models
@pytest.mark.parametrize(
    ("option", "value", "gone", "kept"),
    [
        ("--doc", "demo-a-letter", ["demo-a-letter"], ["demo-a-op", "demo-article", "demo-b-op"]),
        ("--patient", "DEMO-A", ["demo-a-letter", "demo-a-op"], ["demo-article", "demo-b-op"]),
    ],
)
def test_what_is_forgotten_is_nowhere_left(
    traboule: CommandLine, corpus: Path, option: str, value: str, gone: list[str], kept: list[str]
) -> None:
    ingest(traboule, corpus)
    assert files_with(MARKER, traboule.home)
    ended = traboule.run("forget", option, value, "--json")
    erased = ended.json(schemas.FORGET)
    assert (ended.code, sorted(erased["doc_ids"])) == (0, gone)
    assert erased["passages"] >= len(gone)
    assert document_ids(traboule) == kept
    assert MARKER not in found_texts(traboule, MARKER)
    assert [traboule.run("show", doc_id).code for doc_id in gone] == [2] * len(gone)
    assert files_with(MARKER, traboule.home) == []


@pytest.mark.models
def test_a_broken_file_is_reported_and_the_others_are_read(traboule: CommandLine, corpus: Path) -> None:
    whole = next(corpus_folder().rglob("*.pdf")).read_bytes()
    (corpus / "broken.pdf").write_bytes(whole[: len(whole) // 2])
    report = ingest(traboule, corpus, code=3)
    assert changes(report) == {"added": 4, "failed": 1}
    failed = [file for file in report["files"] if file["status"] == "failed"]
    assert [Path(file["file"]).name for file in failed] == ["broken.pdf"]
    assert "broken.pdf" in failed[0]["problems"][0]["message"]
    listed = traboule.run("documents", "--json").json(schemas.DOCUMENTS)
    assert listed["count"] == 4
    assert [item["uri"].rpartition("/")[2] for item in listed["failed"]] == ["broken.pdf"]


@pytest.mark.models
def test_on_a_terminal_the_problem_is_one_line_and_results_stay_clean(
    traboule: CommandLine, corpus: Path
) -> None:
    ended = traboule.run("ingest", corpus / "article.md", corpus / "nowhere.md")
    assert (ended.code, ended.out) == (3, "")
    assert [line for line in ended.err.splitlines() if "nowhere.md" in line] == [
        line for line in ended.err.splitlines() if line.startswith("failed ")
    ]


@pytest.mark.slow
def test_the_demonstration_works_without_models_and_says_so(bare: CommandLine) -> None:
    ended = bare.run("demo", "--json")
    answer = ended.json(schemas.ASK)
    assert ended.code == 0
    assert (answer["abstained"], answer["trace"]["model"]) == (False, "none")
    assert "embedder_unavailable" in answer["notices"]
    assert "The demonstration goes on without them" in " ".join(ended.err.split())
    text = {}
    for claim in answer["claims"]:
        for citation in claim["citations"]:
            doc_id = citation["doc_id"]
            text[doc_id] = text.get(doc_id) or bare.run("show", doc_id, "--json").json(schemas.SHOW)["text"]
            assert citation["quote"] == text[doc_id][citation["start"] : citation["end"]]
    assert text
