"""Lists under a cue: whether what a comma, a conjunction or a dash adds still stands under it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class GoverningCue:
    """A cue that governs what follows it, in its sentence.

    Attributes:
        sentence: a span of ``tokens``. found: every phrase of the sentence; later: the cues after this one.
        in_history: whether a list of past illnesses is told.
    """

    tokens: tuple[Token, ...]
    sentence: Span
    cue: Phrase
    sort: Sort
    found: Sequence[Phrase]
    later: Sequence[Phrase]
    language: str
    in_history: bool

    @property
    def first_word(self) -> str:
        """The first word of the cue."""
        return self.tokens[self.cue.first].word

    def is_link(self, index: int) -> bool:
        """Tell whether a phrase that goes on with a list begins at a token."""
        return any(phrase.first == index and phrase.name == "list.on" for phrase in self.found)

    def has_stop(self, span: Span, name: str = "stop.") -> bool:
        """Tell whether a phrase that ends what is governed begins within a span of tokens."""
        return any(
            span[0] <= phrase.first < span[1] and phrase.name.startswith(name) for phrase in self.found
        )


def carries(governing: GoverningCue, index: int) -> bool:
    """Tell whether a list goes on over a comma, a conjunction or a dash under its cue."""
    tokens, sort, words = governing.tokens, governing.sort, reach_words()
    word = tokens[index].word
    if is_inside_number(tokens, index) or (word in "-+" and not _spaced(tokens, index)):
        return True
    if word in ("-", "+"):
        return False
    item = _item(tokens, governing.sentence, index + 1)
    if _begins_anew(governing, index, item):
        return False
    if sort == "hypothesis" and governing.first_word.startswith(words.risks):
        return True
    broken = governing.has_stop((index + 1, item[1]), "stop.verbs")
    if broken or any(tokens[at].word.isdigit() for at in range(*item)):
        return False
    if carries_over_commas(governing.language):
        return _carries_over_commas(governing, index, item)
    return _carries_where_told(governing, index, item)


def _begins_anew(governing: GoverningCue, index: int, item: Span) -> bool:
    """Tell whether what follows a comma is no longer denied: the list says its denial anew for each thing, or
    the next thing is described, as what is absent is not.
    """
    if governing.sort != "negation" or governing.tokens[index].word != ",":
        return False
    pointed = any(governing.tokens[at].word in reach_words().pointed for at in range(*item))
    is_open = carries_over_commas(governing.language) or not governing.is_link(index)
    return is_open and (pointed or _is_repeated(governing.found, governing.cue))


def _carries_over_commas(governing: GoverningCue, index: int, item: Span) -> bool:
    """Tell whether a list goes on in a language that carries over commas (English)."""
    if governing.sort == "history":
        return True
    word = governing.tokens[index].word
    is_closed = governing.sort == "negation" or word in reach_words().ands or _closes(governing, index)
    return item[1] - item[0] <= _LONGEST_ITEM and is_closed


def _carries_where_told(governing: GoverningCue, index: int, item: Span) -> bool:
    """Tell whether a list goes on in a language that says so: by a preposition anew, by the conjunction that
    closes the list, or as short bare nouns (French).
    """
    tokens, sort = governing.tokens, governing.sort
    opens_closed = item[0] < item[1] and tokens[item[0]].word in closers(governing.language)
    if governing.is_link(index) or opens_closed:
        return sort in ("negation", "hypothesis", "condition", "history")
    if sort == "history":
        return governing.cue.name == "history.list" or governing.in_history
    if tokens[index].word in reach_words().ands:
        return False
    length = item[1] - item[0]
    if _closes(governing, index):
        return sort in ("negation", "condition", "hypothesis") and length <= _LONGEST_ITEM
    is_short = not governing.in_history and 0 < length <= _SHORT_ITEM
    return sort == "negation" and is_short and _is_bare(governing, index, item)


def is_inside_number(tokens: tuple[Token, ...], index: int) -> bool:
    """Tell whether a mark stands between the digits of one number."""
    return (
        0 < index < len(tokens) - 1 and tokens[index - 1].word.isdigit() and tokens[index + 1].word.isdigit()
    )


def _is_repeated(found: Sequence[Phrase], cue: Phrase) -> bool:
    """Tell whether a list says its denial anew for each thing: what comes without it is then not denied."""
    return any(phrase.name == "negation.before" and phrase.last < cue.first for phrase in found)


def _spaced(tokens: tuple[Token, ...], index: int) -> bool:
    return (
        0 < index < len(tokens) - 1
        and tokens[index - 1].end < tokens[index].start
        and tokens[index].end < tokens[index + 1].start
    )


def _is_bare(governing: GoverningCue, index: int, item: Span) -> bool:
    """Tell whether a list of short bare nouns goes on: ``pas de fièvre, toux, dyspnée``."""
    is_near = 0 < index - governing.cue.last <= _SHORT_ITEM * 6
    stopped = governing.has_stop((item[0], item[1] + 1))
    return is_near and not stopped and governing.first_word not in reach_words().bound


def _closes(governing: GoverningCue, index: int) -> bool:
    """Tell whether the list that goes on at a comma is closed by a conjunction before a mark."""
    since, closing = 0, closers(governing.language)
    for at in range(index + 1, governing.sentence[1]):
        word = governing.tokens[at].word
        if word in closing:
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
