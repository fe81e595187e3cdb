"""Public question sets whose licence lets weights trained on them ship, cut to the length that a reader is
asked about: one sentence, or a few.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from types import MappingProxyType

from eval.datasets.records import read_records
from eval.fit.reader.data.groups import AnswerGroup, Option, Split, split_of
from rag.core.text import sentence_spans

SETS = MappingProxyType(
    {
        "medquad": "CC BY 4.0",
        "evidence_inference": "MIT; texts CC, mixed",
        "casimedicos_en": "CC BY 4.0",
        "casimedicos_fr": "CC BY 4.0",
        "covid_faq_cdc_ecdc_en": "Apache-2.0",
        "mesconseilscovid": "MIT",
        "dila_fiches": "MIT; Licence Ouverte 2.0",
    }
)
"""Files under ``train/answer`` that are marked *ship*, with their licences."""
_WORDS = 55
"""Most words of a cut; a sentence that is longer stays whole."""

_ASKED = (
    (r"what (?:is|are)(?: \(are\))? (?:the )?symptoms of (.+)", "symptoms"),
    (r"what causes (.+)", "causes"),
    (r"what are the treatments for (.+)", "treatment"),
    (r"is (.+) inherited", "inherited"),
    (r"how many people are affected by (.+)", "frequency"),
    (r"what are the genetic changes related to (.+)", "genes"),
    (r"how to diagnose (.+)", "diagnosis"),
    (r"how to prevent (.+)", "prevention"),
    (r"what is the outlook for (.+)", "outlook"),
    (r"who is at risk for (.+)", "risk"),
    (r"what are the complications of (.+)", "complications"),
    (r"what to do for (.+)", "what to do"),
    (r"what (?:is|are) (?:\(are\) )?(.+)", "definition"),
)
_WORDINGS = MappingProxyType(
    {
        "symptoms": (
            "Quels sont les symptômes de {x} ?",
            "signes cliniques {x}",
            "signs and symptoms of {x}",
        ),
        "causes": (
            "Quelle est la cause de {x} ?",
            "À quoi est dû {x} ?",
            "Why does {x} occur?",
            "étiologie {x}",
        ),
        "treatment": (
            "Comment traite-t-on {x} ?",
            "traitement de {x}",
            "How is {x} treated?",
            "{x} treatment",
        ),
        "inherited": (
            "{x} est-il héréditaire ?",
            "mode de transmission de {x}",
            "inheritance pattern of {x}",
        ),
        "frequency": ("Quelle est la fréquence de {x} ?", "prévalence de {x}", "How common is {x}?"),
        "genes": ("Quel gène est en cause dans {x} ?", "gene mutation in {x}", "gènes impliqués dans {x}"),
        "diagnosis": ("Comment fait-on le diagnostic de {x} ?", "How is {x} diagnosed?", "examens pour {x}"),
        "prevention": ("Comment prévenir {x} ?", "prévention de {x}", "Can {x} be prevented?"),
        "outlook": ("Quel est le pronostic de {x} ?", "évolution de {x}", "prognosis of {x}"),
        "risk": ("Qui risque {x} ?", "facteurs de risque de {x}", "risk factors for {x}"),
        "complications": ("Quelles sont les complications de {x} ?", "complications of {x}"),
        "what to do": ("Que faire en cas de {x} ?", "conduite à tenir {x}", "management of {x}"),
        "definition": ("Qu'est-ce que {x} ?", "définition de {x}", "{x} definition"),
    }
)
"""Other ways to ask what MedQuAD's templates ask, the French ones over English pages."""


@dataclass(frozen=True, slots=True)
class _Row:
    text: str
    label: int
    split: Split


def public_groups(data: Path, seed: int) -> Iterator[AnswerGroup]:
    """Yield the groups of every set, ``data`` being the folder that holds ``train/answer``.

    Raises:
        UsageError: a file is missing or malformed.
    """
    for name in SETS:
        yield from _groups(name, data / "train" / "answer" / f"{name}.jsonl.gz", seed)


def _groups(name: str, path: Path, seed: int) -> Iterator[AnswerGroup]:
    rows: dict[str, list[_Row]] = defaultdict(list)
    language = "en"
    for record in read_records(path):
        language = record.text("language")
        question = record.text("question")
        split: Split = split_of(question, 0.0, 0.05) if record.text("split") == "train" else "held-out"
        rows[question].append(_Row(record.text("text"), int(record.values["label"] == 1), split))
    for question, found in rows.items():
        random = Random(f"{seed} {name} {question}")
        options = tuple(_option(row, random) for row in found)
        split = found[0].split
        asked = other_wording(question, random) if name == "medquad" and split != "held-out" else question
        yield AnswerGroup(name, language, split, asked, options)


def _option(row: _Row, random: Random) -> Option:
    return Option(cut(row.text, random, from_start=bool(row.label)), row.label)


def cut(text: str, random: Random, *, from_start: bool) -> str:
    """Return one to three whole sentences in a row. An answer most often says it in its first ones."""
    spans = sentence_spans(text)
    if len(spans) <= 1:
        return " ".join(text.split()[: 2 * _WORDS])
    first = 0 if from_start and random.random() < 0.7 else random.randrange(len(spans))
    last = first
    for after in range(first + 1, min(len(spans), first + random.randint(1, 3))):
        if len(text[spans[first][0] : spans[after][1]].split()) > _WORDS:
            break
        last = after
    return text[spans[first][0] : spans[last][1]]


def other_wording(question: str, random: Random) -> str:
    """Return a template question worded in another way or language, half of the time."""
    plain = question.rstrip("? \t\n\u00a0").strip()
    if random.random() < 0.5:
        return question
    for pattern, kind in _ASKED:
        if found := re.fullmatch(pattern, plain, re.IGNORECASE):
            return random.choice(_WORDINGS[kind]).format(x=found[1])
    return question
