"""English international names of substances from the French ones, and the ATC codes and classes that are
known of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from rag.clinical.folding import fold

_HERE = Path(__file__).parent
_SPELLED = {
    "trinitrine": "glyceryl trinitrate",
    "adrenaline": "epinephrine",
    "noradrenaline": "norepinephrine",
    "fer": "iron",
} | {f"epoetine {kind}": "erythropoietin" for kind in ("alfa", "beta", "theta", "zeta")}


def english_of(french: str) -> str:
    """Return the English international name of a French one: the one known by the list of codes, else by
    regular endings.
    """
    folded = fold(french)
    if folded in _SPELLED:
        return _SPELLED[folded]
    if known := known_names().get(name_key(french)):
        return known
    salt = re.fullmatch(r"(.+?)ate(?: de sodium| de potassium)?", folded)
    if salt and (known := known_names().get(name_key(f"{salt[1]}ic acid"))):
        return known
    acid = re.fullmatch(r"acide (.+?)ique", folded)
    if acid:
        return f"{acid[1]}ic acid"
    return next(
        (folded[: -len(ending)] + english for ending, english in _endings() if folded.endswith(ending)),
        folded,
    )


@cache
def _endings() -> tuple[tuple[str, str], ...]:
    pairs = (line.split() for line in _lines("endings.txt"))
    return tuple((french, english) for french, english in pairs)


def name_key(name: str) -> str:
    """Return what the French and the English spelling of one substance share."""
    key = re.sub(r"^acide (.+)ique$", r"\1ic acid", fold(name))
    for written, plain in (
        ("ph", "f"),
        ("th", "t"),
        ("y", "i"),
        ("oe", "e"),
        ("ae", "e"),
        ("k", "c"),
        ("qu", "c"),
        ("h", ""),
    ):
        key = key.replace(written, plain)
    return re.sub(r"(.)\1", r"\1", re.sub(r"e\b", "", re.sub(r"[^a-z ]", "", key)))


@cache
def known_names() -> Mapping[str, str]:
    """Return the English names of the list of codes, by key."""
    return {name_key(name): name for name in _codes().values()}


@cache
def _codes() -> Mapping[str, str]:
    found: dict[str, str] = {}
    for line in _lines("atc.txt"):
        group, _, rest = line.partition(" ")
        for item in rest.split(", "):
            number, _, name = item.partition(" ")
            found[group + number] = name
    return found


@cache
def codes_of(english: str) -> tuple[str, ...]:
    """Return the ATC codes of a substance by its English name, none where it is not listed."""
    key = name_key(english)
    return tuple(code for code, name in _codes().items() if name_key(name) == key)


def classes_of(codes: tuple[str, ...]) -> tuple[str, ...]:
    """Return the classes of substances of these codes, those of the narrower group first."""
    found: list[str] = []
    for start, classes in sorted(_classes().items(), key=lambda item: -len(item[0])):
        if any(code.startswith(start) for code in codes):
            found.extend(name for name in classes if name not in found)
    return tuple(found)


@cache
def _classes() -> Mapping[str, tuple[str, ...]]:
    return {line.split()[0]: tuple(line.split()[1:]) for line in _lines("classes.txt")}


def _lines(name: str) -> list[str]:
    text = (_HERE / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]
