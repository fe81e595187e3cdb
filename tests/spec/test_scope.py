"""A scope as a table: who may read whose documents, and what becomes of the filters asked for.

Patients are A, B and C; ``-`` is the literature. A row without letters lets nothing through.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from rag.access import Scope
from rag.core.errors import NotAllowed
from rag.core.types import Filters, Passage

OWNERS = "ABC-"
PASSAGE = Passage("0" * 32, "d", "r", 0, 0, 4, "text", "", "note", "fr")


def scope_of(reads: str) -> Scope:
    return (
        Scope.everything()
        if reads == "all"
        else Scope(frozenset(reads.replace("-", "")), literature="-" in reads)
    )


def filters_of(asked: str) -> Filters:
    if asked == "any":
        return Filters()
    return Filters(patient_ids=frozenset(asked.replace("-", "")), literature="-" in asked)


def let_through(filters: Filters) -> str:
    return "".join(
        owner
        for owner in OWNERS
        if (
            filters.literature
            if owner == "-"
            else filters.patient_ids is None or owner in filters.patient_ids
        )
    )


NARROWED = [
    # reads, asked, let through (None: refused)
    ("all", "any", "ABC-"),
    ("all", "B", "B"),
    ("all", "B-", "B-"),
    ("all", "-", "-"),
    ("A", "any", "A"),
    ("A", "A-", "A"),
    ("A", "-", ""),
    ("A", "B", None),
    ("A", "AB", None),
    ("AB-", "any", "AB-"),
    ("AB-", "B", "B"),
    ("AB-", "C-", None),
    ("-", "any", "-"),
    ("-", "A", None),
    ("-", "-", "-"),
    ("", "any", ""),
    ("", "-", ""),
    ("", "A", None),
]


@pytest.mark.parametrize(("reads", "asked", "through"), NARROWED)
def test_filters_are_cut_down_to_the_scope_or_refused(reads: str, asked: str, through: str | None) -> None:
    if through is None:
        with pytest.raises(NotAllowed):
            scope_of(reads).narrow(filters_of(asked))
    else:
        assert let_through(scope_of(reads).narrow(filters_of(asked))) == through


@pytest.mark.parametrize("reads", ["all", "A", "AB-", "-", ""])
def test_what_leaves_is_checked_owner_by_owner(reads: str) -> None:
    may = OWNERS if reads == "all" else reads
    for owner in OWNERS:
        passage = replace(PASSAGE, patient_id=None if owner == "-" else owner)
        assert scope_of(reads).allows(passage.patient_id) == (owner in may)
        if owner in may:
            scope_of(reads).check([passage])
        else:
            with pytest.raises(NotAllowed):
                scope_of(reads).check([passage])
