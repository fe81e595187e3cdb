"""How far an ingest is: by bytes, so that one large file of records moves as many small files do."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from rag.core.errors import ParseError
from rag.ingest.pace import Pace, text_bytes
from rag.ingest.report import Progress
from rag.ingest.sources.paths import FoundFile
from tests.unit.ingesting import open_home


def write(path: Path, size: int) -> FoundFile:
    path.write_bytes(b"a" * size)
    return FoundFile(path)


def test_files_count_by_their_size(tmp_path: Path) -> None:
    """1,000 bytes for opening each: 10,000 and 30,000 make 40,000."""
    pace = Pace([write(tmp_path / "a.txt", 9000), write(tmp_path / "b.txt", 29_000)])
    pace.begin(0)
    assert pace.share == 0
    pace.read(5000)
    assert pace.share == 5000 / 40_000
    pace.begin(1)
    assert pace.share == 10_000 / 40_000
    pace.read(10**9)
    assert 0.99 < pace.share < 1  # whatever it holds, a file is done when the next begins


def test_what_cannot_be_read_counts_little_and_nothing_is_no_error(tmp_path: Path) -> None:
    pace = Pace(
        [
            FoundFile(tmp_path / "gone"),
            FoundFile(tmp_path / "gone.gz"),
            FoundFile(tmp_path, ParseError("file_missing", file="x")),
        ]
    )
    for number in range(3):
        pace.begin(number)
    assert pace.share == pytest.approx(2 / 3)
    assert Pace([]).share == 0


def test_a_gzipped_file_counts_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(b"x" * 50_000))
    assert text_bytes(path) == 50_000


def test_progress_of_one_file_of_records_rises_to_the_end(tmp_path: Path) -> None:
    lines = [
        json.dumps({"_id": f"r{number}", "text": f"Note {number}. " + "Pas de fièvre ce jour. " * 40})
        for number in range(900)
    ]
    (tmp_path / "records.jsonl").write_text("\n".join(lines), encoding="utf-8")
    seen: list[Progress] = []
    with open_home(tmp_path / "home") as home:
        home.ingestor.ingest([tmp_path / "records.jsonl"], seen.append)
    shares = [at.share for at in seen]
    assert shares == sorted(shares)
    assert shares[0] == 0
    assert shares[-1] == 1
    assert len([share for share in shares if 0.1 < share < 0.9]) > 3
    assert seen[-1].passages == 1800  # two passages a note
