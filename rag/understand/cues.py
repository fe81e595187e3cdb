"""The cue words of questions, read once from ``rag/clinical/{fr,en}/question_cues.toml``; both languages are
always looked for.

Patterns run on text in lower case without accents, each letter in its place, so that offsets are those of the
question.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files

from rag.clinical.folding import fold
from rag.clinical.languages import served

_WORD = re.compile(r"[^\W_]+")
LANGUAGES = served()
NAMING_NOTHING = frozenset({"word", "person"})
"""Kinds of concepts that are met in any text and are not what a question is about."""
_EDGED = r"(?:(?<![^\W_])|(?=\W))(?:{})(?:(?<=\W)|(?![^\W_]))"
_FREE = r"(?:{})"
"""Patterns that begin with punctuation carry their own edges."""


@cache
def _tables(language: str) -> Mapping[str, Mapping[str, list[str] | str]]:
    path = files("rag.clinical") / language / "question_cues.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


@cache
def patterns(table: str, name: str = "patterns") -> tuple[re.Pattern[str], ...]:
    """Return the compiled patterns of one list, of both languages."""
    form = _FREE if table == "joining" else _EDGED
    lists = [_tables(language).get(table, {}).get(name, []) for language in LANGUAGES]
    return tuple(
        re.compile(form.format(pattern)) for found in lists if isinstance(found, list) for pattern in found
    )


@cache
def names(table: str) -> tuple[str, ...]:
    """Return the names of the lists of a table, in the order of the file."""
    return tuple(dict.fromkeys(name for language in LANGUAGES for name in _tables(language).get(table, {})))


@cache
def fillers() -> frozenset[str]:
    """Return the folded words that say nothing of what is asked."""
    lists = [_tables(language)["fillers"]["words"] for language in LANGUAGES]
    return frozenset(
        fold(word) for words in lists if isinstance(words, str) for word in words.replace("-", " ").split()
    )


def words_of(text: str) -> list[str]:
    """Return the words of a text, folded."""
    return _WORD.findall(fold(text).replace("_", " "))


def found(table: str, name: str, plain: str) -> Iterator[re.Match[str]]:
    """Yield every place where a list of cues is met."""
    for pattern in patterns(table, name):
        yield from pattern.finditer(plain)


def has(table: str, name: str, plain: str) -> bool:
    """Tell whether a cue of a list is met."""
    return any(pattern.search(plain) for pattern in patterns(table, name))


def met(table: str, plain: str) -> frozenset[str]:
    """Return the names of the lists of a table that are met."""
    return frozenset(name for name in names(table) if has(table, name, plain))
