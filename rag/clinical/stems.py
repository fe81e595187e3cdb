"""Words of a clinical text as search terms: what a passage and a question must share to match by word.

The same text gives the same terms on every machine: pure Python stemmers, no locale. Accents are folded
*before* stemming, because notes are often typed without them (``PROTHESE TOTALE``) and a Snowball stemmer
takes accented and bare endings apart (``opérée`` → oper, ``operee`` → opere); the two endings that need their
accent (-ée, -ière) are made regular first. Known cost: homographs meet (``côte``/``côté``), as they do in
bare text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache

from rag.clinical.folding import spelled
from rag.clinical.languages import all_of
from rag.clinical.languages import language as known
from rag.clinical.stemming import stem

_DOTTED_ACRONYM = re.compile(r"(?<![^\W_])(?:[a-z]\.){2,}(?:[a-z](?![^\W_]))?")
_ELISION = re.compile(rf"(?<![^\W_])(?:{'|'.join(all_of('elisions'))})'(?=[^\W_])")
_CONTRACTION = re.compile(r"\bcan't\b|(?<=[a-z])n't\b")
_POSSESSIVE = re.compile(r"'s\b")

_UNITS = (
    "mg|g|kg|ug|mcg|ng|pg|ml|cl|dl|l|ul|mmol|umol|nmol|pmol|mol|meq|ui|iu|u|mm|cm|m|um|nm|mmhg|cmh2o|kpa|bpm|s|sec|min|h|hr|hrs|j|"
    "kcal|kj|gy|mgy|msv|mbq|gbq|hz|mv|%"
)
_UNIT_NAMES = {"mcg": "ug", "ui": "iu", "sec": "s", "hr": "h", "hrs": "h"}
_SPACED = r"\d{1,3}(?: \d{3})+(?!\d|[.,]\d)"
_NUMBER = rf"(?:{_SPACED}|\d+(?:[.,]\d+)*)"
_ATOM = rf"(?:{_NUMBER}\s?(?:{_UNITS})(?![^\W_])|[a-z]+\d+(?:\.\d+)+|{_SPACED}|\d+(?:[.,]\d+)+|[^\W_]+)"
_CHAIN = re.compile(
    rf"[a-z]{{2,}}(?![\w-])|{_ATOM}(?:-{_ATOM})*"
)  # a plain word, the usual case, is tried first
_DOSE = re.compile(rf"({_NUMBER})\s?({_UNITS})")
_DOTTED_CODE = re.compile(r"([a-z]+\d+)(?:\.\d+)+")
_TNM = re.compile(r"[cpyr]{0,2}(t(?:[0-4x]|is)[a-d]?)(n[0-3x][a-d]?)(m[01x])?")
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+")
_LONGEST_COMPOUND = 4


def terms(text: str, language: str) -> list[str]:
    """Return the search terms of a text in reading order, stemmed and folded for a served ``language``.

    A compound is given whole and by part (``C3-C4`` → c3, c4, c3c4); so is a dotted code (``I21.0`` → i21,
    i210), a dose (``40mg`` and ``40 mg`` → 40, mg, 40mg) and a TNM stage. Decimals have a point and no
    trailing zeros (``0,40`` = ``0.4``).
    """
    return [term for chain in _CHAIN.findall(folded(text)) for term in _chain_terms(chain, language)]


@lru_cache(maxsize=200_000)
def _chain_terms(chain: str, language: str) -> tuple[str, ...]:
    """Return the terms of one chain; most are a word that was met before."""
    return tuple(_of_chain(chain, language))


def folded(text: str) -> str:
    """Return a text in lower case without accents, elisions and contractions opened."""
    text = spelled(text)
    if "'" in text:
        text = _POSSESSIVE.sub("", _ELISION.sub("", _CONTRACTION.sub(" not", text)))
    return _DOTTED_ACRONYM.sub(lambda found: found[0].replace(".", ""), text)


def _of_chain(chain: str, language: str) -> Iterator[str]:
    parts = chain.split("-")
    for part in parts:
        yield from _of_atom(part, language)
    if (
        1 < len(parts) <= _LONGEST_COMPOUND
        and all(part.isalnum() for part in parts)
        and not stop_words(language).issuperset(parts)
    ):
        yield "-".join(parts) if parts[0].isdigit() else _stem("".join(parts), language)


def _of_atom(atom: str, language: str) -> Iterator[str]:
    if atom.isalpha():
        if atom not in stop_words(language):
            yield _stem(atom, language)
    elif found := _DOSE.fullmatch(atom):
        yield from _of_dose(found[1], found[2], language)
    elif atom[0].isdigit() and not any(letter.isalpha() for letter in atom):
        yield from _of_number(atom, language)
    elif found := _DOTTED_CODE.fullmatch(atom):
        yield from (found[1], atom.replace(".", ""))
    else:
        yield atom
        if found := _TNM.fullmatch(atom):
            yield from (part for part in found.groups() if part and part != atom)


def _of_dose(number: str, unit: str, language: str) -> Iterator[str]:
    unit = _UNIT_NAMES.get(unit, unit)
    numbers = list(_of_number(number, language))
    yield from numbers
    if unit != "%":
        yield unit
    yield numbers[-1] + unit


def _of_number(raw: str, language: str) -> Iterator[str]:
    """Yield a number, the whole of one written in groups last. A comma is decimal, but parts thousands in
    English.
    """
    groups = raw.split(" ")
    if len(groups) > 1:
        yield from groups
        yield "".join(groups)
    elif _THOUSANDS.fullmatch(raw) and known(language).comma_groups_thousands:
        yield raw.replace(",", "")
    else:
        yield from _of_decimal(raw.replace(",", ".").split("."))


def _of_decimal(parts: list[str]) -> Iterator[str]:
    if len(parts) > 2:  # a date or a version: 12.03.2026
        yield from (_integer(part) for part in parts)
        yield ".".join(parts)
    elif len(parts) == 2 and parts[1].strip("0"):
        yield f"{parts[0]}.{parts[1].rstrip('0')}"
    else:
        yield _integer(parts[0])


def _integer(digits: str) -> str:
    return (
        digits[1:] if len(digits) == 2 and digits[0] == "0" else digits
    )  # 03/2026 = 3/2026; longer ones may be identifiers


@cache
def stop_words(language: str) -> frozenset[str]:
    """Return the stop words of a language, folded."""
    return frozenset(folded(word) for word in known(language).stop_words)


def _stem(word: str, language: str) -> str:
    if len(word) < 4 or not word.isalpha():
        return word
    return stem(_mended(word, language), known(language).stemmer)


def _mended(word: str, language: str) -> str:
    """Return a word with the endings that its language makes regular (``opérée`` → opere, ``haemorrhage`` →
    hemorrhage).
    """
    if len(word) >= known(language).mend_from:
        for pattern, plain in _mends(language):
            word = pattern.sub(plain, word)
    return word


@cache
def _mends(language: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(ending), plain) for ending, plain in known(language).mends)
