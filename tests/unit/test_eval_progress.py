"""The evaluation as a library: settings, home and who follows it are handed over, and nothing is printed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

import eval.verify.run as runs
from eval.runs.progress import Advance, Silence
from eval.runs.setup import Setup
from eval.verify.run import run_verify
from rag.ingest.report import Progress as IngestProgress
from rag.settings import Settings
from tests.unit.scoring import WordsVerifier


@dataclass
class Follower:
    """Keeps what it is told."""

    counted: dict[str, tuple[int, int]] = field(default_factory=dict)

    @contextmanager
    def counting(self, key: str, total: int) -> Iterator[Advance]:
        done = 0

        def advance(count: int = 1) -> None:
            nonlocal done
            done += count

        yield advance
        self.counted[key] = (done, total)

    @contextmanager
    def reading(self) -> Iterator[Callable[[IngestProgress], None]]:
        yield lambda at: None

    def warn(self, key: str, /, **facts: object) -> None:
        """Nothing is to be warned of here."""


@pytest.fixture
def pairs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(runs, "open_verifier", lambda settings, home: WordsVerifier())
    file = tmp_path / "pairs.jsonl"
    lines = [
        {"premise": "no fever", "claim": claim, "label": label}
        for claim, label in (("fever", 1), ("cough", 0), ("no fever", 1))
    ]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return file


def test_whoever_follows_a_run_is_told_of_every_pair(pairs: Path, tmp_path: Path) -> None:
    follower = Follower()
    report = run_verify(Setup(Settings(), tmp_path, progress=follower), [pairs], "pairs")
    assert report.scores == (1.0, 0.0, 1.0)
    assert follower.counted == {"eval.verifying": (3, 3)}


def test_a_program_that_asks_for_silence_hears_nothing(
    pairs: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    run_verify(Setup(Settings(), tmp_path), [pairs], "pairs")
    assert isinstance(Setup(Settings(), tmp_path).progress, Silence)
    assert capfd.readouterr() == ("", "")
