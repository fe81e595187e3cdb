"""The data of the head ``answers``: public sets that may ship, clinical documents with questions made for
them, and made-up records.

How often a source comes in an epoch is set by hand, so that a short run sees all of them: what clinicians ask
of records most, the rest in passing. Documents that any evaluation of the project asks about are left out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from types import MappingProxyType
from typing import TYPE_CHECKING

from eval.fit.reader.data.asking import asked_of, needs_of, open_of
from eval.fit.reader.data.documents import AskedDocument, clinical_documents
from eval.fit.reader.data.groups import AnswerGroup, Split, drawn, of_split, split_of
from eval.fit.reader.data.public import public_groups
from eval.fit.reader.data.record_lines import record_groups

if TYPE_CHECKING:
    from eval.fit.reader.data.asking import Need

SAYS = MappingProxyType(
    {
        "e3c_fr": 0.45,
        "e3c_en": 0.6,
        "e3c_fr_open": 0.5,
        "e3c_en_open": 0.5,
        "aci_bench": 0.4,
        "aci_bench_open": 0.5,
        "mts_dialog": 0.3,
        "record_lines": 0.22,
        "medquad": 0.2,
        "evidence_inference": 0.25,
        "casimedicos_en": 0.6,
        "casimedicos_fr": 0.8,
        "covid_faq_cdc_ecdc_en": 0.8,
    }
)
"""Share of a source's questions in an epoch; 1 where none is given."""
_QUESTIONS = {"e3c_fr": 12, "e3c_en": 6, "aci_bench": 12, "mts_dialog": 6}
"""Most questions made for a document."""
_RECORDS: tuple[tuple[Split, int], ...] = (("train", 2000), ("stop", 40), ("held-out", 150))
_ENGLISH_CASES = 0.3
"""Share of the English case reports that is read: there are three times as many as French ones, and abstracts
among them.
"""
_STOP = 110


@dataclass(frozen=True, slots=True)
class AnswerData:
    """Groups by their use. ``stop`` is small: it is measured again and again."""

    train: tuple[AnswerGroup, ...]
    stop: tuple[AnswerGroup, ...]
    held_out: tuple[AnswerGroup, ...]


def answer_data(data: Path, left_out: Collection[str], seed: int) -> AnswerData:
    """Read and make the data; the same for the same files and seed.

    Raises:
        UsageError: a file is missing or malformed.
    """
    groups = list(public_groups(data, seed))
    documents = [document for document in clinical_documents(data, left_out) if _is_read(document)]
    groups += _clinical(documents, seed)
    for split, count in _RECORDS:
        groups += record_groups(count, split, seed)
    stop = of_split(groups, "stop")
    few = Random(seed).sample(stop, min(_STOP, len(stop)))
    return AnswerData(
        tuple(of_split(groups, "train")),
        tuple(drawn(group, 6, Random(f"{seed} {number}")) for number, group in enumerate(few)),
        tuple(of_split(groups, "held-out")),
    )


def _clinical(documents: Sequence[AskedDocument], seed: int) -> list[AnswerGroup]:
    found: list[AnswerGroup] = []
    needs: dict[str, list[Need]] = defaultdict(list)
    for document in documents:
        found += asked_of(document, split_of(document.doc_id), seed, _QUESTIONS[document.source])
        if split_of(f"{document.doc_id} needs", 0.3) == "held-out":
            needs[document.source] += needs_of(document)
    for document in documents:
        if document.source in needs and document.source != "mts_dialog":
            found += open_of(document, needs[document.source], split_of(document.doc_id), seed, 1)
    return found


def _is_read(document: AskedDocument) -> bool:
    return document.source != "e3c_en" or split_of(f"{document.doc_id}!", _ENGLISH_CASES) == "held-out"
