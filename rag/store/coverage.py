"""What a search looks at: documents by kind, and the period that they span."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import Connection, func, select

from rag.core.times import bounds
from rag.core.types import Coverage, Filters
from rag.store.conditions import condition, split
from rag.store.tables import documents

_C = documents.c


def coverage_of(connection: Connection, filters: Filters) -> Coverage:
    """Return what a search with these filters looks at."""
    kinds: Counter[str] = Counter()
    first: list[str] = []
    last: list[str] = []
    for part in split(filters):
        matching = condition(part)
        counts = connection.execute(select(_C.kind, func.count()).where(matching).group_by(_C.kind))
        kinds.update({row[0]: row[1] for row in counts})
        dated = select(_C.authored_at).where(matching, _C.authored_at.is_not(None)).limit(1)
        first.extend(connection.scalars(dated.order_by(_C.authored_first, _C.authored_at)))
        last.extend(connection.scalars(dated.order_by(_C.authored_last.desc(), _C.authored_at)))
    return Coverage(
        documents_searched=kinds.total(),
        kinds=dict(sorted(kinds.items())),
        date_from=min(first, key=lambda iso: bounds(iso)[0], default=None),
        date_to=max(last, key=lambda iso: bounds(iso)[1], default=None),
        patient_id=_only(filters.patient_ids),
    )


def _only(patients: frozenset[str] | None) -> str | None:
    return next(iter(patients)) if patients is not None and len(patients) == 1 else None
