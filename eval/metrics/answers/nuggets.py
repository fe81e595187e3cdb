"""Facts that an answer must hold, or must not: strings found under a matching that forgives writing, not
meaning.

Case, accents, ligatures, kinds of apostrophes, dashes and spaces do not count; a decimal comma is a point;
``22 %`` is ``22%``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

_APOSTROPHES = re.compile(r"[’‘ʼ´`]")
_DASHES = re.compile(r"[‐‑‒–—−]")
_SPACES = re.compile(r"\s+")
_COMMA = re.compile(r"(?<=\d),(?=\d)")
_UNIT_SPACE = re.compile(r"(?<=\d) (?=[%°a-zµμ])")
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss"})


def normalised(text: str) -> str:
    """Return the form in which facts are compared."""
    decomposed = unicodedata.normalize("NFKD", text.casefold()).translate(_LIGATURES)
    plain = "".join(character for character in decomposed if not unicodedata.combining(character))
    plain = _DASHES.sub("-", _APOSTROPHES.sub("'", plain))
    return _UNIT_SPACE.sub("", _COMMA.sub(".", _SPACES.sub(" ", plain))).strip()


def holds(text: str, fact: str) -> bool:
    """Tell whether a text holds one of the alternatives of ``fact`` (between ``|``).

    A match begins where a word begins (``hémolys`` finds ``hémolysé``); a number matches whole: ``4,6`` is
    not in ``14.6``.
    """
    within = normalised(text)
    return any(_finds(within, alternative) for alternative in map(normalised, fact.split("|")) if alternative)


def share_held(answer: str, facts: Sequence[str]) -> float:
    """Return the share of one fact or more that an answer holds; silence holds none."""
    return sum(holds(answer, fact) for fact in facts) / len(facts)


def any_held(answer: str, facts: Sequence[str]) -> float:
    """Return 1 where an answer holds any of the facts, else 0."""
    return float(any(holds(answer, fact) for fact in facts))


def _finds(text: str, alternative: str) -> bool:
    before = (
        r"(?<![\d])(?<!\d\.)"
        if alternative[0].isdigit()
        else r"(?<![^\W\d_])"
        if alternative[0].isalpha()
        else ""
    )
    after = r"(?!\d)(?!\.\d)" if alternative[-1].isdigit() else ""
    return re.search(f"{before}{re.escape(alternative)}{after}", text) is not None
