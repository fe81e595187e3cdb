"""Language detection, French or English, from documents of pages down to questions of two words.

Function words and accents speak first: they decide most sentences. A statistical model of letter sequences (``py3langid``), asked between
the two languages only, decides telegraphic notes and questions of names alone, which have none. A drug name or a code belongs to neither.
"""

from __future__ import annotations

import math
import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

DETECTOR = "language/2"
"""Raised when texts are told differently, so that documents read before are read again."""

_FRENCH = frozenset(
    (
        "le la les un une des du de au aux et ou où en dans sur sous par pour avec sans est sont été ont qui que qu quoi "
        "quel quelle quels quelles quand comment pourquoi combien ce cette ces son ses elle ne pas plus chez après avant "
        "lors patiente traitement doit faut jour jours droite gauche prothèse douleur"
    ).split()
)
_ENGLISH = frozenset(
    (
        "the an of to in by for with without is are was were be been has have had does do did which what when how why who "
        "where this that these those his her its not no any after before during from and or patient's should must can could would "
        "day days right left pain treatment history there about between"
    ).split()
)
_ELISION = re.compile(r"\b(?:[cdjlmnst]|qu|jusqu|lorsqu)['’](?=\w)", re.IGNORECASE)
_ACCENTED = re.compile(r"[àâçéèêëîïôùûüœ]", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+", re.UNICODE)

_SAMPLE = 4000
_WORD_SAYS, _ACCENT_SAYS, _MOST_ACCENTS = 1.5, 1.0, 3
"""Log odds of a function word and of an accented word, each counted once: an abbreviation that looks like one (IL, SA) may come often, and
English has names and loan words with accents."""
_LETTERS_SAY_AT_MOST = 8.0
_SURE = math.log(0.7 / 0.3)
"""Log odds from which a language is told. On names of diseases, drugs and procedures in both languages and on questions of one to three
words, one in forty is then told wrongly and a third to two fifths not at all; sentences and notes are told."""


def language_of(text: str) -> str | None:
    """Return ``"fr"`` or ``"en"``; None where the text gives no clear sign (a code, a drug name alone)."""
    sample = text[:_SAMPLE]
    words = {word.lower() for word in _WORD.findall(sample)}
    elisions = {found.lower() for found in _ELISION.findall(sample)}
    function = len(words & _FRENCH) - len(words & _ENGLISH) + len(elisions)
    accents = min(_MOST_ACCENTS, sum(bool(_ACCENTED.search(word)) for word in words))
    french = _WORD_SAYS * function + _ACCENT_SAYS * accents + _by_letters(sample)
    return None if abs(french) < _SURE else "fr" if french > 0 else "en"


def detect_language(text: str, default: str = "fr") -> str:
    """Return ``"fr"`` or ``"en"``; ``default`` where the text gives no clear sign."""
    return language_of(text) or default


def _by_letters(text: str) -> float:
    """Return the log odds of French by sequences of letters."""
    chances = dict(_identifier().rank(text))
    odds = math.log(max(chances["fr"], 1e-9) / max(chances["en"], 1e-9))
    return max(-_LETTERS_SAY_AT_MOST, min(_LETTERS_SAY_AT_MOST, odds))


@cache
def _identifier() -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(["fr", "en"])
    return identifier
