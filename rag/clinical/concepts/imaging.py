"""What a picture shows and how it was taken, read from codes and from words: modality, regions of the body,
view.

The codes are DICOM's, the words those of the table of concepts; ``imaging.toml`` joins them.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files

from rag.clinical.concepts import concepts
from rag.clinical.concepts.matching import every_mention
from rag.clinical.folding import flat
from rag.clinical.languages import data, served

_CODE_SIGNS = re.compile(r"[\s_\-]+")


def modality_of(code: str) -> str:
    """Return the group of a declared modality, a code or words (``DX``, ``X-ray``); empty where it is not
    known.
    """
    if found := _by_code("modality").get(_plain_code(code)):
        return found[0]
    named = modalities_in(code)
    return named[0] if named else ""


def modality_codes(group: str) -> frozenset[str]:
    """Return DICOM's codes of a group; none for a group that is not known."""
    return frozenset(_table()["modality"].get(group, {}).get("codes", ()))


def modalities_in(text: str) -> tuple[str, ...]:
    """Return the groups of the modalities that a text names, in its order."""
    return _named("modality", text)


def modality_named(concept_id: str) -> str:
    """Return the group that a concept names; empty where it is no modality."""
    found = _by_concept("modality").get(concept_id, ())
    return found[0] if found else ""


def regions_of(code: str) -> tuple[str, ...]:
    """Return the regions of a declared part of the body, a code or words."""
    return _by_code("region").get(_plain_code(code)) or regions_in(code)


def regions_in(text: str) -> tuple[str, ...]:
    """Return the regions of the body that a text names, in its order."""
    return _named("region", text)


def regions_named(concept_id: str) -> tuple[str, ...]:
    """Return the regions that a concept names."""
    return _by_concept("region").get(concept_id, ())


def shows_region(wanted: Iterable[str], shown: Iterable[str]) -> bool:
    """Tell whether pictures of some regions show one of those wanted."""
    seen = set(shown)
    return any(region in seen or not seen.isdisjoint(_table()["region"][region]["near"]) for region in wanted)


def view_of(code: str) -> str:
    """Return the view that a declared projection is of, a code or words (``PA`` is ``frontal``)."""
    found = _by_code("view").get(_plain_code(code), ())
    return found[0] if found else view_in(code)


def view_in(text: str) -> str:
    """Return the view that a text names; empty where it names none or several."""
    plain = flat(text)
    found = [name for name, pattern in _views().items() if pattern.search(plain)]
    return found[0] if len(found) == 1 else ""


def view_words(text: str) -> frozenset[str]:
    """Return the folded words of a text that name a view: *face* of *de face* is no part of the body."""
    plain = flat(text)
    found = (match[0] for pattern in _views().values() for match in pattern.finditer(plain))
    return frozenset(word for said in found for word in said.split())


def without_picture_words(words: Iterable[str]) -> tuple[str, ...]:
    """Return the folded words that say more than that pictures are meant, or how they were taken."""
    return tuple(word for word in words if not _picture_words().fullmatch(word) and not view_in(word))


def _named(what: str, text: str) -> tuple[str, ...]:
    by_concept = _by_concept(what)
    found = (name for one in every_mention(text) for name in by_concept.get(one.concept_id, ()))
    return tuple(dict.fromkeys(found))


def _plain_code(code: str) -> str:
    return _CODE_SIGNS.sub("", code.strip().upper())


@cache
def _table() -> dict[str, dict[str, dict[str, list[str]]]]:
    read: dict[str, dict[str, dict[str, list[str]]]] = tomllib.loads(
        (files(__package__) / "imaging.toml").read_text(encoding="utf-8")
    )
    return read


@cache
def _by_code(what: str) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for name, row in _table()[what].items():
        for code in row["codes"]:
            found[_plain_code(code)] = (*found.get(_plain_code(code), ()), name)
    return found


@cache
def _by_concept(what: str) -> Mapping[str, tuple[str, ...]]:
    """Return the names of a concept and of all that is a kind of it."""
    found: dict[str, tuple[str, ...]] = {}
    for name, row in _table()[what].items():
        for concept_id in row["concepts"]:
            found[concept_id] = (*found.get(concept_id, ()), name)
    if what == "modality":
        for one in concepts("imaging"):
            for broader in one.broader:
                if one.id not in found and broader in found:
                    found[one.id] = found[broader]
    return found


@cache
def _views() -> Mapping[str, re.Pattern[str]]:
    forms: dict[str, list[str]] = {}
    for code in served():
        for name, words in data(code, "images").get("view", {}).items():
            forms.setdefault(name, []).extend(words)
    return {
        name: re.compile(rf"(?<!\w)(?:{'|'.join(sorted(words, key=len, reverse=True))})(?!\w)")
        for name, words in forms.items()
    }


@cache
def _picture_words() -> re.Pattern[str]:
    words = [word for code in served() for word in data(code, "images").get("picture", {}).get("words", ())]
    return re.compile("|".join(words) or r"(?!)")


def captions_in(text: str) -> tuple[tuple[int, int], ...]:
    """Return the spans of the lines that are captions of figures (``Figure 2. …``), in order of place."""
    plain = flat(text)
    return tuple(match.span() for match in _caption().finditer(plain))


@cache
def _caption() -> re.Pattern[str]:
    words = {word for code in served() for word in data(code, "images").get("figure", {}).get("words", ())}
    either = "|".join(sorted(words, key=lambda word: (-len(word), word)))
    return re.compile(
        rf"^(?:[#>*|]+[ ]?)?(?:{either})[ ]?(?:n[°o]?[ ]?)?\d{{1,3}}[a-z]?(?:[ ]?[.:)–—-]|[ ])[^\n]*",
        re.MULTILINE,
    )
