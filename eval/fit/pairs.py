"""Labelled pairs to fit a verifier on, and others to measure it with. A pair that was fitted on is in no
figure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from eval.datasets.declarations import dataset
from eval.datasets.pairs import read_all_pairs
from eval.datasets.records import Record, read_records
from eval.datasets.sample import sampled
from eval.fit.origin import Source, source

Part = Literal["fit", "held-out"]
OWN = "own"
"""The name of the project's own pairs."""
FITTED_ON = ("check_covid", "rte3_fr", "negation_mnli")
"""Public sets whose licence lets weights that were fitted on them ship (MIT, BSD; ``verify/NAME.jsonl.gz``
under the training data).
"""
MEASURED_ON = ("medhallu", "healthver", "attributionbench", "summedits")
"""Declared sets that nothing is fitted on."""


@dataclass(frozen=True, slots=True)
class FitPair:
    """A pair of a set; ``label`` is 1 where the premise supports the claim, else 0."""

    name: str
    part: Part
    premise: str
    claim: str
    label: int


@dataclass(frozen=True, slots=True)
class PairSources:
    """Where pairs are.

    ``own`` holds lines with ``half`` (``fit`` or ``held-out``), ``data`` the public sets, of which ``most``
    pairs a part are drawn.
    """

    own: Path
    data: Path | None = None
    most: int = 250

    def read(self) -> tuple[list[FitPair], list[Source]]:
        """Return all pairs and the files they are from.

        Raises:
            UsageError: a file is missing or malformed.
        """
        pairs = list(_own(self.own))
        sources = [source(self.own, len(pairs))]
        if self.data is not None:
            for name in FITTED_ON:
                file = self.data.expanduser() / "train" / "verify" / f"{name}.jsonl.gz"
                found = self._drawn(list(_public(name, file)))
                pairs += found
                sources.append(source(file, len(found), f"train/verify/{file.name}"))
            for name in MEASURED_ON:
                declared = dataset(name, "verify")
                paths = declared.paths(self.data)
                labelled = sampled(
                    [pair for pair in read_all_pairs(paths, declared.form) if pair.premise.strip()], self.most
                )
                pairs += [
                    FitPair(name, "held-out", pair.premise, pair.claim, int(pair.label or 0))
                    for pair in labelled
                ]
                sources += [source(path, len(labelled), f"{name}/{path.name}") for path in paths]
        return pairs, sources

    def _drawn(self, pairs: Sequence[FitPair]) -> list[FitPair]:
        parts = ([pair for pair in pairs if pair.part == part] for part in ("fit", "held-out"))
        return [pair for part in parts for pair in sampled(part, self.most)]


def _own(file: Path) -> Iterator[FitPair]:
    for record in read_records(file):
        yield FitPair(
            OWN,
            _part(record, "half", "fit", "held-out"),
            record.text("premise"),
            record.text("claim"),
            _label(record, (0, 1)),
        )


def _public(name: str, file: Path) -> Iterator[FitPair]:
    for record in read_records(file):
        label = int(_label(record, ("contradict", "neutral", "support")) == 2)
        yield FitPair(
            name, _part(record, "split", "train", "eval"), record.text("premise"), record.text("claim"), label
        )


def _part(record: Record, field: str, fit: str, held_out: str) -> Part:
    value = record.text(field)
    if value not in (fit, held_out):
        raise record.error(field)
    return "fit" if value == fit else "held-out"


def _label(record: Record, known: tuple[object, ...]) -> int:
    value = record.values.get("label")
    if value not in known:
        raise record.error("label")
    return known.index(value)
