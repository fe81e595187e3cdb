"""How many patients a record states something of, told so that nobody is recognised: small counts are
withheld, and so are those that would give them away by subtraction.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from rag.access import Scope
from rag.core.traits import Traits
from rag.core.types import Filters
from rag.store.documents import DocumentStore
from rag.store.facts import FactStore
from rag.store.people.access import AccessStore
from rag.store.traits import TraitStore

Split = Literal["sex", "birth"]
LEAST = 5
"""Counts below are withheld, after the usual rule of health statistics; the smallest that the setting takes
is 2.
"""


@dataclass(frozen=True, slots=True)
class Cohort:
    """Patients of whom a concept is stated as present: how many, and by a part; None: withheld. ``least`` is
    the smallest count that is told.
    """

    concept: str
    total: int | None
    by: Split | None
    cells: Mapping[str, int | None]
    least: int

    def to_json(self) -> dict[str, object]:
        """Return what `traboule cohort --json` and the route tell; null: withheld."""
        return {
            "concept": self.concept,
            "total": self.total,
            "by": self.by,
            "cells": dict(self.cells),
            "least": self.least,
        }


def count_cohort(
    store: DocumentStore, scope: Scope, concept: str, by: Split | None = None, least: int = LEAST
) -> Cohort:
    """Count the patients in scope whose records state a concept as present. Who opposes research is not
    among them.
    """
    database = store.database
    within = scope.without(AccessStore(database).opposed("research"))
    filters = within.narrow(Filters(literature=False))
    stated = FactStore(database).facts(filters, concepts=frozenset({concept}))
    patients = {one.patient_id for one in stated if one.assertion == "present" and one.patient_id}
    parts: Mapping[str, int] = {}
    if by is not None:
        known = TraitStore(database).of_patients(filters)
        parts = Counter(_part(known.get(one, Traits()), by) for one in patients)
    total, cells = suppressed(len(patients), parts, least)
    return Cohort(concept, total, by, dict(sorted(cells.items())), least)


def suppressed(total: int, cells: Mapping[str, int], least: int) -> tuple[int | None, dict[str, int | None]]:
    """Return a total and its parts without counts from 1 to ``least`` - 1.

    What is withheld is at least two parts that add up to ``least`` or more, else the total less the parts
    that are told would tell it: further parts are withheld, the smallest first; where none is left, the total
    is.
    """
    if 0 < total < least:
        return None, dict.fromkeys(cells)
    withheld = {name for name, count in cells.items() if 0 < count < least}
    kept = (name for name in cells if name not in withheld and cells[name])
    others = sorted(kept, key=lambda name: (cells[name], name))
    while withheld and (len(withheld) < 2 or sum(cells[name] for name in withheld) < least):
        if not others:
            return None, {name: None if name in withheld else count for name, count in cells.items()}
        withheld.add(others.pop(0))
    return total, {name: None if name in withheld else count for name, count in cells.items()}


def rows(found: Cohort) -> Iterable[tuple[str, str]]:
    """Yield the name and the count of each line as every written form tells it."""
    yield "all", told(found.total)
    for name, count in found.cells.items():
        yield name, told(count)


def told(count: int | None) -> str:
    """Return a count in words: a withheld one may be small, or stand beside one that is."""
    return "withheld" if count is None else str(count)


def _part(who: Traits, by: Split) -> str:
    if by == "sex":
        return who.sex or "?"
    return f"{who.born[:3]}0" if who.born[:4].isdigit() else "?"
