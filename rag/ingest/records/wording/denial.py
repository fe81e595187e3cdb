"""Denials in words that every reader takes for one: ``Pas d'embolie pulmonaire``, and not a list of diagnoses
with a mark beside one.

The cues stand right before what they deny, so that a quote cannot lose them and the checks of an answer see
them.
"""

from __future__ import annotations

from rag.messages import message

_VOWELS = "aàâeéèêëiîïoôuùûyœ"


def denied(key: str, what: str, language: str) -> str:
    """Return a message of the table ``record`` that denies or doubts something; ``of`` joins it as French
    grammar asks.
    """
    word = what if what[1:2].isupper() else what[:1].lower() + what[1:]
    if language != "fr":
        return message(f"record.{key}", language, of="", what=word)
    return message(
        f"record.{key}", language, of="d'" if word[:1].lower() in _VOWELS and word else "de ", what=word
    )
