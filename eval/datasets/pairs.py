"""Labelled (premise, claim) pairs, in Traboule's own form and in the forms of public sets. A malformed line
is named, never skipped.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from eval.datasets.records import Record, parsed, read_records, read_text
from rag.core.errors import UsageError

_LONG_CLAIM, _LONG_PREMISE = 20, 150
"""Words from which a claim or a premise counts as long, about the medians of the public sets."""


@dataclass(frozen=True, slots=True)
class LabelledPair:
    """A premise, a claim, and whether the one supports the other: 1, 0, or None where nobody said.

    ``slices`` are properties by which figures are broken down, e.g. the kind of error that was planted.
    """

    premise: str
    claim: str
    label: int | None
    id: str = ""
    slices: Mapping[str, str] = field(default_factory=dict)


def read_pairs(path: Path, form: str = "pairs") -> list[LabelledPair]:
    """Read every pair of a file, gzipped or not, and check it whole.

    Args:
        path: the file. form: ``pairs`` for lines ``{"premise", "claim"[, "label": 0 or 1][, "_id"][,
        "slices": {name: value}]}``, else the name of a set.

    Raises:
        UsageError: there is no such form, the file cannot be read, a line is malformed, an id comes twice, or
        there is no pair.
    """
    return read_all_pairs([path], form)


def read_all_pairs(paths: Sequence[Path], form: str = "pairs") -> list[LabelledPair]:
    """Read the pairs of several files, whose ids must differ: scores are kept by them. Raises as
    ``read_pairs`` does.
    """
    if form not in FORMS:
        raise UsageError("eval_form_unknown", form=form, known=", ".join(sorted(FORMS)))
    found: dict[str, LabelledPair] = {}
    for path in paths:
        before = len(found)
        for number, pair in enumerate(FORMS[form](path), start=1):
            whole = _with_lengths(pair, f"{number}")
            if whole.id in found:
                raise UsageError("eval_pair_twice", file=path, number=number, id=whole.id)
            found[whole.id] = whole
        if len(found) == before:
            raise UsageError("eval_no_pairs", file=path)
    return list(found.values())


def _own(path: Path) -> Iterator[LabelledPair]:
    for record in read_records(path):
        identifier = record.identifier() if "_id" in record.values or "id" in record.values else ""
        yield LabelledPair(
            record.text("premise"), record.text("claim"), _label(record), identifier, dict(record.slices())
        )


def _medhallu(path: Path) -> Iterator[LabelledPair]:
    """An abstract with its true and its hallucinated answer."""
    for record in read_records(path):
        premise = " ".join(record.texts("Knowledge"))
        slices = {
            "difficulty": record.text("Difficulty Level"),
            "error_type": record.text("Category of Hallucination").replace("#", ""),
        }
        yield LabelledPair(premise, record.text("Ground Truth"), 1, f"{record.line}-true", slices)
        yield LabelledPair(
            premise, record.text("Hallucinated Answer"), 0, f"{record.line}-hallucinated", slices
        )


def _healthver(path: Path) -> Iterator[LabelledPair]:
    """Health claims with evidence that supports them, refutes them or says nothing of them: only the first is
    support.
    """
    with io.StringIO(read_text(path), newline="") as stream:
        rows = csv.DictReader(stream)
        for row in _readable(path, rows):
            if (
                not row.get("evidence")
                or not row.get("claim")
                or row.get("label") not in ("Supports", "Neutral", "Refutes")
            ):
                raise UsageError(
                    "eval_bad_field", file=path, line=rows.line_num, field="evidence, claim, label"
                )
            yield LabelledPair(
                row["evidence"],
                row["claim"],
                int(row["label"] == "Supports"),
                row.get("id") or "",
                {"relation": row["label"]},
            )


def _readable(path: Path, rows: csv.DictReader[str]) -> Iterator[dict[str, str | Any]]:
    try:
        yield from rows
    except csv.Error as error:
        # a field longer than the reader takes, most often after a quotation mark that is never closed
        raise UsageError("eval_file_unreadable", file=f"{path}:{rows.line_num}", reason=error) from None


def _attributionbench(path: Path) -> Iterator[LabelledPair]:
    """Claims of answer systems with the references that they cite."""
    for record in read_records(path):
        attributable = record.text("attribution_label")
        if attributable not in ("attributable", "not attributable"):
            raise record.error("attribution_label")
        slices = {"source": record.text("src_dataset")}
        yield LabelledPair(
            "\n\n".join(record.texts("references")),
            record.text("claim"),
            int(attributable == "attributable"),
            record.identifier(),
            slices,
        )


def _summedits(path: Path) -> Iterator[LabelledPair]:
    """Documents with summaries, some of them edited to be wrong. The file is one JSON array."""
    try:
        items = parsed(read_text(path))
    except ValueError:
        items = None
    if not isinstance(items, list):
        raise UsageError("eval_line_not_json", file=path, line=1)
    domain = path.name.split("_")[-1].split(".")[0]
    for number, item in enumerate(items, start=1):
        record = Record(path, number, item if isinstance(item, dict) else {})
        if (label := _label(record)) is None:
            raise record.error("label")
        kinds = ", ".join(record.texts("edit_types")) or "none"
        slices = {"domain": domain, "error_type": kinds if kinds == "none" or "," not in kinds else "several"}
        yield LabelledPair(record.text("doc"), record.text("summary"), label, record.identifier(), slices)


FORMS: Mapping[str, Callable[[Path], Iterator[LabelledPair]]] = MappingProxyType(
    {
        "pairs": _own,
        "medhallu": _medhallu,
        "healthver": _healthver,
        "attributionbench": _attributionbench,
        "summedits": _summedits,
    }
)


def _with_lengths(pair: LabelledPair, number: str) -> LabelledPair:
    """Give a pair its number where it has no id, and the slices that every set has."""
    lengths = {
        "claim_length": "long" if len(pair.claim.split()) >= _LONG_CLAIM else "short",
        "premise_length": "long" if len(pair.premise.split()) >= _LONG_PREMISE else "short",
    }
    return replace(pair, id=pair.id or number, slices={**pair.slices, **lengths})


def _label(record: Record) -> int | None:
    value = record.values.get("label")
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or value not in (0, 1):
        raise record.error("label")
    return int(value)
