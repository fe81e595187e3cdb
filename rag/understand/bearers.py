"""The patients that a question names by a titled name (``Mme Confluence``, ``Mr Ashworth``), as the headers
of their documents give it; a typing error is forgiven where one name alone is near.
"""

from __future__ import annotations

from dataclasses import dataclass

from rag.clinical.folding import fold
from rag.clinical.persons import person_names
from rag.core.types import Filters
from rag.store.traits import TraitStore
from rag.understand.spelling import closest


@dataclass(frozen=True, slots=True)
class Bearers:
    """Patients who bear a name of the question; ``exact`` where it is written as in their documents."""

    patients: frozenset[str] = frozenset()
    exact: bool = False


def bearers_in(question: str, known: TraitStore, filters: Filters) -> Bearers:
    """Return who bears the names of a question, of the patients that the filters let through."""
    found: set[str] = set()
    exact = False
    for name in map(fold, person_names([question])):
        alike = known.named(name[:1], filters)
        written = name if name in alike else closest(name, frozenset(alike))
        if written is not None:
            found |= alike[written]
            exact = exact or written == name
    return Bearers(frozenset(found), exact)
