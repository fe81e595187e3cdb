"""Lists under a cue: whether what a comma, a conjunction or a dash adds still stands under it."""

from __future__ import annotations

from typing import Literal

from rag.clinical.assertion.reach_words import carries_over_commas, closers, reach_words
from rag.clinical.phrases import Phrase, Token
from rag.core.text import Span

Sort = Literal["negation", "hypothesis", "affirmation", "condition", "history", "family", "other"]
"""What a cue says of the things it governs."""
MARKS = frozenset(";.|()")
"""Marks that end what a cue governs."""
_LONGEST_ITEM = 6
_SHORT_ITEM = 4


def carries(
    tokens: tuple[Token, ...],
    sentence: Span,
    index: int,
    sort: Sort,
    links: set[int],
    found: list[Phrase],
    language: str,
    in_history: bool,
    cue: Phrase,
) -> bool:
    """Tell whether a list goes on over a comma or a conjunction under its cue."""
    word, words, over_commas = tokens[index].word, reach_words(), carries_over_commas(language)
    if is_inside_number(tokens, index) or (word in "-+" and not _spaced(tokens, index)):
        return True
    if word in ("-", "+"):
        return False
    item = _item(tokens, sentence, index + 1)
    if (
        sort == "negation"
        and word == ","
        and (_is_repeated(found, cue) or any(tokens[at].word in words.pointed for at in range(*item)))
        and (over_commas or index not in links)
    ):
        return False
    if sort == "hypothesis" and tokens[cue.first].word.startswith(words.risks):
        return True
    broken = any(
        phrase.first in range(index + 1, item[1]) and phrase.name == "stop.verbs" for phrase in found
    )
    if broken or any(tokens[at].word.isdigit() for at in range(*item)):
        return False
    closed_by = closers(language)
    if not over_commas and (index in links or (item[0] < item[1] and tokens[item[0]].word in closed_by)):
        return sort in ("negation", "hypothesis", "condition", "history")
    if sort == "history":
        return cue.name == "history.list" or over_commas or in_history
    if over_commas:
        short = item[1] - item[0] <= _LONGEST_ITEM
        return short and (
            sort == "negation" or _closes(tokens, sentence, index, closed_by) or word in words.ands
        )
    if word in words.ands:
        return False
    if _closes(tokens, sentence, index, closed_by):
        return sort in ("negation", "condition", "hypothesis") and item[1] - item[0] <= _LONGEST_ITEM
    return (
        sort == "negation"
        and not in_history
        and 0 < item[1] - item[0] <= _SHORT_ITEM
        and _is_bare(tokens, cue, index, found, item)
    )


def is_inside_number(tokens: tuple[Token, ...], index: int) -> bool:
    """Tell whether a mark stands between the digits of one number."""
    return (
        0 < index < len(tokens) - 1 and tokens[index - 1].word.isdigit() and tokens[index + 1].word.isdigit()
    )


def _is_repeated(found: list[Phrase], cue: Phrase) -> bool:
    """Tell whether a list says its denial anew for each thing: what comes without it is then not denied."""
    return any(phrase.name == "negation.before" and phrase.last < cue.first for phrase in found)


def _spaced(tokens: tuple[Token, ...], index: int) -> bool:
    return (
        0 < index < len(tokens) - 1
        and tokens[index - 1].end < tokens[index].start
        and tokens[index].end < tokens[index + 1].start
    )


def _is_bare(tokens: tuple[Token, ...], cue: Phrase, index: int, found: list[Phrase], item: Span) -> bool:
    """Tell whether a French list of short bare nouns goes on: ``pas de fièvre, toux, dyspnée``."""
    first = index - cue.last
    stopped = any(
        phrase.first in range(item[0], item[1] + 1) and phrase.name.startswith("stop.") for phrase in found
    )
    return 0 < first <= _SHORT_ITEM * 6 and not stopped and tokens[cue.first].word not in reach_words().bound


def _closes(tokens: tuple[Token, ...], sentence: Span, index: int, words: tuple[str, ...]) -> bool:
    """Tell whether the list that goes on at a comma is closed by one of these words before a mark."""
    since = 0
    for at in range(index + 1, sentence[1]):
        word = tokens[at].word
        if word in words:
            return True
        since = 0 if word == "," else since + 1
        if word in MARKS or word == ":" or word in reach_words().buts or since > _LONGEST_ITEM:
            return False
    return False


def _item(tokens: tuple[Token, ...], sentence: Span, start: int) -> Span:
    words, end = reach_words(), start
    joined = words.ands | words.ors | words.nors
    while end < sentence[1] and tokens[end].word not in MARKS | joined | words.buts | {",", ":"}:
        end += 1
    if end == start and end < sentence[1] and tokens[end].word in joined:
        return start, start + 1
    return start, end
