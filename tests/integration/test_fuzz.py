"""A short run of ``tools/fuzz_parsers.py``: whatever a file holds, its parser reads it or says why not."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.settings import IngestSettings
from tests.golden import everything
from tools.fuzz_parsers import BAD, run
from tools.parser_inputs import MAKERS


@pytest.mark.parametrize("kind", MAKERS)
def test_whole_file_of_every_format_is_read(kind: str, tmp_path: Path) -> None:
    suffix, make = MAKERS[kind]
    path = tmp_path / f"a{suffix}"
    path.write_bytes(make(1))
    documents, errors, _ = everything(path)
    assert documents, errors


def test_mutated_files_are_read_or_refused(tmp_path: Path) -> None:
    results = list(run(100, 7, tmp_path, IngestSettings(parse_timeout_s=60, ocr=False)))
    assert len(results) == 100
    assert [(kind, key) for kind, _, errors, _ in results for key in errors if key in BAD] == []
    assert (
        10 < sum(documents > 0 for _, _, _, documents in results) < 90
    )  # the mutations neither spare nor destroy everything
