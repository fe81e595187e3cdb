"""In which of the served languages a text is written, from documents of pages down to questions of two words.

Function words, accents and the words that only one language has for a concept speak first: they decide most
sentences and questions. Sequences of letters (``langdetect``, with the profiles of the served languages only,
seeded) decide what has none; of a few letters they say little, since that model is as sure of two words as of
a page. A drug name or a code belongs to none.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from threading import Lock
from typing import TYPE_CHECKING

from rag.clinical.concepts.table import table
from rag.clinical.languages import Language

if TYPE_CHECKING:
    from langdetect.detector_factory import DetectorFactory

_WORD = re.compile(r"[^\W\d_]+")
_TERM = re.compile(r"[^\W\d_]{4,}")
_SAMPLE = 4000
_WORD_SAYS, _ACCENT_SAYS, _MOST_ACCENTS = 1.5, 1.0, 3
"""Log odds of a function word and of an accented word, each counted once: an abbreviation that looks like one
(IL, SA) may come often, and English has names and loan words with accents.
"""
_TERM_SAYS = 1.0
"""Log odds of a word that the concepts have in one language only."""
_LETTERS_SAY, _ONE_LETTER_SAYS_AT_MOST, _LETTERS_SAY_AT_MOST = 0.3, 0.06, 8.0
"""Of the log odds of the letters the share that is believed, and the most, by letter and in all. Set on two,
five and ten words cut from case reports of both languages: two words are then told in 89 % and wrongly in 0.4
%, five words in 99.5 % (``tools/measure_detection``).
"""
_SURE = math.log(0.7 / 0.3)
"""Log odds from which a language is told."""
_ONE_AT_A_TIME = Lock()


def told(text: str, languages: Sequence[Language]) -> str | None:
    """Return the code of the language that a text is in, None where no sign is clear."""
    sample = text[:_SAMPLE]
    codes = tuple(language.code for language in languages)
    words = frozenset(word.lower() for word in _WORD.findall(sample))
    odds, terms = by_letters(sample, codes), _terms(codes)
    own = _own_words(tuple((language.function_words, language.stop_words) for language in languages))
    scores = {}
    for language, known in zip(languages, own, strict=True):
        named = _WORD_SAYS * len(words & known) + _TERM_SAYS * len(words & terms[language.code])
        scores[language.code] = odds[language.code] + _said(sample, words, language) + named
    best, second = sorted(scores, key=lambda code: -scores[code])[:2]
    return best if scores[best] - scores[second] >= _SURE else None


def _said(sample: str, words: frozenset[str], language: Language) -> float:
    """Return what the elisions and accents of a text say for a language, in log odds."""
    elided = (
        {found.lower() for found in _elisions(language.elisions).findall(sample)}
        if language.elisions
        else set()
    )
    accented = sum(not _letters(language.accents).isdisjoint(word) for word in words)
    return _WORD_SAYS * len(elided) + _ACCENT_SAYS * min(_MOST_ACCENTS, accented)


@cache
def _own_words(known: tuple[tuple[frozenset[str], frozenset[str]], ...]) -> tuple[frozenset[str], ...]:
    """Return the function words of each language, and the stop words that it shares with no other (not
    ``on``, ``me``).
    """
    counts = Counter(word for function, stop in known for word in function | stop)
    return tuple(function | frozenset(word for word in stop if counts[word] == 1) for function, stop in known)


@cache
def _terms(codes: tuple[str, ...]) -> Mapping[str, frozenset[str]]:
    """Return, by language, the words of concepts that no other language has; drugs are called alike
    everywhere.
    """
    named = {code: set[str]() for code in codes}
    for concept in table().values():
        if concept.kind != "drug" and sum(bool(concept.forms.get(code)) for code in codes) > 1:
            for code in codes:
                named[code].update(
                    word.lower()
                    for form in concept.forms.get(code, ())
                    for word in _TERM.findall(form)
                    if not word.isupper()
                )
    counts = Counter(word for words in named.values() for word in words)
    return {code: frozenset(word for word in words if counts[word] == 1) for code, words in named.items()}


@cache
def _elisions(elisions: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(elisions)})['’](?=\w)", re.IGNORECASE)


@cache
def _letters(accents: str) -> frozenset[str]:
    return frozenset(accents)


def by_letters(text: str, codes: tuple[str, ...]) -> dict[str, float]:
    """Return the log chance of each language by sequences of letters, the likeliest 0."""
    from langdetect.lang_detect_exception import LangDetectException

    with _ONE_AT_A_TIME:
        detector = _factory(codes).create()
        detector.append(text)
        try:
            chances = {found.lang: found.prob for found in detector.get_probabilities()}
        except LangDetectException:  # no letters
            return dict.fromkeys(codes, 0.0)
    logs = {code: _LETTERS_SAY * math.log(max(chances.get(code, 0.0), 1e-12)) for code in codes}
    most = min(_LETTERS_SAY_AT_MOST, _ONE_LETTER_SAYS_AT_MOST * sum(char.isalpha() for char in text))
    return {code: max(-most, log - max(logs.values())) for code, log in logs.items()}


@cache
def _factory(codes: tuple[str, ...]) -> DetectorFactory:
    from langdetect.detector_factory import DetectorFactory

    factory = DetectorFactory()
    factory.seed = 0
    profiles = files("langdetect") / "profiles"
    factory.load_json_profile([(profiles / code).read_text(encoding="utf-8") for code in codes])
    return factory
