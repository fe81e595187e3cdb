"""Language detection, French or English, from documents of pages down to questions of two words.

``langdetect`` is unreliable under about 20 characters and knows no medicine, so short texts are first judged by
function words, endings and accents, which decide most clinical questions.
"""

from __future__ import annotations

import re

_FRENCH = frozenset(
    (
        "le la les l un une des du de d au aux et ou où en dans sur sous par pour avec sans est sont été a ont qui que qu quoi "
        "quel quelle quels quelles quand comment pourquoi combien ce cette ces son sa ses il elle ne n pas plus chez après avant "
        "lors y t patient patiente dose traitement doit faut peut quelle jour jours droite gauche prothèse douleur"
    ).split()
)
_ENGLISH = frozenset(
    (
        "the an of to in on at by for with without is are was were be been has have had does do did which what when how why who "
        "where this that these those his her its not no any after before during from and or patient's should must can could would "
        "day days right left pain treatment history there about between"
    ).split()
)
_ACCENTED = re.compile(r"[àâçéèêëîïôùûüœ]", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+", re.UNICODE)


def detect_language(text: str, default: str = "fr") -> str:
    """Return ``"fr"`` or ``"en"``; ``default`` where the text gives no sign (a code, a drug name alone)."""
    sample = text[:4000]
    words = [word.lower() for word in _WORD.findall(sample)]
    french = sum(word in _FRENCH for word in words) + 0.5 * sum(bool(_ACCENTED.search(word)) for word in words)
    english = sum(word in _ENGLISH for word in words)
    if max(french, english) >= 2 * min(french, english) + 1:
        return "fr" if french > english else "en"
    return _by_ngrams(sample, default)


def _by_ngrams(text: str, default: str) -> str:
    if len(text.strip()) < 20:
        return default
    from langdetect import DetectorFactory, detect_langs  # type: ignore[import-untyped]
    from langdetect.lang_detect_exception import LangDetectException  # type: ignore[import-untyped]

    DetectorFactory.seed = 0  # langdetect samples at random: without a seed it answers differently from run to run
    try:
        ranked = {guess.lang: guess.prob for guess in detect_langs(text)}
    except LangDetectException:
        return default
    french, english = ranked.get("fr", 0.0), ranked.get("en", 0.0)
    if french == english:
        return default
    return "fr" if french > english else "en"
