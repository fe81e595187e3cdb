"""What identifies people in a DICOM file, and how it is kept out of what is shown and searched.

Only values on a list of clinical ones ever reach the text; this guards their free text, into which names are
typed. A name that is a word too (``Colon``, ``Petit``, ``rue Droite``) is hidden where it stands as a name
and nowhere else: to hide it everywhere would take the organ and the side out of the report. The list is that
of the basic profile of PS3.15, Annex E, as far as it names people; the patient's id is kept, for it is what
the scope goes by.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from rag.clinical.folding import fold
from rag.ingest.dicom.file import text

if TYPE_CHECKING:
    from pydicom import Dataset

PEOPLE = (
    "PatientName",
    "OtherPatientNames",
    "PatientBirthName",
    "PatientMotherBirthName",
    "ResponsiblePerson",
    "ReferringPhysicianName",
    "ConsultingPhysicianName",
    "PhysiciansOfRecord",
    "PerformingPhysicianName",
    "NameOfPhysiciansReadingStudy",
    "RequestingPhysician",
    "ScheduledPerformingPhysicianName",
    "OperatorsName",
    "PersonName",
    "VerifyingObserverName",
    "ContentCreatorName",
)
ADDRESSES = (
    "PatientAddress",
    "PatientTelephoneNumbers",
    "OtherPatientIDs",
    "MilitaryRank",
    "IssuerOfPatientID",
)
HIDDEN = "[…]"

_LEAST_LETTERS = 3
_PART = re.compile(r"[^\W\d_]{2,}|\d{4,}")
_TOKEN = re.compile(r"[^\W_]+")
_SMALL = 4
_GAP = re.compile(r"[\s,^.'’-]{1,3}")
_BEFORE_NAME = re.compile(r"[\s.:]{1,3}")


@cache
def _list(name: str) -> frozenset[str]:
    return frozenset(
        tomllib.loads((files(__package__) / "name_words.toml").read_text(encoding="utf-8"))[name]
    )


class Names:
    """The names of people in the header of one file."""

    def __init__(self, data: Dataset) -> None:
        known = frozenset(map(fold, _parts(text(data, "PatientID"))))
        self._people = [frozenset(map(fold, _parts(text(data, name)))) - known for name in PEOPLE]
        self._places = [frozenset(map(fold, _PART.findall(text(data, name)))) - known for name in ADDRESSES]
        self._all = frozenset().union(*self._people, *self._places)

    def hidden(self, words: str) -> str:
        """Return a text with the names taken out."""
        if not self._all:
            return words
        tokens = list(_TOKEN.finditer(words))
        folded = [fold(token[0]) for token in tokens]
        if self._all.isdisjoint(folded):
            return words
        shouts = words.upper() == words
        taken = [self._is_name(words, tokens, folded, at, shouts=shouts) for at in range(len(tokens))]
        pieces, end = [], 0
        for token, is_name in zip(tokens, taken, strict=True):
            pieces += [words[end : token.start()], HIDDEN if is_name else token[0]]
            end = token.end()
        plain = "".join([*pieces, words[end:]])
        return re.sub(rf"{re.escape(HIDDEN)}(?:[\s,^.'’-]*{re.escape(HIDDEN)})+", HIDDEN, plain)

    def _is_name(
        self, words: str, tokens: list[re.Match[str]], folded: list[str], at: int, *, shouts: bool
    ) -> bool:
        """Tell whether a token stands as a part of a name or an address."""
        token = folded[at]
        if token not in self._all:
            return False
        if token.isdigit():
            return len(token) >= _SMALL
        beside = {folded[near] for near in _near(words, tokens, at)}
        is_word = token in _list("words")
        can_stand = not is_word or tokens[at][0][:1].isupper()
        known = (*self._people, *self._places)
        if can_stand and any(token in person and (beside & person) - {token} for person in known):
            return True
        if not any(token in person for person in self._people):
            return False
        return (
            not is_word
            or _has_title(words, tokens, folded, at)
            or (not shouts and _is_shouted(tokens, folded, at))
        )


def _near(words: str, tokens: list[re.Match[str]], at: int) -> Iterator[int]:
    """Yield the places of the tokens right beside one."""
    for first, second, other in ((at - 1, at, at - 1), (at, at + 1, at + 1)):
        if (
            first >= 0
            and second < len(tokens)
            and _GAP.fullmatch(words, tokens[first].end(), tokens[second].start())
        ):
            yield other


def _has_title(words: str, tokens: list[re.Match[str]], folded: list[str], at: int) -> bool:
    is_beside = at > 0 and _BEFORE_NAME.fullmatch(words, tokens[at - 1].end(), tokens[at].start())
    return bool(is_beside) and folded[at - 1] in _list("titles") and tokens[at][0][:1].isupper()


def _is_shouted(tokens: list[re.Match[str]], folded: list[str], at: int) -> bool:
    """Tell whether a word alone is in capitals, as surnames are typed, and nothing before it says that it is
    a thing.
    """
    if (
        len(folded[at]) < _LEAST_LETTERS
        or not tokens[at][0].isupper()
        or (at and folded[at - 1] in _list("articles"))
    ):
        return False
    return not any(tokens[near][0].isupper() for near in (at - 1, at + 1) if 0 <= near < len(tokens))


def _parts(name: str) -> Iterable[str]:
    return [
        part
        for part in _PART.findall(name)
        if len(part) >= _LEAST_LETTERS and part.lower() not in _list("absent")
    ]
