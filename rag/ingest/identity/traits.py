"""Reads who the patient is from the header lines of a text: labelled fields (``Nom : …``, ``DOB: …``), a line
that names the patient (``Patient : Mme DURAND Anne, née le 3 mai 1950``), or one that opens with a titled
name and an age (``M. Durand, 68 ans``).

Anything else is no certain statement of who it is, and is left alone. Forms of a language are its data,
``rag/clinical/<language>/traits.toml``.
"""

from __future__ import annotations

import re
from functools import cache

from rag.clinical.folding import flat, fold
from rag.clinical.languages import data, served
from rag.clinical.times.dates import dates_in
from rag.core.traits import Sex, Traits
from rag.ingest.records.identifiers import has_ins_key

_HEAD = 3_000
_MOST_LINES = 40
_PARTS = re.compile(r"\t|\s{3,}|\s\|\s|^\||\||;|\s[–—-]\s")
_MARKS = re.compile(r"[*_#>`]+")
_NAME = re.compile(r"[^\W\d_][\w'’.-]*+")
_AGE = re.compile(r"\d{1,3}+\s?([^\W\d_]+)")
_LONGEST_LABEL = 40
_LONGEST_NAME = 60


def traits_in(text: str) -> Traits:
    """Return what the head of a text says of who its patient is; empty where nothing is certain."""
    found = Traits()
    for line in text[:_HEAD].split("\n")[:_MOST_LINES]:
        for part in _PARTS.split(_MARKS.sub(" ", line)):
            found = found.filled_from(_of_part(part.strip()))
    return found


def _of_part(part: str) -> Traits:
    label, colon, value = part.partition(":")
    field = _labels().get(_plain(label)) if colon and len(label) <= _LONGEST_LABEL else None
    value = value.strip()
    if field == "whole":
        return _person(value)
    if field in ("family", "birth_family", "given") and _is_name(value):
        return Traits(**{field: value})  # type: ignore[arg-type]  # a name is a string
    if field == "born":
        return Traits(born=_day(value))
    if field == "sex":
        return Traits(sex=_sex(value))
    if field == "ins" and has_ins_key(digits := re.sub(r"\W", "", value)):
        return Traits(ins=digits)
    return _aged(part) if not field else Traits()


def _person(words: str) -> Traits:
    """Read ``Mme DURAND Anne, née le 3 mai 1950``."""
    name, *others = re.split(r"[,(]", words)
    found = _titled(name.strip())
    if not found.family:
        return found
    for other in [_cut_at_birth(name)[1], *others]:
        if born := _birth(other):
            found = found.filled_from(Traits(born=born))
    return found


def _titled(words: str) -> Traits:
    words = _cut_at_birth(words)[0].strip()
    title, _, rest = words.partition(" ")
    sex = _titles().get(_plain(title))
    names = (rest if sex is not None else words).split()
    if not names or len(names) > 5 or not all(_NAME.fullmatch(name) for name in names):
        return Traits()
    if not all(
        name[0].isupper() or name in ("de", "du", "des", "d", "la", "le", "van", "von") for name in names
    ):
        return Traits()
    shouted = [name for name in names if name.isupper() and len(name) > 1]
    if shouted and len(shouted) < len(names):
        given = " ".join(name for name in names if name not in shouted)
        return Traits(family=" ".join(shouted), given=given, sex=sex or "")
    if sex is None and len(names) == 1:
        return Traits()
    return Traits(family=" ".join(names), sex=sex or "")


def _aged(part: str) -> Traits:
    """Read ``M. Durand, 68 ans``: a titled name with an age, which only a patient has."""
    name, comma, rest = part.partition(",")
    if not comma or len(name) > _LONGEST_NAME or not (age := _AGE.match(rest.strip())):
        return Traits()
    title = _plain(name.partition(" ")[0])
    if title not in _titles() or fold(age[1]) not in _words("ages"):
        return Traits()
    return _titled(name)


def _cut_at_birth(words: str) -> tuple[str, str]:
    """Return a text before and from ``né le``, ``born``."""
    plain = flat(words)
    for label in sorted(_words("born"), key=len, reverse=True):
        at = plain.find(f" {label} ")
        if at >= 0:
            return words[:at], words[at:]
    return words, ""


def _birth(words: str) -> str:
    plain = flat(words).strip()
    return _day(words) if any(plain.startswith(f"{label} ") for label in _words("born")) else ""


def _day(words: str) -> str:
    dates = dates_in(words[:_LONGEST_NAME])
    if not dates or len(dates[0].readings) != 1:
        return ""
    year, *rest = next(iter(dates[0].readings))
    return "-".join([f"{year:04}", *(f"{one:02}" for one in rest if one)]) if year else ""


def _sex(value: str) -> Sex:
    word = _plain(value.partition(" ")[0])
    return "f" if word in _words("female") else "m" if word in _words("male") else ""


def _is_name(value: str) -> bool:
    names = value.split()
    return 0 < len(names) <= 5 and len(value) <= _LONGEST_NAME and all(map(_NAME.fullmatch, names))


def _plain(words: str) -> str:
    return fold(words).strip().rstrip(".")


@cache
def _words(field: str) -> frozenset[str]:
    return frozenset(word for code in served() for word in data(code, "traits").get(field, ()))


@cache
def _labels() -> dict[str, str]:
    names = ("whole", "given", "family", "birth_family", "born", "sex", "ins")
    return {word: field for field in names for word in _words(field)}


@cache
def _titles() -> dict[str, Sex]:
    female: dict[str, Sex] = dict.fromkeys(_words("female_titles"), "f")
    return female | dict.fromkeys(_words("male_titles"), "m")
