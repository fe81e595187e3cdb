"""What every ``PairScorer`` promises, run on the shipped fake and, where the extra is installed, on a small
random cross-encoder.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.core.protocols import PairScorer
from rag.settings import RerankSettings
from rag.testing import OverlapScorer

PAIRS = [
    ("quel côté", "Prothèse de hanche droite."),
    ("which side", "Left hip replaced. " * 200),
    ("", "An empty question."),
    ("quel côté", ""),
    ("quel côté", "Prothèse de hanche droite."),
]


def _random_cross_encoder(folder: Path) -> PairScorer:
    pytest.importorskip("torch", reason="torch is not installed: pip install 'traboule[transformers]'")
    transformers = pytest.importorskip(
        "transformers", reason="transformers is not installed: pip install 'traboule[transformers]'"
    )
    from rag.models.reader.cross_encoder import CrossEncoder

    place = folder / "tiny"
    place.mkdir()
    letters = "abcdefghijklmnopqrstuvwxyz"
    pieces = [
        "[PAD]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
        "[MASK]",
        ".",
        *letters,
        *(f"##{letter}" for letter in letters),
    ]
    (place / "vocab.txt").write_text("\n".join(pieces), encoding="utf-8")
    transformers.BertTokenizerFast(str(place / "vocab.txt")).save_pretrained(place)
    config = transformers.BertConfig(
        vocab_size=len(pieces),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        num_labels=1,
    )
    transformers.set_seed(7)
    transformers.BertForSequenceClassification(config).save_pretrained(place)
    return CrossEncoder(
        folder, RerankSettings(kind="cross-encoder", name="tiny", batch_size=2, max_tokens=64)
    )


@pytest.fixture(params=["overlap", "cross_encoder"])
def scorer(request: pytest.FixtureRequest, tmp_path: Path) -> PairScorer:
    return OverlapScorer() if request.param == "overlap" else _random_cross_encoder(tmp_path)


def test_one_score_a_pair_between_0_and_1(scorer: PairScorer) -> None:
    scores = scorer.score(PAIRS)
    assert len(scores) == len(PAIRS)
    assert all(0.0 <= score <= 1.0 for score in scores)


def test_a_pair_has_the_same_score_wherever_it_stands(scorer: PairScorer) -> None:
    scores = scorer.score(PAIRS)
    assert scores[0] == pytest.approx(scores[4], abs=1e-5)
    assert scorer.score(PAIRS[::-1])[::-1] == pytest.approx(scores, abs=1e-5)


def test_no_pairs_give_no_scores(scorer: PairScorer) -> None:
    assert scorer.score([]) == []


def test_it_has_a_name(scorer: PairScorer) -> None:
    assert scorer.name
