"""``traboule backup`` beside an open home, and ``traboule restore`` elsewhere: the same answers, less what
was erased since.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from rag.build import open_home
from rag.settings import load_settings
from tests.integration.command_line import CommandLine

LETTER = (
    "---\npatient_id: {0}\ndate: 2026-03-02\ntitle: Lettre\n---\n\nCréatinine : {1} µmol/l. Allergie : {2}.\n"
)


def test_a_home_comes_back_elsewhere_without_what_was_erased_since(
    traboule: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in traboule.settings.items():
        monkeypatch.setenv(name, value)
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "a.md").write_text(LETTER.format("FIC-1", 88, "latex"), encoding="utf-8")
    (documents / "b.md").write_text(LETTER.format("FIC-2", 142, "iode"), encoding="utf-8")
    file, secret, certificate = tmp_path / "sealed", tmp_path / "secret", tmp_path / "erased.json"
    secret.write_text("une phrase de passe fictive\n", encoding="utf-8")
    with open_home(load_settings(traboule.home), traboule.home) as opened:
        opened.ingestor.ingest([documents])
        saved = traboule.run("backup", str(file), "--passphrase-file", str(secret), "--json")
    assert json.loads(saved.out)["documents"] == 2
    asked = ("ask", "Créatinine ?", "--patient", "FIC-1", "--no-llm", "--json")
    before = json.loads(traboule.run(*asked).out)
    assert traboule.run("forget", "--patient", "FIC-2", "--certificate", str(certificate)).code == 0

    elsewhere = replace(traboule, home=tmp_path / "elsewhere")
    options = ("--passphrase-file", str(secret), "--erased", str(certificate), "--json")
    done = elsewhere.run("restore", str(file), *options)
    assert done.code == 0, done.err
    restored = json.loads(done.out)
    assert (restored["documents"], restored["held"], restored["erased"]) == (2, 1, 1)
    after = json.loads(elsewhere.run(*asked).out)
    assert (after["answer"], after["claims"]) == (before["answer"], before["claims"])
    assert "88" in after["answer"]
    assert json.loads(elsewhere.run("documents", "--json").out)["count"] == 1
    refused = elsewhere.run("restore", str(file), "--passphrase-file", str(secret))
    assert refused.code == 2
    assert "EMPTY" not in refused.err
    assert "empty folder" in refused.err


def test_without_its_model_nothing_is_restored(bare: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "backup").write_bytes(b"")
    ended = bare.run("restore", str(tmp_path / "backup"))
    assert "traboule models pull" in ended.error_line()
    assert not (bare.home / "traboule.db").exists()
