"""The numbers that search and answers weigh by, read once from ``tuning.toml``, with their origin.

A number stands here and nowhere else, so that one who fits them, or lets a trained reader decide instead,
finds all of them. Numbers that are fitted have weight files of their own.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class SignalTuning:
    """What the second stage reads in the texts of candidates."""

    near_words: int
    """Words apart at which two words of a question that follow one another there still count as together."""
    kin: int
    """Candidates most like one that speak for it."""
    best: int
    """Candidates that stand for the answer when others are compared with it."""
    covered_from: float
    covered_to: float
    """Share of a question that the best candidate names: from here on, and fully from there, words decide."""


@dataclass(frozen=True, slots=True)
class StatedTuning:
    """Which statements of passages search counts."""

    sure: float
    """Confidence from which a fact counts."""


@dataclass(frozen=True, slots=True)
class PatientTuning:
    """When one patient of several stands out."""

    clear_margin: float
    """The next patient's best passage scores at most this share of the first's (fused scores, 0 to 1)."""


@dataclass(frozen=True, slots=True)
class ReaderTuning:
    """How far a trained reader decides, where there is one."""

    share: float
    """Its share of a score; the rest is the score without it."""
    evidence: int
    extracts: int
    """Sentences that it reads of those that may be evidence, and of those that may be quoted."""


@dataclass(frozen=True, slots=True)
class EvidenceTuning:
    """How sentences are chosen as evidence."""

    passages: int
    """Passages looked at for the evidence of one answer."""
    sentences: int
    """Sentences looked at for a question."""
    embedded: int
    """Sentences of a record embedded for a question, those that share most words and stand in the best
    passages: about 0.1 s on two cores. Of literature all are.
    """
    similarity: float
    words: float
    rank: float
    """Shares of similarity, shared words, and rank of the passage in a sentence's score."""
    late: float
    """What the latest passage gains over the earliest where the question asks for the latest."""
    form: float
    """What a sentence gains that holds the kind of thing asked for (a dose, a date)."""
    list_items: int
    """Items of a list that are taken with its lead-in."""
    short: int
    """Characters below which a sentence is not understood by itself."""


@dataclass(frozen=True, slots=True)
class WordTuning:
    """How much a word of a question says."""

    filler: float
    rare: float
    named_thing: float
    acronym: float
    ordinary: float
    proper_name: float
    short: float
    number: float
    tiers: Mapping[str, float]
    """By how common a stem is in clinical prose."""


@dataclass(frozen=True, slots=True)
class CaseWeights:
    """A logistic regression over the logit of the gate, the share of the question that the best document
    names, the weight of the heaviest thing that it does not, and the logit of the reader's best sentence.
    """

    base: float
    gate: float
    share: float
    missing: float
    read: float


@dataclass(frozen=True, slots=True)
class CaseTuning:
    """Which documents of the literature a question is about."""

    margin: float
    """How much less of a question than the best document of its language a document may name (0 to 1)."""
    alone: CaseWeights
    read: CaseWeights
    """How evidence of the literature is weighed: without and with a reader."""


@dataclass(frozen=True, slots=True)
class GateTuning:
    """The relevance gate, beside its fitted weights."""

    salient: float
    """Weight from which a missing word is told to the reader."""
    most_missing: int
    unrelated_cosine: float
    """Cosine of unrelated texts with multilingual-e5-small, about; similarity is weighed above it."""
    word_cosine: float
    word_cosine_span: float
    """Where the embedder is missing, no and all words shared stand for this cosine and so much more."""
    before_quote: int
    """Characters before a quote that may name what it goes on about."""


@dataclass(frozen=True, slots=True)
class ExtractTuning:
    """Which sentences are quoted."""

    closeness: float
    named_itself: float
    named_in_place: float
    form: float
    reason: float
    late: float
    section: float
    """Shares of a sentence's score."""
    per_rank: float
    """What each place in the evidence costs."""
    cosine_spread: float
    """How far below the closest sentence a cosine of multilingual-e5-small stops meaning anything. A fixed
    width: with few sentences their own spread would make much of nothing.
    """
    most_words: int
    fewest_words: int
    """Words of a quote."""
    close: float
    """A further extract must reach this share of the best one's score: better one good sentence than three
    so-so.
    """
    fair: float
    """What a further extract that names another part of the question must reach."""
    much: float
    """How much more of the question such an extract must name."""
    gain: float
    """What naming more counts when further extracts are compared."""


@dataclass(frozen=True, slots=True)
class ContradictionTuning:
    """Which sentences are held against a claim."""

    same_matter: float
    """Share of the claim's content words a sentence must hold before the two are compared at all."""


@dataclass(frozen=True, slots=True)
class Tuning:
    """All of them, with their origin."""

    origin: str
    how: str
    signals: SignalTuning
    stated: StatedTuning
    patients: PatientTuning
    reader: ReaderTuning
    evidence: EvidenceTuning
    words: WordTuning
    cases: CaseTuning
    gate: GateTuning
    extracts: ExtractTuning
    contradictions: ContradictionTuning


@cache
def tuning() -> Tuning:
    """Return the numbers that ship."""
    table = tomllib.loads((files(__package__) / "tuning.toml").read_text(encoding="utf-8"))
    return Tuning(
        origin=table["origin"],
        how=table["how"],
        signals=SignalTuning(**table["signals"]),
        stated=StatedTuning(**table["stated"]),
        patients=PatientTuning(**table["patients"]),
        reader=ReaderTuning(**table["reader"]),
        evidence=EvidenceTuning(**table["evidence"]),
        words=WordTuning(**table["words"]),
        cases=CaseTuning(
            margin=table["cases"]["margin"],
            alone=CaseWeights(**table["cases"]["alone"]),
            read=CaseWeights(**table["cases"]["read"]),
        ),
        gate=GateTuning(**table["gate"]),
        extracts=ExtractTuning(**table["extracts"]),
        contradictions=ContradictionTuning(**table["contradictions"]),
    )
