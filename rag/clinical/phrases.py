"""Phrases of a language, kept as data, found in a text in one pass.

A phrase is a row of words: ``(a|b)`` is a choice, ``(a|)`` something that may be left out, ``word*`` any word
that begins so; a bracket of the text itself is written ``（``. Phrases and text are compared in lower case
without accents, word by word, so that a list of hundreds costs one look-up a word. The longest phrase wins,
and what it covers is taken: a row of its own (``pas seulement``) keeps a shorter one inside (``pas``) from
acting.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import product

from rag.clinical.folding import flat
from rag.clinical.languages import data

_TOKEN = re.compile(r"[^\W\d_]+'(?=[^\W\d_])|[^\W\d_]+|\d+|[^\w\s]|_")
_MOST_STARTS = 50_000
_BRACKETS = str.maketrans("（）", "()")
_CHOICE = re.compile(r"\(([^()]*)\)")


@dataclass(frozen=True, slots=True)
class Token:
    """One word, number or mark of a text; ``word`` is in lower case without accents."""

    word: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase found: what it is (``negation.before``), its tokens ``first`` to ``last`` (half-open) and its
    span.
    """

    name: str
    first: int
    last: int
    start: int
    end: int


@dataclass(slots=True)
class _Branch:
    name: str = ""
    whole: dict[str, _Branch] = field(default_factory=dict)
    begun: list[tuple[str, _Branch]] = field(default_factory=list)
    starts: dict[str, tuple[_Branch, ...]] = field(default_factory=dict)
    """Of a root: where each word met so far leads."""


def tokens_of(plain: str) -> tuple[Token, ...]:
    """Return the tokens of a flat text in order; an elided article keeps its apostrophe (``d'``,
    ``hypertension``).
    """
    return tuple(Token(found[0], found.start(), found.end()) for found in _TOKEN.finditer(plain))


def phrases_in(
    tokens: tuple[Token, ...], language: str, matter: str, first: int = 0, last: int | None = None
) -> Iterator[Phrase]:
    """Yield the phrases of ``<language>/<matter>.toml`` that stand between two tokens, in order, none over
    another.
    """
    root, limit = _trie(language, matter), len(tokens) if last is None else last
    position, starts = first, root.starts
    while position < limit:
        word = tokens[position].word
        nodes = starts.get(word)
        if nodes is None:
            nodes = starts[word] = _started(root, word)
        if not nodes:
            position += 1
            continue
        name, end = _longest(nodes, tokens, position, limit)
        if name:
            yield Phrase(name, position, end, tokens[position].start, tokens[end - 1].end)
        position = max(end, position + 1)


def rows(language: str, matter: str) -> Mapping[str, Mapping[str, list[str]]]:
    """Return the tables of one data file of a language."""
    return data(language, matter)


def listed(language: str, matter: str, table: str, name: str) -> list[str]:
    """Return one list of a data file of a language, [] where the language has none."""
    return rows(language, matter).get(table, {}).get(name, [])


def _started(root: _Branch, word: str) -> tuple[_Branch, ...]:
    """Return the nodes that a first word leads to; the memory of words met is emptied before it grows without
    end.
    """
    if len(root.starts) > _MOST_STARTS:
        root.starts.clear()
    whole = root.whole.get(word)
    return (*((whole,) if whole else ()), *(node for start, node in root.begun if word.startswith(start)))


def _longest(
    nodes: tuple[_Branch, ...], tokens: tuple[Token, ...], position: int, limit: int
) -> tuple[str, int]:
    """Return the name and the end of the longest phrase that starts at a token and goes on from its nodes;
    empty where there is none.
    """
    name, end = "", position
    waiting = [(node, position + 1) for node in nodes]
    while waiting:
        node, at = waiting.pop()
        if node.name and at > end:
            name, end = node.name, at
        if at < limit:
            word = tokens[at].word
            if following := node.whole.get(word):
                waiting.append((following, at + 1))
            waiting.extend((after, at + 1) for start, after in node.begun if word.startswith(start))
    return name, end


@cache
def _trie(language: str, matter: str) -> _Branch:
    root = _Branch()
    for table, lists in rows(language, matter).items():
        for name, phrases in lists.items():
            for words in (words for phrase in phrases for words in _expanded(phrase)):
                _insert(root, words, f"{table}.{name}")
    return root


def _insert(root: _Branch, words: tuple[str, ...], name: str) -> None:
    node = root
    for word in words:
        is_begun = word.endswith("*") and len(word) > 1
        node = _begun(node, word[:-1]) if is_begun else node.whole.setdefault(word, _Branch())
    node.name = node.name or name


def _begun(node: _Branch, start: str) -> _Branch:
    found = next((after for begun, after in node.begun if begun == start), None)
    if found is None:
        found = _Branch()
        node.begun.append((start, found))
    return found


def _expanded(phrase: str) -> Iterable[tuple[str, ...]]:
    parts = _CHOICE.split(phrase)  # text and choices by turns
    choices = [part.split("|") if index % 2 else [part] for index, part in enumerate(parts)]
    for chosen in product(*choices):
        if words := tuple(_words(" ".join(chosen).translate(_BRACKETS))):
            yield words


def _words(text: str) -> Iterator[str]:
    for part in text.split():
        stem = part.removesuffix("*") if len(part) > 1 else part
        found = [match[0] for match in _TOKEN.finditer(flat(stem) + ("x" if stem.endswith("'") else ""))]
        if stem.endswith("'"):
            found = found[:-1]
        if found and stem != part:
            found[-1] += "*"
        yield from found
