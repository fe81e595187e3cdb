"""Snowball stems, one word at a time: the one place where a stemmer is called.

A Snowball stemmer works in fields of its own: two threads in it at once give wrong stems, or fail. The
module's own chooser would prefer PyStemmer where that is installed, whose stems may differ from release to
release, so the pure Python one is taken by name.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from threading import Lock
from typing import Protocol

_ONE_AT_A_TIME = Lock()


class _Stemmer(Protocol):
    def stemWord(self, word: str) -> str: ...  # noqa: N802 - the library's name


def stem(word: str, stemmer: str) -> str:
    """Return the stem of a lower-case word by the Snowball stemmer of a name (``french``)."""
    with _ONE_AT_A_TIME:
        return _stemmer(stemmer).stemWord(word)


@cache
def _stemmer(name: str) -> _Stemmer:
    made: _Stemmer = getattr(
        import_module(f"snowballstemmer.{name}_stemmer"), f"{name.capitalize()}Stemmer"
    )()
    return made
