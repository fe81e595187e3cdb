"""The one table of medical concepts: what each is called in every language, its codes, its units, and where a
text names it.

The rows are data (``*.tsv``, one file an area; ``docs/language.md`` says how to add one). Search, the gate,
the guards, the reading of questions and the reading of facts all take their words from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from rag.clinical.concepts.matching import Mention, mentions
from rag.clinical.concepts.table import Concept, Measure, table

__all__ = ["Concept", "Measure", "Mention", "by_code", "concept", "concepts", "kinds_of", "mentions"]


_SAME_SYSTEM = {"icd10": "cim10"}


def concept(concept_id: str) -> Concept:
    """Return a concept; ``KeyError`` where the table has none of this id."""
    return table()[concept_id]


def concepts(kind: str | None = None) -> tuple[Concept, ...]:
    """Return every concept, or those of one kind."""
    return tuple(row for row in table().values() if kind is None or row.kind == kind)


def by_code(system: str, code: str) -> Concept | None:
    """Return the concept that has a code in a system (``loinc``, ``atc``, ``cim10`` or ``icd10``,
    ``snomed``), None where none has.
    """
    return _codes().get((_SAME_SYSTEM.get(system.lower(), system.lower()), code))


def kinds_of(concept_id: str) -> frozenset[str]:
    """Return a concept's id and those of everything that it is a kind of, near and far."""
    found: set[str] = set()
    rest = [concept_id]
    while rest:
        name = rest.pop()
        if name not in found:
            found.add(name)
            rest.extend(table()[name].broader if name in table() else ())
    return frozenset(found)


@cache
def _codes() -> Mapping[tuple[str, str], Concept]:
    found: dict[tuple[str, str], Concept] = {}
    for row in table().values():
        for code in row.codes:
            found.setdefault((code.system, code.code), row)
    return found
