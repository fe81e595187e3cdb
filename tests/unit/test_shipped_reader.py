"""The adapters that ship are the ones that their cards speak of, small, and better than what they replace."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from eval.fit.origin import source
from eval.fit.reader.data.files import files_of
from rag.models.files.manifest import load_manifest
from rag.models.reader.adapter import read_adapter
from rag.models.reader.readers import make_reader
from rag.settings import ReaderSettings

FOLDER = Path(__file__).parents[2] / "rag" / "models" / "reader"
CARDS = sorted(FOLDER.glob("*.json"))

ASKED = (
    ("Quelle était la créatinine ?", "Créatinine : 145 µmol/L", "Bilan biologique > Biologie", 0.976),
    ("What dose of amoxicillin?", "Elle reçoit de l'amoxicilline 1 g trois fois par jour.", "", 0.945),
    ("What dose of amoxicillin?", "La radiographie du genou est normale.", "", 0.001),
    (
        "Pourquoi a-t-il été opéré ?",
        "Une résection a été décidée devant la sténose serrée.",
        "Cas clinique",
        0.114,
    ),
)
"""Pairs with what PyTorch computes for them in float32; the last one it gets wrong."""


def card_of(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("path", CARDS, ids=lambda path: path.stem)
class TestCard:
    def test_it_speaks_of_the_file_beside_it(self, path: Path) -> None:
        card, adapter = card_of(path), path.with_suffix(".safetensors")
        assert source(adapter, None).sha256 == card["weights"]["sha256"]
        assert adapter.stat().st_size <= 2_000_000
        assert read_adapter(adapter, card["head"]).base_sha256 == card["base_sha256"]

    def test_it_is_of_the_bundled_encoder(self, path: Path) -> None:
        digests = {file.sha256 for spec in load_manifest() for file in spec.files}
        assert card_of(path)["base_sha256"] in digests

    def test_it_names_the_licence_of_every_file(self, path: Path) -> None:
        card = card_of(path)
        assert card["licences"] == dict(files_of(card["head"]))
        assert {one["name"] for one in card["data"]} == set(card["licences"])


def test_answers_picks_better_than_closeness_and_words() -> None:
    card = card_of(FOLDER / "answers.json")
    now, before = card["figures"]["all, held-out"], card["weighed_against"]["figures"]["all, held-out"]
    assert all(now[name] > before[name] + 0.05 for name in ("mrr", "ndcg", "auroc"))
    assert now["ece"] <= 0.06


@pytest.mark.models
def test_the_run_time_computes_what_was_trained(models_dir: Callable[..., Path]) -> None:
    folder = models_dir("multilingual-e5-small")
    folder = folder if folder.name != "multilingual-e5-small" else folder.parent
    reader = make_reader(folder, ReaderSettings())
    assert reader is not None
    for question, text, context, expected in ASKED:
        [found] = reader.answers(question, [text], [context])
        assert found == pytest.approx(expected, abs=0.03)
