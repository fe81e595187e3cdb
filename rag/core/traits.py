"""Who a patient is, as the header of one document says it. Kept apart from texts, logs and vectors."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, fields
from itertools import combinations
from typing import Literal

Sex = Literal["f", "m", ""]


@dataclass(frozen=True, slots=True)
class Traits:
    """The traits by which French hospitals tell people apart; "" where the document does not say.

    Attributes:
        family: name in use. birth_family: name at birth, where it is another.
        given: first names, as written. born: ISO 8601 of any precision.
        ins: national health identity, where the document states one that is well formed.
    """

    family: str = ""
    birth_family: str = ""
    given: str = ""
    born: str = ""
    sex: Sex = ""
    ins: str = ""

    def __bool__(self) -> bool:
        """Tell whether anything is known."""
        return any(getattr(self, one.name) for one in fields(self))

    @property
    def names(self) -> frozenset[str]:
        """The family names that the patient may be called by, in lower case."""
        return frozenset(name.casefold() for name in (self.family, self.birth_family) if name)

    def may_be_taken_for(self, other: Traits) -> bool:
        """Tell whether two patients bear one family name, and nothing says that their first names differ."""
        first, second = (one.given.casefold().split()[:1] for one in (self, other))
        return bool(self.names & other.names) and (not first or not second or first == second)

    def filled_from(self, other: Traits) -> Traits:
        """Return these traits, with what they lack from others."""
        return Traits(
            **{one.name: getattr(self, one.name) or getattr(other, one.name) for one in fields(self)}
        )


def homonyms(known: Mapping[str, Traits]) -> dict[str, frozenset[str]]:
    """Return, by patient, the others who may be taken for the same by their name."""
    bearers: dict[str, list[str]] = defaultdict(list)
    for patient_id, traits in known.items():
        for name in traits.names:
            bearers[name].append(patient_id)
    found: dict[str, set[str]] = defaultdict(set)
    for alike in bearers.values():
        for one, other in combinations(alike, 2):
            if known[one].may_be_taken_for(known[other]):
                found[one].add(other)
                found[other].add(one)
    return {patient_id: frozenset(others) for patient_id, others in found.items()}
