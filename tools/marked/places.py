"""A place of a format where a word may stand, and what became of the word."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

FILLER = "Patient revu en consultation, bilan stable depuis trois mois."


@dataclass(frozen=True, slots=True)
class Place:
    """Where a word stands: ``make`` writes a file of the format with a word there."""

    format: str
    name: str
    suffix: str
    make: Callable[[str], bytes]


def crossed(
    format_: str,
    suffix: str,
    around: Mapping[str, str],
    inline: Mapping[str, str],
    pack: Callable[[str, str], bytes],
) -> Iterator[Place]:
    """Yield every inline writing (``{}`` is the word) in every block around it (``{}`` is the writing);
    ``pack`` makes the file.
    """
    for (block, outer), (name, inner) in itertools.product(around.items(), inline.items()):
        yield Place(
            format_,
            f"{block}/{name}",
            suffix,
            lambda word, outer=outer, inner=inner, block=block: pack(_put(outer, inner, word), block),
        )  # type: ignore[misc]


def _put(outer: str, inner: str, word: str) -> str:
    """Return a block with a word in it; without a word what would hold it is not there either, so that only
    what names the word counts.
    """
    return outer.replace("{}", inner.replace("{}", word) if word else "")


def single(
    format_: str, suffix: str, templates: Mapping[str, str], pack: Callable[[str], bytes]
) -> Iterable[Place]:
    """Yield a place for each whole file of which ``{}`` is the word."""
    return [
        Place(format_, name, suffix, lambda word, text=text: pack(text.replace("{}", word)))
        for name, text in templates.items()
    ]  # type: ignore[misc]
