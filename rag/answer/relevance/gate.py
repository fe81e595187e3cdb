"""Whether the evidence found can answer this very question: the gate before (and, on what is cited, after)
the language model.

Near misses are the danger: the right patient and the right topic, but the thing asked for stands nowhere. So
the gate joins the similarity of the vectors with what the question names and the evidence does not. A
logistic regression over the features below; its coefficients and its threshold are data (``relevance.json``,
made by ``traboule eval fit relevance``).
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Self

from rag.answer.relevance.questions import AskedTerm, answer_form, asked_terms, folded, is_about_a_person
from rag.answer.relevance.vocabulary import GateVocabulary, joined, load_vocabulary
from rag.clinical.stems import terms
from rag.core.types import Evidence, Passage
from rag.index.lexical import channel_of
from rag.retrieve.tuning import tuning

_LISTS = re.compile(r",|;|/|\+|\b(?:et|ou|and|or|versus|vs)\b", re.IGNORECASE)
"""What joins the parts of a question that asks several things at once."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage or window that retrieval found, with its cosine to the question (multilingual-e5-small, about
    0.75 to 0.92).

    ``patient_id`` is None for literature.
    """

    text: str
    title: str
    section: tuple[str, ...]
    language: str
    similarity: float
    patient_id: str | None = None


@dataclass(frozen=True, slots=True)
class Relevance:
    """``score`` is the probability that the candidates answer; ``missing`` are words of the question that
    none of them holds.
    """

    score: float
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NamedShare:
    """Weighted ``share`` of what a question names that one text holds; ``has_form`` where it holds the kind
    of thing asked for (a dose).
    """

    share: float
    has_form: bool


@dataclass(frozen=True, slots=True)
class NamedTerms:
    """Weighted ``share`` of a question that a text names, and the weights of the terms ``missing``."""

    share: float
    missing: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class RelevanceGate:
    """Scores questions. Below ``threshold`` the system abstains. Pure: no model, a few milliseconds."""

    threshold: float
    intercept: float
    weights: Mapping[str, float]
    vocabulary: GateVocabulary

    @classmethod
    def load(cls) -> Self:
        """Read the coefficients and the word tables."""
        table = json.loads((files(__package__) / "relevance.json").read_text(encoding="utf-8"))
        return cls(table["threshold"], table["intercept"], table["weights"], load_vocabulary())

    def assess(self, question: str, language: str, candidates: Sequence[Candidate]) -> Relevance:
        """Return how likely the candidates answer the question, and what of it they never name. The order of
        candidates is free.

        Where a question is about one person and the person's documents were found, the literature beside them
        does not count: that a guideline speaks of HbA1c does not mean that this patient's was measured.
        """
        asked = asked_terms(question, channel_of(language), self.vocabulary)
        own = [candidate for candidate in candidates if candidate.patient_id is not None]
        candidates = own if own and is_about_a_person(question) else candidates
        if not candidates:
            return Relevance(0.0, _named(asked, across=False))
        found = [_found(asked, candidates_words) for candidates_words in _words(asked, candidates)]
        values = _features(question, language, asked, candidates, found)
        logit = self.intercept + sum(weight * values[name] for name, weight in self.weights.items())
        missing = [term for number, term in enumerate(asked) if not any(row[number] for row in found)]
        return Relevance(
            1 / (1 + math.exp(-logit)), _named(missing, across=_foreign_share(language, candidates) == 1)
        )

    def tells(self, question: str, language: str, passages: Sequence[Passage]) -> bool:
        """Say whether passages, taken together, tell of what the question names: the drugs, examinations,
        diseases that weigh most.

        The literature must tell of all of them (a dose for another disease is another dose), unless the
        question lists several. A patient's own documents must tell of the first: what follows it is often a
        circumstance that a result does not repeat.
        """
        own = all(passage.patient_id is not None for passage in passages)
        across = any(channel_of(passage.language) != channel_of(language) for passage in passages)
        asked = asked_terms(question, channel_of(language), self.vocabulary)
        named = [
            term
            for term in asked
            if term.weight >= tuning().words.rare and (term.groups or term.is_drug or not (own or across))
        ]
        if not named or not passages:
            return True
        found = [_found(named, words) for words in _words(named, [_whole(passage) for passage in passages])]
        told = [any(row[number] for row in found) for number in range(len(named))]
        if _LISTS.search(question):
            return any(told)
        return told[0] if own else all(told)

    def named(self, question: str, language: str, candidates: Sequence[Candidate]) -> list[NamedTerms]:
        """Return, candidate by candidate, the share of what is asked that it names, and the weights of
        what it does not.
        """
        asked = asked_terms(question, channel_of(language), self.vocabulary)
        return [
            NamedTerms(
                _share(asked, row),
                tuple(term.weight for term, is_found in zip(asked, row, strict=True) if not is_found),
            )
            for words in _words(asked, candidates)
            for row in [_found(asked, words)]
        ]

    def coverages(self, question: str, language: str, candidates: Sequence[Candidate]) -> list[NamedShare]:
        """Return, candidate by candidate, how much of what is asked it names."""
        asked = asked_terms(question, channel_of(language), self.vocabulary)
        form = answer_form(question)
        return [
            NamedShare(
                _share(asked, _found(asked, words)),
                form is not None and bool(form.search(folded(candidate.text))),
            )
            for candidate, words in zip(candidates, _words(asked, candidates), strict=True)
        ]


def _whole(passage: Passage) -> Candidate:
    return Candidate(passage.text, passage.title, passage.section, passage.language, 0.0, passage.patient_id)


def candidates_of(evidence: Sequence[Evidence], similarities: Sequence[float]) -> list[Candidate]:
    """Return evidence as candidates, with the cosine of each to the question."""
    passages = [item.scored.passage for item in evidence]
    return [
        Candidate(item.text, passage.title, passage.section, passage.language, similarity, passage.patient_id)
        for item, passage, similarity in zip(evidence, passages, similarities, strict=True)
    ]


def features(question: str, language: str, candidates: Sequence[Candidate]) -> dict[str, float]:
    """Return the features of a question and at least one candidate, by name."""
    asked = asked_terms(question, channel_of(language), load_vocabulary())
    found = [_found(asked, words) for words in _words(asked, candidates)]
    return _features(question, language, asked, candidates, found)


def _features(
    question: str,
    language: str,
    asked: Sequence[AskedTerm],
    candidates: Sequence[Candidate],
    found: Sequence[Sequence[bool]],
) -> dict[str, float]:
    similarities = [candidate.similarity for candidate in candidates]
    best, floor = max(similarities), tuning().gate.unrelated_cosine
    shares = [_share(asked, row) for row in found]
    covered = _share(asked, [any(row[number] for row in found) for number in range(len(asked))])
    missing = [term.weight for number, term in enumerate(asked) if not any(row[number] for row in found)]
    foreign = _foreign_share(language, candidates)
    return {
        "stands_out": best - sum(similarities) / len(similarities),
        "candidates": math.log(len(candidates)),
        "covered_by_one": max(shares),
        "covered_near": max(
            share * (similarity - floor) for share, similarity in zip(shares, similarities, strict=True)
        ),
        "heaviest_missing": max(missing, default=0.0),
        "named_thing_missing": max((weight for weight in missing if weight > 1), default=0.0),
        "form_missing": max(shares) - _share_in_form(question, candidates, shares),
        "foreign": foreign,
        "foreign_covered": foreign * covered,
        "foreign_heaviest_missing": foreign * max(missing, default=0.0),
    }


def _share(asked: Sequence[AskedTerm], row: Sequence[bool]) -> float:
    total = sum(term.weight for term in asked)
    return (
        sum(term.weight for term, is_found in zip(asked, row, strict=True) if is_found) / total
        if total
        else 0.0
    )


def _share_in_form(question: str, candidates: Sequence[Candidate], shares: Sequence[float]) -> float:
    """The best share among candidates that hold what an answer must hold (a number with a unit for a dose,
    ...).
    """
    form = answer_form(question)
    if form is None:
        return max(shares)
    fitting = (
        share
        for candidate, share in zip(candidates, shares, strict=True)
        if share and form.search(folded(candidate.text))
    )
    return max(fitting, default=0.0)


def _foreign_share(language: str, candidates: Sequence[Candidate]) -> float:
    return sum(channel_of(candidate.language) != channel_of(language) for candidate in candidates) / len(
        candidates
    )


def _named(asked: Iterable[AskedTerm], *, across: bool) -> tuple[str, ...]:
    """The words worth telling the reader. Across languages an ordinary word is missing anyway, so only named
    things are told.
    """
    least = 1.0 if across else tuning().gate.salient
    return tuple(term.surface for term in asked if term.weight >= least)[: tuning().gate.most_missing]


@dataclass(frozen=True, slots=True)
class _CandidateWords:
    """The stems of a candidate: as a set, and joined for the patterns of groups; ``kin`` maps a question's
    stem to its like.
    """

    stems: frozenset[str]
    text: str
    kin: Mapping[str, frozenset[str]]


def _words(asked: Sequence[AskedTerm], candidates: Sequence[Candidate]) -> list[_CandidateWords]:
    cut = [
        terms("\n".join((item.title, *item.section, item.text)), channel_of(item.language))
        for item in candidates
    ]
    by_start: dict[str, list[str]] = {}
    for stem in {stem for stems in cut for stem in stems}:
        by_start.setdefault(_skeleton(stem)[:3], []).append(stem)
    kin = {
        stem: frozenset(
            other
            for other in by_start.get(_skeleton(stem)[:3], ())
            if _is_kin(stem, other, strict=term.is_drug)
        )
        for term in asked
        for word in term.words
        for stem in word
    }
    return [_CandidateWords(frozenset(stems), joined(stems), kin) for stems in cut]


def _found(asked: Sequence[AskedTerm], words: _CandidateWords) -> list[bool]:
    return [_is_found(term, words) for term in asked]


def _is_found(term: AskedTerm, words: _CandidateWords) -> bool:
    if any(group.is_told_in(words.text) for group in term.groups):
        return True
    return all(_is_word_found(stems, words) for stems in term.words)


def _is_word_found(stems: Sequence[str], words: _CandidateWords) -> bool:
    """A compound is found whole (its longest stem) or by all its parts."""
    present = [stem in words.stems or not words.kin[stem].isdisjoint(words.stems) for stem in stems]
    whole = max(range(len(stems)), key=lambda number: len(stems[number]))
    return present[whole] or (len(stems) > 1 and all(present[:whole] + present[whole + 1 :]))


@lru_cache(maxsize=100_000)
def _skeleton(stem: str) -> str:
    """Return a stem without what differs between French, English and related words: spelling of Greek,
    doubled letters, ending.
    """
    for spelling, plain in (
        ("ph", "f"),
        ("th", "t"),
        ("ch", "c"),
        ("qu", "c"),
        ("y", "i"),
        ("k", "c"),
        ("ae", "e"),
        ("oe", "e"),
    ):
        stem = stem.replace(spelling, plain)
    single = "".join(
        letter for number, letter in enumerate(stem) if number == 0 or letter != stem[number - 1]
    )
    if len(single) > 5:
        for ending in (
            "eux",
            "iqu",
            "ic",
            "us",
            "um",
            "is",
            "al",
            "if",
            "iv",
            "os",
            "ou",
            "e",
            "a",
            "i",
            "o",
        ):
            if single.endswith(ending):
                return single.removesuffix(ending)
    return single


def _is_kin(first: str, second: str, *, strict: bool) -> bool:
    """Whether two stems are the same word, another form of it, or its cognate. Two drugs of one class are not
    (``strict``).
    """
    if first == second:
        return True
    if min(len(first), len(second)) < 5 or not (first.isalpha() and second.isalpha()):
        return False
    first, second = _skeleton(first), _skeleton(second)
    short, long = min(len(first), len(second)), max(len(first), len(second))
    common = next((number for number, (a, b) in enumerate(zip(first, second, strict=False)) if a != b), short)
    if strict:
        return common >= max(5, long - 1)
    return common >= 5 and (common >= 0.75 * long or (common == short and long <= short + 3))
