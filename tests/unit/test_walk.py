"""From paths to files: order, links, litter, and what cannot be opened."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.ingest.sources.paths import walk


def tree(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("x")
    return folder


def names(folder: Path, *paths: Path) -> list[str]:
    return [str(found.path.relative_to(folder)) for found in walk(paths or [folder]) if not found.problem]


def problems(*paths: Path) -> list[tuple[str, str]]:
    return [(found.path.name, found.problem.key) for found in walk(paths) if found.problem]


def test_files_come_in_the_order_of_their_names(tmp_path: Path) -> None:
    tree(tmp_path, "b.txt", "a/z.txt", "a/b.txt", "c/a.txt", "B.txt")
    assert names(tmp_path) == ["B.txt", "a/b.txt", "a/z.txt", "b.txt", "c/a.txt"]


def test_hidden_files_caches_and_litter_are_passed_over(tmp_path: Path) -> None:
    tree(
        tmp_path,
        "a.txt",
        ".hidden",
        ".git/config",
        "__pycache__/x.txt",
        "~$lettre.docx",
        "note.txt~",
        "Thumbs.db",
    )
    assert names(tmp_path) == ["a.txt"]


def test_hidden_file_that_is_named_is_read(tmp_path: Path) -> None:
    tree(tmp_path, ".note.txt")
    assert names(tmp_path, tmp_path / ".note.txt") == [".note.txt"]


def test_file_named_twice_or_under_a_named_folder_comes_once(tmp_path: Path) -> None:
    tree(tmp_path, "a.txt")
    assert names(tmp_path, tmp_path / "a.txt", tmp_path, tmp_path / "a.txt") == ["a.txt"]


def test_links_are_followed_and_circles_end(tmp_path: Path) -> None:
    tree(tmp_path, "real/a.txt")
    (tmp_path / "real" / "up").symlink_to(tmp_path)
    (tmp_path / "other").symlink_to(tmp_path / "real")
    assert names(tmp_path) == ["other/a.txt"]  # "other" comes first; "real" is the same folder
    assert problems(tmp_path) == []


def test_link_to_itself_or_to_nothing_is_reported(tmp_path: Path) -> None:
    (tmp_path / "loop.txt").symlink_to("loop.txt")
    (tmp_path / "nowhere.txt").symlink_to("absent")
    assert dict(problems(tmp_path)).keys() == {"loop.txt", "nowhere.txt"}


def test_path_that_does_not_exist_is_reported(tmp_path: Path) -> None:
    assert problems(tmp_path / "absent") == [("absent", "file_missing")]


def test_pipe_is_reported_and_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    assert problems(tmp_path) == [("pipe.txt", "file_not_regular")]


def test_sidecar_goes_with_its_file_and_alone_is_reported(tmp_path: Path) -> None:
    tree(tmp_path, "a.txt", "a.txt.meta.yaml", "b.txt.meta.yaml")
    assert names(tmp_path) == ["a.txt"]
    assert problems(tmp_path) == [("b.txt.meta.yaml", "sidecar_alone")]


def test_folder_without_rights_is_reported_and_the_rest_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree(tmp_path, "a.txt", "closed/b.txt", "z.txt")
    scandir = os.scandir

    def guarded(path: Path) -> Iterator[os.DirEntry[str]]:
        if Path(path).name == "closed":
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr("os.scandir", guarded)  # root, who runs the tests in containers, may open anything
    assert names(tmp_path) == ["a.txt", "z.txt"]
    assert problems(tmp_path) == [("closed", "folder_unreadable")]


def test_name_that_is_no_text_is_reported_in_a_form_that_can_be_shown(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"op\xe9ration.txt")).write_text("x")
    (found,) = walk([tmp_path])
    assert found.problem is not None
    assert found.problem.key == "file_name_not_text"
    assert found.path.name == "op\ufffdration.txt"
