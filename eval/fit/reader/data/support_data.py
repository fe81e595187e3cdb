"""The data of the head ``supports``: public sets that may ship, and contrastive pairs made of clinical
documents.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from types import MappingProxyType

from eval.datasets.records import read_records
from eval.fit.reader.data.contrast import SupportPair, contrast_pairs
from eval.fit.reader.data.documents import clinical_documents
from eval.fit.reader.data.groups import Split, split_of
from eval.fit.reader.inputs import LearningTokens, LearningUnit

SETS = MappingProxyType(
    {
        "check_covid": "MIT; CORD-19 abstracts",
        "daccord": "BSD-2; sentences after AFP Factuel",
        "evidence_inference": "MIT; texts CC, mixed",
        "negation_mnli": "MIT; MultiNLI",
        "rte3_fr": "BSD-2, CC BY 4.0",
        "gqnli_fr": "BSD-2, CC BY 4.0",
    }
)
"""Files under ``train/verify`` that are marked *ship*, with their licences."""
SAYS = MappingProxyType({"evidence_inference": 0.35, "e3c_en_contrast": 0.7})
_CLASSES = ("support", "neutral", "contradict")
_SENTENCES = {"e3c_fr": 9, "e3c_en": 5, "aci_bench": 10, "mts_dialog": 3}
_STOP = 700


@dataclass(frozen=True, slots=True)
class SupportData:
    """Pairs by their use. ``stop`` is small: it is measured again and again."""

    train: tuple[SupportPair, ...]
    stop: tuple[SupportPair, ...]
    held_out: tuple[SupportPair, ...]


def support_data(data: Path, left_out: Collection[str], seed: int) -> SupportData:
    """Read and make the data; the same for the same files and seed.

    Raises:
        UsageError: a file is missing or malformed.
    """
    pairs = [pair for name in SETS for pair in _public(name, data / "train/verify" / f"{name}.jsonl.gz")]
    for document in clinical_documents(data, left_out):
        if document.source != "e3c_en" or split_of(f"{document.doc_id}!", 0.3) == "held-out":
            split = split_of(document.doc_id)
            pairs += contrast_pairs(document, split, seed, _SENTENCES[document.source])
    parts: Mapping[Split, list[SupportPair]] = {
        split: [pair for pair in pairs if pair.split == split] for split in ("train", "stop", "held-out")
    }
    few = Random(seed).sample(parts["stop"], min(_STOP, len(parts["stop"])))
    return SupportData(tuple(parts["train"]), tuple(few), tuple(parts["held-out"]))


def _public(name: str, path: Path) -> Iterator[SupportPair]:
    for record in read_records(path):
        label = record.text("label")
        if label not in _CLASSES:
            raise record.error("label")
        premise = record.text("premise")
        split: Split = split_of(premise, 0.0, 0.05) if record.text("split") == "train" else "held-out"
        yield SupportPair(
            name,
            record.text("language"),
            split,
            premise,
            record.text("claim"),
            _CLASSES.index(label),
            label,
        )


@dataclass(frozen=True, slots=True)
class SupportUnits:
    """Makes units of pairs, one pair each."""

    tokens: LearningTokens
    pairs: Sequence[SupportPair]
    seed: int

    def epoch(self, number: int) -> list[LearningUnit]:
        """Return the units of an epoch: the same for the same number."""
        random = Random(f"{self.seed} supports {number}")
        return [
            support_unit(self.tokens, pair)
            for pair in self.pairs
            if random.random() < SAYS.get(pair.source, 1.0)
        ]


def support_unit(tokens: LearningTokens, pair: SupportPair) -> LearningUnit:
    """Return a pair as token ids: the claim first, as a question is."""
    return LearningUnit((tokens.encode(pair.claim, pair.premise),), (pair.label,))


def is_support(pair: SupportPair) -> int:
    """Return 1 where the premise supports the claim, else 0."""
    return int(pair.label == 0)
