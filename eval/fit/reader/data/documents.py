"""Documents that a program puts questions to: case reports and notes whose licence lets weights made from
them ship.

Read from the folder of data and never copied. Whatever an evaluation of the project asks about is left out.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from eval.datasets.records import read_records
from rag.core.text import sentence_spans

FILES = (
    ("fr/e3c_clinical_cases.jsonl.gz", "case reports of journals, CC BY"),
    ("en/e3c_clinical_cases.jsonl.gz", "case reports of journals, CC BY"),
    ("records/aci_bench/train.csv", "ACI-Bench visit notes, CC BY 4.0"),
    ("records/mts_dialog/MTS-Dialog-TrainingSet.csv", "MTS-Dialog sections of notes, CC BY 4.0"),
)
"""What is read under the folder of data, with its licence."""
_LONG, _SHORT = 90, 3
"""Words of a sentence that is too long to be one, and of one that says nothing by itself."""
_HEADING = re.compile(r"[A-Z][A-Z /&-]{3,40}:?")


@dataclass(frozen=True, slots=True)
class AskedSentence:
    """A sentence with the heading it stands under."""

    text: str
    section: str = ""


@dataclass(frozen=True, slots=True)
class AskedDocument:
    """A document cut into sentences, in their order."""

    doc_id: str
    source: str
    language: str
    title: str
    sentences: tuple[AskedSentence, ...]


def clinical_documents(data: Path, left_out: Collection[str]) -> Iterator[AskedDocument]:
    """Yield the documents but those whose ids are left out. Raises ``UsageError`` where a file is missing."""
    for language, title in (("fr", "Cas clinique"), ("en", "Case report")):
        for record in read_records(data / f"{language}/e3c_clinical_cases.jsonl.gz"):
            if record.text("licence").startswith("CC BY") and "NC" not in record.text("licence"):
                doc_id = record.text("id")
                if doc_id not in left_out:
                    sentences = _sentences(record.text("text"))
                    yield AskedDocument(doc_id, f"e3c_{language}", language, title, tuple(sentences))
    with (data / "records/aci_bench/train.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            if row["encounter_id"] not in left_out:
                yield AskedDocument(
                    row["encounter_id"], "aci_bench", "en", "Consultation note", tuple(_note(row["note"]))
                )
    yield from _sections(data / "records/mts_dialog/MTS-Dialog-TrainingSet.csv")


def _sections(path: Path) -> Iterator[AskedDocument]:
    """Yield sections of notes, eight to a document: they are of different people, and short."""
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    for first in range(0, len(rows), 8):
        sentences = [
            AskedSentence(sentence.text, row["section_header"].capitalize())
            for row in rows[first : first + 8]
            for sentence in _sentences(row["section_text"])
        ]
        yield AskedDocument(f"mts-{first}", "mts_dialog", "en", "Visit note", tuple(sentences))


def _sentences(text: str, section: str = "") -> list[AskedSentence]:
    cut = [" ".join(text[start:end].split()) for start, end in sentence_spans(text)]
    return [AskedSentence(one, section) for one in cut if _SHORT <= len(one.split()) <= _LONG]


def _note(text: str) -> Iterator[AskedSentence]:
    section = ""
    for line in text.splitlines():
        if _HEADING.fullmatch(line.strip()):
            section = line.strip().rstrip(":").capitalize()
        else:
            yield from _sentences(line, section)
