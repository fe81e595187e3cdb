"""Questions made by program for the sentences of a clinical document, with the sentences that answer them.

A question comes from what a sentence names (a laboratory value, a drug and its dose, an examination and what
it showed, a germ, a side) or from how it speaks of the course (history, reason, follow-up). It is worded in
either language: names come from the one concept table. Its negatives are of the same document: those that
name the thing and say nothing of what is asked first.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from random import Random

from eval.fit.reader.data.documents import AskedDocument, AskedSentence
from eval.fit.reader.data.groups import AnswerGroup, Option, Split
from rag.clinical.analyse import analysed
from rag.clinical.concepts import concept, kinds_of
from rag.clinical.folding import fold

LANGUAGES = ("fr", "en")
_OTHER = 0.3
"""Share of questions in the other language than the document's."""
_NEGATIVES = 8
_VALUE = re.compile(r"\d")
_DOSE = re.compile(r"\d\s?(?:mg|g|µg|mcg|ui|iu|ml|gouttes?|drops?|units?|unites?|cp|comprimes?|tablets?)\b")
_CLASSES = ("antibiotic", "anticoagulant", "corticosteroid", "analgesic", "diuretic", "antihypertensive")
_SIDED = ("right", "left", "bilateral")
_BY_KIND = {
    "procedure": "procedure",
    "condition": "condition",
    "symptom": "condition",
    "organism": "organism",
    "device": "device",
}


@dataclass(frozen=True, slots=True)
class _SeenSentence:
    """A sentence as the maker sees it: what it names, and which cues it holds."""

    sentence: AskedSentence
    named: frozenset[str]
    folded: str
    cues: frozenset[str]
    sided: frozenset[str]
    """What it names right beside a word for a side."""


@dataclass(frozen=True, slots=True)
class Need:
    """What is asked: a kind of question, about a concept or about none."""

    kind: str
    about: str = ""
    word: str = ""
    beside: str = ""
    """A second concept that the same sentence must name."""


