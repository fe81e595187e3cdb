"""Which part of a sentence is said of a relative or of another person, and not of the patient.

A relative governs the part of a sentence it stands in, forward to the next person or to where the patient's
own story begins again; as an adjective (``familial``, ``maternal``) only the noun beside it. One who tells,
comes along or helps governs nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from rag.clinical.languages import common_words
from rag.clinical.phrases import Phrase, Token, phrases_in
from rag.core.text import Span

_RELATION_OF = {"mater": "mother", "pater": "father"}


def others_in(
    tokens: tuple[Token, ...], sentence: Span, language: str
) -> Iterator[tuple[int, int, Span, str, bool]]:
    """Yield the spans that a sentence says of others: start, end, cue, relation, and whether it is a
    relative.
    """
    found = [
        phrase
        for phrase in phrases_in(tokens, language, "family", *sentence)
        if not phrase.name.startswith("pseudo.")
    ]
    for number, cue in enumerate(found):
        table, relation = cue.name.split(".")
        if table in ("patient", "stop"):
            continue
        start, is_first = _family_start(tokens, sentence, cue, found[:number], table)
        limit = found[number + 1].first if number + 1 < len(found) else sentence[1]
        end = _family_end(tokens, cue, limit, table == "adjective" and not is_first, language)
        named = (
            relation
            if table == "relative"
            else _RELATION_OF.get(tokens[cue.first].word[:5], "family")
            if table == "adjective"
            else ""
        )
        yield tokens[start].start, tokens[end - 1].end, (cue.start, cue.end), named, table != "other"


def _family_start(
    tokens: tuple[Token, ...], sentence: Span, cue: Phrase, earlier: list[Phrase], table: str
) -> tuple[int, bool]:
    """Return where the part of a sentence begins that a relative governs, and whether the relative begins
    it.
    """
    start = cue.first
    while (
        start > sentence[0]
        and tokens[start - 1].word not in (",", ";", ":", ".", "|", "-")
        and tokens[start - 1].word not in common_words("joining")
    ):
        start -= 1
    if any(phrase.name == "patient.rows" and start <= phrase.first < cue.first for phrase in earlier):
        return cue.first, False
    return start, start == cue.first


def _family_end(tokens: tuple[Token, ...], cue: Phrase, limit: int, is_adjective: bool, language: str) -> int:
    """Return where it ends: at the next person, a semicolon, the patient's own story; an adjective takes but
    the noun beside it.
    """
    end = cue.last
    if (
        is_adjective
        and language == "fr"
        and not (end < limit and tokens[end].word in ("de", "d'", ":", "du"))
    ):
        return end
    last = min(limit, end + 3) if is_adjective else limit
    while end < last and tokens[end].word != ";" and not (is_adjective and not tokens[end].word[0].isalpha()):
        end += 1
    return end
