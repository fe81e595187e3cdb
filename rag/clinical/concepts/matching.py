"""Concepts named in a text, in one pass: the longest form in each place, every reading of an abbreviation
that has several.

Forms are looked up by their words (``tokens``), so that plural, feminine, hyphen, elision and accents make no
difference. An abbreviation is matched as written; one of three letters or more also in lower case, unless
that is a word of its own; one of two letters in lower case only before a number, as measures are typed (``ta
12/7``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise

from rag.clinical.concepts.ambiguity import meant_in, units_too, words_too
from rag.clinical.concepts.table import Concept, table
from rag.clinical.concepts.tokens import Token, key_of, stand_together, tokens_of
from rag.clinical.measures.ucum import is_unit

_MEASURED = re.compile(r"\s?(?:[:=àa]\s?)?[<>≤≥~≈]?\s?(?!(?:19|20)\d\d\b)\d")
_AFTER_NUMBER = re.compile(r"\d\s?$")
_SHORT = 2
"""Letters of the abbreviations of results that are typed in any case."""
_LONGEST_KEPT = 50_000
"""Characters of a text whose concepts are remembered: a whole record is read once."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A concept named at ``text[start:end]``; ``is_ambiguous`` where other readings of the same place are
    given too.
    """

    concept_id: str
    start: int
    end: int
    text: str
    is_ambiguous: bool = False


@dataclass(frozen=True, slots=True)
class _Form:
    """One way to write one concept: the words as written where they are an abbreviation, and the language."""

    concept_id: str
    written: tuple[str, ...] | None
    language: str
    is_measured: bool


@dataclass(frozen=True, slots=True)
class _FormTree:
    """Forms by their keys; by first key, the most words of a form that starts with it."""

    by_keys: Mapping[tuple[str, ...], tuple[_Form, ...]]
    longest: Mapping[str, int]


def mentions(
    text: str, languages: Iterable[str] | None = None, kinds: Iterable[str] | None = None
) -> tuple[Mention, ...]:
    """Return the concepts named in a text, in order of place, forms of the given languages and concepts of
    the given kinds only.
    """
    found = _mentions(text) if len(text) <= _LONGEST_KEPT else _mentions.__wrapped__(text)
    if languages is None and kinds is None:
        return tuple(mention for mention, _ in found)
    spoken, wanted = _set(languages), _set(kinds)
    return tuple(
        mention
        for mention, language in found
        if (spoken is None or language & spoken)
        and (wanted is None or table()[mention.concept_id].kind in wanted)
    )


def every_mention(text: str) -> tuple[Mention, ...]:
    """Return every concept that a part of a text names, those inside a longer form too: *sein* and *cancer*
    in *cancer du sein*.
    """
    tokens, forms = tokens_of(text), _forms()
    return tuple(
        Mention(form.concept_id, part[0][2], part[-1][3], text[part[0][2] : part[-1][3]])
        for place, token in enumerate(tokens)
        for length in range(1, min(forms.longest.get(token[1], 0), len(tokens) - place) + 1)
        for part in (tokens[place : place + length],)
        for form in _meant(text, part, forms.by_keys.get(tuple(token[1] for token in part), ()))
    )


def _set(names: Iterable[str] | None) -> frozenset[str] | None:
    return None if names is None else frozenset(names)


@lru_cache(maxsize=4096)
def _mentions(text: str) -> tuple[tuple[Mention, frozenset[str]], ...]:
    return tuple(_found_in(text, tokens_of(text), _forms()))


def forget_mentions() -> None:
    """Drop what is remembered of texts: it may be a patient's."""
    _mentions.cache_clear()


def _found_in(
    text: str, tokens: Sequence[Token], forms: _FormTree
) -> Iterator[tuple[Mention, frozenset[str]]]:
    longest, place, count = forms.longest, 0, len(tokens)
    while place < count:
        most = longest.get(tokens[place][1], 0)
        step = 1
        for length in range(min(most, count - place), 0, -1):
            part = tokens[place : place + length]
            named = forms.by_keys.get(tuple(token[1] for token in part))
            meant = _meant(text, part, named) if named else ()
            if meant:
                yield from _readings(text, part, meant)
                step = length
                break
        place += step