def asked_of(document: AskedDocument, split: Split, seed: int, most: int) -> Iterator[AnswerGroup]:
    """Yield up to ``most`` questions to a document, each with its sentences; the same for the same seed."""
    random = Random(f"{seed} asked {document.doc_id}")
    seen = _read(document)
    if len(seen) < 4:
        return
    needs: dict[Need, set[int]] = {}
    for number, one in enumerate(seen):
        for need in (*_needs(one), *_pairs(one, random)):
            needs.setdefault(need, set()).add(number)
    for need in [need for need in needs if need.beside]:
        needs[need] = {number for number, one in enumerate(seen) if {need.about, need.beside} <= one.named}
    # what half the sentences answer is no question
    fair = [need for need, found in needs.items() if len(found) <= max(3, len(seen) // 3)]
    random.shuffle(fair)
    for need in sorted(fair[: 3 * most], key=lambda need: _rarity(need, random))[:most]:
        language = document.language if random.random() > _OTHER else _other(document.language)
        question = _question(need, language, random)
        answers = needs[need]
        options = [_option(seen[number], document, 1) for number in sorted(answers)[:3]]
        options += [_option(seen[number], document, 0) for number in _negatives(need, seen, answers, random)]
        yield AnswerGroup(document.source, language, split, question, tuple(options))


def open_of(
    document: AskedDocument, others: Sequence[Need], split: Split, seed: int, most: int
) -> Iterator[AnswerGroup]:
    """Yield questions that the document leaves open: about what other documents name and it does not."""
    random = Random(f"{seed} open {document.doc_id}")
    seen = _read(document)
    held = {name for one in seen for found in one.named for name in kinds_of(found)}
    fair = [need for need in others if need.about and not held & kinds_of(need.about)]
    if len(seen) < 4 or not fair:
        return
    for need in random.sample(fair, min(most, len(fair))):
        language = random.choice(LANGUAGES) if random.random() < _OTHER else document.language
        question = _question(need, language, random)
        chosen = _negatives(need, seen, set(), random)
        options = tuple(_option(seen[number], document, 0) for number in chosen)
        yield AnswerGroup(f"{document.source}_open", language, split, question, options)


def needs_of(document: AskedDocument) -> list[Need]:
    """Return what may be asked of a document."""
    needs = {need for one in _read(document) for need in _needs(one)}
    return sorted(needs, key=lambda need: (need.kind, need.about, need.word))


def _question(need: Need, language: str, random: Random) -> str:
    if not need.beside:
        return worded(need.kind, need.about, need.word, language, random)
    second = concept(need.beside).label(language)
    return worded(need.kind, need.about, need.word, language, random, second)


def worded(kind: str, about: str, word: str, language: str, random: Random, second: str = "") -> str:
    """Return a question in words; sometimes without accents, mark or capital, as people type."""
    row = concept(about) if about else None
    forms = row.searched(language) if row else ()
    name = random.choice(forms[:3]) if forms and random.random() < 0.4 else row.label(language) if row else ""
    if kind in ("procedure", "finding", "given", "reason", "dose") and language == "fr" and name:
        name = name if random.random() < 0.5 else _with_article(name, random)
    question = random.choice(_wordings()[kind][language])
    question = question.format(x=name, y=second, w=concept(word).label(language) if word else "")
    if random.random() < 0.15:
        question = question.rstrip(" ?").lower()
    if random.random() < 0.08:
        question = fold(question)
    return question


def _with_article(name: str, random: Random) -> str:
    if fold(name[:1]) in "aeiouyh":
        return f"l'{name}"
    return f"{random.choice(('le', 'la'))} {name}"


def _needs(one: _SeenSentence) -> Iterator[Need]:
    for name in one.named:
        row = concept(name)
        if row.kind in ("lab", "vital") and _VALUE.search(one.folded):
            yield Need("value", name)
        if row.kind == "imaging" and "finding" in one.cues:
            yield Need("finding", name)
        if row.kind in ("drug", "drug_class"):
            yield Need("given", name)
            if _DOSE.search(one.folded):
                yield Need("dose", name)
            for word in _CLASSES:
                if word in kinds_of(name) and word != name:
                    yield Need("drug", "", word)
        if row.kind in _BY_KIND:
            yield Need(_BY_KIND[row.kind], "" if row.kind == "organism" else name)
        if row.kind in ("procedure", "drug") and "reason" in one.cues:
            yield Need("reason", name)
    for name in sorted(one.sided):
        yield Need("side", name)
    for cue in sorted(one.cues - {"finding", "reason", "allergy"}):
        yield Need(cue)


_TELLING = ("drug", "lab", "procedure", "imaging", "condition", "symptom", "anatomy", "organism", "device")


def _pairs(one: _SeenSentence, random: Random) -> Iterator[Need]:
    """Yield what joins two things that a sentence names, so that naming one of them is not enough."""
    telling = sorted(name for name in one.named if concept(name).kind in _TELLING)
    if len(telling) > 1:
        first, second = random.sample(telling, 2)
        if not kinds_of(first) & kinds_of(second):
            yield Need("both", first, "", second)


def _rarity(need: Need, random: Random) -> float:
    """Course questions are few and asked often; a sentence that only names a thing is asked about less."""
    return random.random() * (0.5 if not need.about else 1.3 if need.kind in ("condition", "given") else 1.0)


def _negatives(need: Need, seen: Sequence[_SeenSentence], answers: set[int], random: Random) -> list[int]:
    """Return sentences that do not answer, the near ones first: half of those kept are near."""
    left = [number for number in range(len(seen)) if number not in answers]
    random.shuffle(left)
    about = kinds_of(need.about) if need.about else frozenset()
    about |= {need.beside} if need.beside else frozenset()
    kind = concept(need.about).kind if need.about else ""

    def nearness(number: int) -> float:
        one = seen[number]
        close = 2.0 * bool(about & one.named)
        close += 1.0 * any(concept(name).kind == kind for name in one.named)
        return close + 0.5 * bool(_VALUE.search(one.folded)) + 0.3 * random.random()

    near = sorted(left, key=nearness, reverse=True)
    kept = near[: _NEGATIVES // 2]
    return kept + [number for number in left if number not in kept][: _NEGATIVES - len(kept)]


def _option(one: _SeenSentence, document: AskedDocument, label: int) -> Option:
    context = " > ".join(part for part in (document.title, one.sentence.section) if part)
    return Option(one.sentence.text, label, context)


@lru_cache(maxsize=8192)
def _read(document: AskedDocument) -> tuple[_SeenSentence, ...]:
    """Read a document once: it is asked about, asked of, and left open."""
    return tuple(_seen(sentence, document.language) for sentence in document.sentences)


def _seen(sentence: AskedSentence, language: str) -> _SeenSentence:
    folded = fold(sentence.text)
    mentions = [mention for mention in analysed(sentence.text).mentions if not mention.is_ambiguous]
    named = frozenset(mention.concept_id for mention in mentions)
    cues = frozenset(name for name, cue in _cues(language).items() if cue.search(folded))
    sides = [mention for mention in mentions if mention.concept_id in _SIDED]
    sided = frozenset(
        mention.concept_id
        for mention in mentions
        if concept(mention.concept_id).kind in ("anatomy", "condition", "procedure")
        and mention.concept_id not in _SIDED
        and any(-2 < side.start - mention.end < 3 or -2 < mention.start - side.end < 3 for side in sides)
    )
    return _SeenSentence(sentence, named, folded, cues, sided)


def _other(language: str) -> str:
    return "en" if language == "fr" else "fr"


@cache
def _wordings() -> Mapping[str, Mapping[str, Sequence[str]]]:
    return tomllib.loads((files("eval.fit.reader.data") / "questions.toml").read_text(encoding="utf-8"))


@cache
def _cues(language: str) -> Mapping[str, re.Pattern[str]]:
    found = tomllib.loads((files("eval.fit.reader.data") / "cues.toml").read_text(encoding="utf-8"))
    return {name: re.compile(patterns[language]) for name, patterns in found.items()}
