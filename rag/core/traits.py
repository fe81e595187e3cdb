"""Who a patient is, as the header of one document says it. Kept apart from texts, logs and vectors."""

from __future__ import annotations

from dataclasses import dataclass, fields
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

    def filled_from(self, other: Traits) -> Traits:
        """Return these traits, with what they lack from others."""
        return Traits(
            **{one.name: getattr(self, one.name) or getattr(other, one.name) for one in fields(self)}
        )
