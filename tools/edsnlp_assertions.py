"""Assertions of marked things by edsnlp alone, as a baseline for ``eval facts``.

Run it where edsnlp is installed; the project does not need it.

python -m eval facts --marked DIR --export marked.jsonl
python tools/edsnlp_assertions.py marked.jsonl predictions.jsonl
python -m eval facts --marked DIR --predictions predictions.jsonl
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from pathlib import Path

import edsnlp
import edsnlp.pipes as eds
from spacy.util import filter_spans


def main(marked: Path, predictions: Path) -> None:
    """Read marked spans and write one assertion for each."""
    pipeline = edsnlp.blank("eds")
    for pipe in (eds.sentences(), eds.normalizer(), eds.sections(), eds.negation(), eds.hypothesis()):
        pipeline.add_pipe(pipe)
    pipeline.add_pipe(eds.family(use_sections=True))
    pipeline.add_pipe(eds.history(use_sections=True, use_dates=False))
    by_name = defaultdict(list)
    for line in marked.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        by_name[row["name"]].append(row)
    with predictions.open("w", encoding="utf-8") as file:
        for name, rows in by_name.items():
            document = pipeline.make_doc(rows[0]["text"])
            spans = [
                document.char_span(row["start"], row["end"], alignment_mode="expand", label="thing")
                for row in rows
            ]
            document.ents = filter_spans([span for span in spans if span is not None])
            for _, pipe in pipeline.pipeline:
                document = pipe(document)
            for row, span in zip(rows, spans, strict=True):
                entity = next(
                    (entity for entity in document.ents if span is not None and entity.start == span.start),
                    None,
                )
                file.write(
                    json.dumps({"name": name, "mark": row["mark"], "assertion": _assertion(entity)}) + "\n"
                )


def _assertion(entity) -> str:
    if entity is None:
        return "present"
    flags = (
        ("family", "family"),
        ("negation", "negated"),
        ("hypothesis", "hypothesis"),
        ("history", "history"),
    )
    return next((assertion for flag, assertion in flags if getattr(entity._, flag)), "present")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
