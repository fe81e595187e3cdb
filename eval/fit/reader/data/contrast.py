"""Pairs for the head ``supports``, made by program: true claims of clinical sentences, and the same with one
thing wrong.

A true claim is the sentence itself, a part of it, the sentence with things called by their other names, or
one of several sentences. A wrong one differs in one place, by kinds of error. Where the changed sentence may
as well be the premise, it is so half of the time: a claim alone never tells whether it is right.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from random import Random
from typing import Any

from eval.fit.reader.data.documents import AskedDocument
from eval.fit.reader.data.groups import Split
from rag.clinical.analyse import analysed
from rag.clinical.concepts import concept, concepts, kinds_of

SUPPORT, NEUTRAL, CONTRADICT, NOT_SUPPORT = range(4)
"""Classes; the last stands for neutral or contradict, where it is not told which."""
_NUMBER = re.compile(r"(?<![\w.,/-])\d{1,4}(?:[.,]\d{1,2})?(?![\w/-]|[.,]\d)")
_DATE = re.compile(r"\b(?:19|20)\d\d\b|\b\d{1,2}/\d{1,2}/(?:19|20)?\d\d\b")
_SWAPPED = ("drug", "organism", "condition", "anatomy", "procedure")
_AND = {"fr": " et ", "en": " and "}


@dataclass(frozen=True, slots=True)
class SupportPair:
    """A premise, a claim and the class; ``error`` is the kind of error planted, or the kind of true claim."""

    source: str
    language: str
    split: Split
    premise: str
    claim: str
    label: int
    error: str


@dataclass(frozen=True, slots=True)
class _Changed:
    text: str
    label: int
    error: str
    both_ways: bool


def contrast_pairs(document: AskedDocument, split: Split, seed: int, most: int) -> Iterator[SupportPair]:
    """Yield pairs over up to ``most`` sentences of a document: a true claim and up to two wrong ones each."""
    random = Random(f"{seed} contrast {document.doc_id}")
    texts = [sentence.text for sentence in document.sentences if len(sentence.text.split()) >= 6]
    if len(texts) < 4:
        return
    for number in random.sample(range(len(texts)), min(most, len(texts))):
        sentence = texts[number]
        premise = _around(texts, number, random)
        claim, error = true_claim(sentence, document.language, random)

        def pair(premise: str, claim: str, label: int, error: str) -> SupportPair:
            source = f"{document.source}_contrast"
            return SupportPair(source, document.language, split, premise, claim, label, error)

        yield pair(premise, claim, SUPPORT, error)
        for said, label in _stated(sentence, random):
            yield pair(premise, said, label, "stated across" if label == SUPPORT else "value across")
        changes = changed(claim, document.language, random)
        random.shuffle(changes)
        for change in changes[:2]:
            turned = change.both_ways and premise == sentence and random.random() < 0.5
            first, second = (change.text, claim) if turned else (premise, change.text)
            yield pair(first, second, change.label, change.error)
        if random.random() < 0.4:
            others = [text for at, text in enumerate(texts) if abs(at - number) > 3]
            if others:
                yield pair(premise, random.choice(others), NEUTRAL, "other sentence")


_STATED = {
    "lab": {
        "fr": ("{x} à {v}.", "Le taux de {x} était de {v}.", "On retrouve {x} à {v}."),
        "en": ("The {x} was {v}.", "{x} {v}.", "A {x} of {v} was found."),
    },
    "drug": {
        "fr": ("Le patient a reçu {x} ({v}).", "{x} à la dose de {v}.", "Traitement par {x} {v}."),
        "en": ("The patient received {x} ({v}).", "{x} was given at {v}.", "Treatment with {x} {v}."),
    },
}
_VALUE = re.compile(
    r"\W{1,3}(?:\w{1,12}\W{1,2}){0,3}?(\d{1,4}(?:[.,]\d{1,2})?) ?"
    r"(mg|g|µg|UI|ml|mL|g/dl|g/l|mg/l|mmol/l|%)?(?![\w.,])"
)


def _stated(sentence: str, random: Random) -> Iterator[tuple[str, int]]:
    """Yield what a sentence says of one value or dose, in words of its own in either language: once right,
    and once with another value or of another thing.
    """
    for mention in analysed(sentence).mentions:
        row = concept(mention.concept_id)
        found = _VALUE.match(sentence, mention.end)
        if row.kind in _STATED and found and not mention.is_ambiguous and random.random() < 0.5:
            language = random.choice(("fr", "en"))
            value = f"{found[1]} {found[2] or ''}".strip()
            value = value.replace(",", ".") if language == "en" else value.replace(".", ",")
            wording = random.choice(_STATED[row.kind][language])
            yield wording.format(x=row.label(language), v=value), SUPPORT
            if random.random() < 0.5:
                other = random.choice(_rows(row.kind)).label(language)
                yield wording.format(x=other, v=value), NOT_SUPPORT
            elif change := _other_number(value, language, random):
                yield wording.format(x=row.label(language), v=change.text), CONTRADICT
            return


def _around(texts: Sequence[str], number: int, random: Random) -> str:
    """Return the sentence, half of the time with those beside it."""
    if random.random() < 0.5:
        return texts[number]
    first, last = number - random.randint(0, 1), number + random.randint(0, 1)
    return " ".join(texts[max(0, first) : last + 1])


def true_claim(sentence: str, language: str, random: Random) -> tuple[str, str]:
    """Return what follows from a sentence, and how it was made."""
    ways = random.sample(("renamed", "part", "number form", "copy"), 4)
    for way in ways:
        if way == "renamed":
            claim = _renamed(sentence, language, random)
        elif way == "part":
            claim = _part(sentence, random)
        elif way == "number form":
            claim = re.sub(r"(?<=\d),(?=\d)", ".", sentence) if "," in sentence else None
        else:
            claim = sentence if random.random() < 0.3 else None
        if claim and (way == "copy" or claim != sentence):
            return claim, way
    return sentence, "copy"


def _renamed(sentence: str, language: str, random: Random) -> str | None:
    """Call up to two things by another of their names, in either language."""
    made, found = sentence, False
    mentions = [one for one in analysed(sentence).mentions if not one.is_ambiguous]
    for mention in sorted(random.sample(mentions, min(2, len(mentions))), key=lambda one: -one.start):
        row = concept(mention.concept_id)
        if row.kind in ("word", "person", "anatomy"):
            continue
        forms = [form for form in row.searched(language) if form.lower() != mention.text.lower()]
        if forms:
            made = made[: mention.start] + random.choice(forms[:4]) + made[mention.end :]
            found = True
    return made if found else None


def _part(sentence: str, random: Random) -> str | None:
    """Leave out what stands in brackets, or what follows a comma or an *and*."""
    plain = re.sub(r" ?\([^()]*\)", "", sentence)
    cuts = [match.start() for match in re.finditer(r", | et | and |; ", plain)]
    cuts = [at for at in cuts if len(plain[:at].split()) >= 5]
    if cuts and random.random() < 0.7:
        return plain[: random.choice(cuts)].rstrip(" ,;") + "."
    return plain if plain != sentence else None


def changed(text: str, language: str, random: Random) -> list[_Changed]:
    """Return every kind of wrong version of a claim that the claim allows, one each."""
    makers = (_other_number, _other_date, _other_thing, _item_added)
    made = [make(text, language, random) for make in makers]
    return [*_swaps(text, language, random), *(change for change in made if change)]


def _swaps(text: str, language: str, random: Random) -> Iterator[_Changed]:
    for error, rule in _rules().items():
        label = CONTRADICT if rule["label"] == "contradict" else NEUTRAL
        options: list[str] = []
        for old, new in rule[language]:
            ways = ((old, new), (new, old)) if rule["both_ways"] else ((old, new),)
            for first, second in ways:
                places = list((_unit if error == "unit" else _word)(first).finditer(text))
                if places:
                    place = random.choice(places)
                    new = second[:1].upper() + second[1:] if place[0][:1].isupper() else second
                    options.append(text[: place.start()] + new + text[place.end() :])
        if options:
            yield _Changed(random.choice(options), label, error, rule["both_ways"])


@cache
def _word(words: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w']){re.escape(words)}(?!\w)", re.IGNORECASE)


@cache
def _unit(words: str) -> re.Pattern[str]:
    return re.compile(rf"(?<=\d)\s?{re.escape(words)}(?![\w/])")


def _other_number(text: str, language: str, random: Random) -> _Changed | None:
    places = [place for place in _NUMBER.finditer(text) if not _DATE.fullmatch(place[0])]
    if not places:
        return None
    place = random.choice(places)
    old = place[0]
    value = float(old.replace(",", "."))
    factor = random.choice((0.1, 0.5, 2.0, 10.0, 1.0 + random.uniform(0.1, 0.6)))
    new = f"{value * factor:.{len(re.split('[.,]', old)[1]) if re.search('[.,]', old) else 0}f}"
    new = new.replace(".", ",") if "," in old else new
    if float(new.replace(",", ".")) == value:
        new = str(int(value) + random.randint(1, 5))
    return _Changed(text[: place.start()] + new + text[place.end() :], CONTRADICT, "number", True)


def _other_date(text: str, language: str, random: Random) -> _Changed | None:
    places = list(_DATE.finditer(text))
    if not places:
        return None
    place = random.choice(places)
    year = re.search(r"(?<!\d)\d+$", place[0])
    if year is None:
        return None
    other = str(int(year[0]) + random.choice((-3, -2, -1, 1, 2))).zfill(len(year[0]))
    new = place[0][: year.start()] + other
    return _Changed(text[: place.start()] + new + text[place.end() :], CONTRADICT, "date", True)


def _other_thing(text: str, language: str, random: Random) -> _Changed | None:
    """Put another drug, germ, disease, place or act for one."""
    mentions = [
        one
        for one in analysed(text).mentions
        if not one.is_ambiguous and concept(one.concept_id).kind in _SWAPPED
    ]
    if not mentions:
        return None
    mention = random.choice(mentions)
    row = concept(mention.concept_id)
    for other in random.sample(_rows(row.kind), 6):
        if not kinds_of(other.id) & kinds_of(row.id) and row.id not in kinds_of(other.id):
            new = other.label(language)
            return _Changed(text[: mention.start] + new + text[mention.end :], NOT_SUPPORT, row.kind, True)
    return None


def _item_added(text: str, language: str, random: Random) -> _Changed | None:
    """Add a thing to those that a sentence lists: it no longer follows."""
    mentions = [
        one
        for one in analysed(text).mentions
        if not one.is_ambiguous and concept(one.concept_id).kind in ("drug", "condition", "symptom")
    ]
    if not mentions:
        return None
    mention = random.choice(mentions)
    other = random.choice(_rows(concept(mention.concept_id).kind))
    if other.id in {one.concept_id for one in mentions}:
        return None
    added = text[: mention.end] + _AND[language] + other.label(language) + text[mention.end :]
    return _Changed(added, NEUTRAL, "list", False)


@cache
def _rows(kind: str) -> tuple[Any, ...]:
    return concepts(kind)


@cache
def _rules() -> Mapping[str, Mapping[str, Any]]:
    return tomllib.loads((files("eval.fit.reader.data") / "swaps.toml").read_text(encoding="utf-8"))
