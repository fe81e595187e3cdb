"""The languages served, each a folder of data: what the machine knows of a language is read from there, never
written in code.

A folder is one of this package (``fr``, ``en``), or one that an installed package declares as an entry point
of ``traboule.languages``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Literal

GROUP = "traboule.languages"
OWN = ("fr", "en")
"""The languages that come with the package, the one taken where nothing tells a language first."""


@dataclass(frozen=True, slots=True)
class Language:
    """What is known of one language.

    Attributes:
        code: its tag (``fr``), the name of its folder and of its channel in an index. stemmer: the name of
        its Snowball stemmer. accents: letters that it has and the others need not have. elisions: what stands
        before an apostrophe and is no part of the word (``l'``). titles: titles of persons, as written;
        ``professional_titles``: of doctors; ``before_titles``: what may stand before one. day_endings: what
        may follow the number of a day (``1er``, ``3rd``). links: words that a term may have or lack between
        its own (``cancer du poumon``). mends: patterns of endings and what replaces them before stemming, in
        words of ``mend_from`` letters and more. comma_groups_thousands: whether ``1,000`` is a thousand.
        function_words: words that tell it from the other languages. stop_words: words that carry no meaning
        in a search, as written. months: names of the months, twelve groups. cognates: by language, endings of
        words of common origin and what they are there.
    """

    code: str
    stemmer: str
    accents: str
    elisions: tuple[str, ...]
    titles: tuple[str, ...]
    professional_titles: tuple[str, ...]
    before_titles: tuple[str, ...]
    day_endings: tuple[str, ...]
    links: tuple[str, ...]
    mends: tuple[tuple[str, str], ...]
    mend_from: int
    comma_groups_thousands: bool
    function_words: frozenset[str]
    stop_words: frozenset[str]
    months: tuple[tuple[str, ...], ...]
    cognates: Mapping[str, tuple[tuple[str, tuple[str, ...]], ...]]


@cache
def folders() -> Mapping[str, Traversable]:
    """Return the folder of each language, those of the package first."""
    own = {code: files(__package__) / code for code in OWN}
    more = {entry.name: files(entry.value) for entry in entry_points(group=GROUP)}
    return {**own, **{code: more[code] for code in sorted(more) if code not in own}}


def served() -> tuple[str, ...]:
    """Return the codes of the languages that documents are read in and indexed by."""
    return tuple(folders())


def language_for(tag: str) -> str:
    """Return the served language of a tag (``fr-FR`` → ``fr``); English for one that is not served."""
    code = tag.lower().partition("-")[0]
    return code if code in folders() else "en"


def data(code: str, name: str) -> dict[str, Any]:
    """Return one file of a language's folder, ``{}`` where it has none."""
    file = folders()[code] / f"{name}.toml"
    return tomllib.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}


@cache
def language(code: str) -> Language:
    """Return what is known of a served language."""
    read = data(code, "language")
    months = data(code, "times").get("months", {})
    return Language(
        code=code,
        stemmer=read["stemmer"],
        accents=read.get("accents", ""),
        elisions=tuple(read.get("elisions", ())),
        titles=tuple(read.get("titles", ())),
        professional_titles=tuple(read.get("professional_titles", ())),
        before_titles=tuple(read.get("before_titles", ())),
        day_endings=tuple(read.get("day_endings", ())),
        links=tuple(read.get("links", ())),
        mends=tuple((ending, plain) for ending, plain in read.get("mends", ())),
        mend_from=read.get("mend_from", 0),
        comma_groups_thousands=read.get("comma_groups_thousands", False),
        function_words=frozenset(read.get("function_words", "").split()),
        stop_words=_stop_words(code),
        months=tuple(tuple(months.get(str(number), ())) for number in range(1, 13)),
        cognates={
            other: tuple((rule[0], tuple(rule[1:])) for rule in rules)
            for other, rules in read.get("cognates", {}).items()
        },
    )


def _stop_words(code: str) -> frozenset[str]:
    lines = (folders()[code] / "stopwords.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


def all_of(part: str) -> tuple[str, ...]:
    """Return one part of every served language (``elisions``, ``titles``, ``links``), each word once."""
    return tuple(dict.fromkeys(word for code in served() for word in getattr(language(code), part)))


CommonWords = Literal["empty", "generic", "paired", "small", "joining", "cycles"]
"""Uses of the words of ``common.toml``, without accents. ``empty``: carries nothing when sentences are
compared. ``generic``: stands in nearly every note. ``paired``: a part of the body of which there are two.
``small``: tells the language of a sentence. ``joining``: another person may be spoken of after it.
``cycles``: makes a frequency after "per".
"""


@cache
def common_words(use: CommonWords) -> frozenset[str]:
    """Return the words of a use in every language served."""
    return frozenset(word for code in served() for word in common_words_of(code, use))


@cache
def common_words_of(code: str, use: CommonWords) -> frozenset[str]:
    """Return the words of a use in one language."""
    return frozenset(data(code, "common").get(use, "").split())