def _readings(
    text: str, part: Sequence[Token], meant: Sequence[_Form]
) -> Iterator[tuple[Mention, frozenset[str]]]:
    start, end = part[0][2], part[-1][3]
    written = text[start:end]
    languages: dict[str, set[str]] = {}
    for form in meant:
        languages.setdefault(form.concept_id, set()).add(form.language)
    kept = tuple(languages) if len(languages) == 1 else _kept(text, part, tuple(languages))
    for concept_id in kept:
        yield Mention(concept_id, start, end, written, len(kept) > 1), frozenset(languages[concept_id])


def _kept(text: str, part: Sequence[Token], readings: tuple[str, ...]) -> tuple[str, ...]:
    """Return the readings that their sentence leaves; before a number, the one that is measured."""
    kept = meant_in(text, part[0][2], part[-1][3], readings)
    measured = [reading for reading in kept if table()[reading].measured_in]
    return tuple(measured) if len(kept) > 1 and len(measured) == 1 and _is_measure(text, part) else kept


def _meant(text: str, part: Sequence[Token], named: Sequence[_Form]) -> list[_Form]:
    """Return the forms that the words may be; abbreviations only where they are written as such."""
    for before, after in pairwise(part):
        if not stand_together(text, before, after):
            return []
    return [form for form in named if form.written is None or _is_written(text, part, form)]


def _is_written(text: str, part: Sequence[Token], form: _Form) -> bool:
    words = tuple(token[0] for token in part)
    if (
        len(words) == 1
        and words[0] in units_too()
        and _AFTER_NUMBER.search(text[max(0, part[0][2] - 2) : part[0][2]])
    ):
        return False
    if words == form.written:
        if len(words[0]) == 1 and len(words) == 1:
            return form.is_measured and _is_measure(text, part)
        return not (
            words[0].isupper()
            and len(words) == 1
            and words[0].lower() in also_words()
            and _is_shouted(text, part)
        )
    written = form.written or ()
    if words == tuple(word + "s" for word in written):
        return True
    if form.is_measured and len(words) == 1 and words[0].isupper() and len(words[0]) == _SHORT:
        return words[0] == written[0].upper()  # "HB" of a note in capitals
    if form.is_measured and words[0].lower() not in also_words() and _is_measure(text, part):
        return True
    return (
        len("".join(words)) > 2
        and len(written) == len(words)
        and (len(words) > 1 or words[0].lower() not in also_words())
    )


def _is_measure(text: str, part: Sequence[Token]) -> bool:
    """Tell whether a number follows and none stands before: ``hb 9,8``, but not ``500 mg 3 fois``.

    In a row of results a number stands before too (``pnn 11,8 hb 11,1``): what is no unit may follow it.
    """
    if _MEASURED.match(text, part[-1][3]) is None:
        return False
    if _AFTER_NUMBER.search(text[max(0, part[0][2] - 2) : part[0][2]]) is None:
        return True
    return len(part) == 1 and len(part[0][0]) == _SHORT and not is_unit(part[0][0])


def _is_shouted(text: str, part: Sequence[Token]) -> bool:
    """Tell whether the line is in capitals throughout: there an abbreviation looks like any word."""
    start = text.rfind("\n", 0, part[0][2]) + 1
    end = text.find("\n", part[-1][3])
    line = text[start : end if end >= 0 else None]
    return line.isupper() and len(line.split()) > 3


@cache
def also_words() -> frozenset[str]:
    """Return the abbreviations that are words in lower case."""
    return words_too()


@cache
def _forms() -> _FormTree:
    by_keys: dict[tuple[str, ...], list[_Form]] = {}
    for concept in table().values():
        for keys, form in _forms_of(concept):
            rows = by_keys.setdefault(keys, [])
            if form not in rows:
                rows.append(form)
    longest: dict[str, int] = {}
    for keys in by_keys:
        longest[keys[0]] = max(len(keys), longest.get(keys[0], 0))
    return _FormTree({keys: tuple(rows) for keys, rows in by_keys.items()}, longest)


def _forms_of(concept: Concept) -> Iterator[tuple[tuple[str, ...], _Form]]:
    measured = concept.kind in ("lab", "vital")
    for language, written in concept.forms.items():
        for form in written:
            tokens = tokens_of(form)
            if tokens:
                words = tuple(token[0] for token in tokens) if is_abbreviation(form) else None
                yield tuple(token[1] for token in tokens), _Form(concept.id, words, language, measured)


def is_abbreviation(form: str) -> bool:
    """Tell whether a form is written in one way only: all in capitals, or of one or two letters."""
    letters = "".join(char for char in form if char.isalpha())
    return len(letters) <= 2 or form.isupper()


__all__ = ["Mention", "also_words", "is_abbreviation", "key_of", "mentions"]
