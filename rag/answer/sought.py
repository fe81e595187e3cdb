"""What a search asks of statements: which things it names, whether they are to be there, and what a caller
filters by.
"""

from __future__ import annotations

from dataclasses import dataclass

from rag.core.errors import UsageError
from rag.retrieve.stated import Sought, concepts_called
from rag.understand import understand

ASSERTIONS = ("present", "negated", "hypothesis", "family", "history")
_STATED_KINDS = frozenset(
    {"condition", "symptom", "drug", "drug_class", "allergen", "procedure", "device", "organism"}
)
"""Sorts of concepts that are there or not there; a result is always one."""


@dataclass(frozen=True, slots=True)
class StatedFilter:
    """What a caller asks for: how things are asserted, and which thing, by id or in words. Empty lets all
    through.
    """

    assertions: tuple[str, ...] = ()
    concept: str = ""

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing is filtered."""
        return not self.assertions and not self.concept.strip()


def sought_of(text: str, stated: StatedFilter) -> Sought:
    """Return what a search asks of statements.

    Raises:
        UsageError: an assertion is none, or no such thing is known.
    """
    if unknown := [one for one in stated.assertions if one not in ASSERTIONS]:
        raise UsageError("unknown_assertion", assertion=unknown[0][:40], known=", ".join(ASSERTIONS))
    parts = understand(text).parts
    asked = frozenset(one.concept for part in parts for one in part.named if one.kind in _STATED_KINDS)
    is_family = any(part.asks("family") for part in parts)
    is_absent = any(part.asks("absence") for part in parts)
    sense = "family" if is_family else "absence" if is_absent else "presence"
    return Sought(
        asked,
        sense,
        concepts_called(stated.concept.strip()) if stated.concept.strip() else None,
        frozenset(stated.assertions) or None,
    )
