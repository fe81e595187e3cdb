"""Filters as SQL: the same meaning as ``rag.core.types.Filters`` has for passages, so that coverage counts
what search can find.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from sqlalchemy import ColumnElement, and_, not_, or_

from rag.core.times import bounds
from rag.core.types import Filters
from rag.store.tables import documents

_COLUMNS = documents.c
_BATCH = 500
"""Values in one ``IN (...)``: every database takes that many."""


def batches(values: Iterable[str]) -> Iterator[list[str]]:
    """Cut values, sorted and without repeats, into lists that fit one statement."""
    ordered = sorted(set(values))
    for start in range(0, len(ordered), _BATCH):
        yield ordered[start : start + _BATCH]


def split(filters: Filters) -> Iterator[Filters]:
    """Cut filters with very many document ids into several whose results do not meet and add up to the
    whole.
    """
    if filters.doc_ids is None or len(filters.doc_ids) <= _BATCH:
        yield filters
        return
    for part in batches(filters.doc_ids):
        yield replace(filters, doc_ids=frozenset(part))


def condition(filters: Filters) -> ColumnElement[bool]:
    """Return the condition on ``documents`` that the filters mean, ready documents only."""
    parts = [_COLUMNS.status == "ready", *_of_patient(filters), *_of_period(filters)]
    for column, values in (
        (_COLUMNS.kind, filters.kinds),
        (_COLUMNS.language, filters.languages),
        (_COLUMNS.doc_id, filters.doc_ids),
    ):
        if values is not None:
            parts.append(column.in_(sorted(values)))
    if filters.barred_patients:
        barred = _COLUMNS.patient_id.in_(sorted(filters.barred_patients))
        parts.append(or_(_COLUMNS.patient_id.is_(None), not_(barred)))
    if filters.barred_docs:
        parts.append(_COLUMNS.doc_id.not_in(sorted(filters.barred_docs)))
    return and_(*parts)


def _of_patient(filters: Filters) -> Iterator[ColumnElement[bool]]:
    patients, literature = _COLUMNS.patient_id, _COLUMNS.patient_id.is_(None)
    if filters.patient_ids is not None:
        named = patients.in_(sorted(filters.patient_ids))
        yield or_(named, literature) if filters.literature else named
    elif not filters.literature:
        yield patients.is_not(None)


def _of_period(filters: Filters) -> Iterator[ColumnElement[bool]]:
    # Comparing with NULL is not true: a document without a date passes no date filter, as is_within says.
    if filters.date_from is not None:
        yield _COLUMNS.authored_last >= bounds(filters.date_from)[0]
    if filters.date_to is not None:
        yield _COLUMNS.authored_first <= bounds(filters.date_to)[1]
