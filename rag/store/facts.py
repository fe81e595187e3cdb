"""The facts of documents: written with their version, read through it.

A fact has no owner and no visibility of its own: a query joins the version, so a document that is erased,
replaced, moved to another patient or out of scope takes its facts along.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, Row, delete, func, insert, select

from rag.core.facts import Fact
from rag.core.types import Filters
from rag.store.conditions import condition, split
from rag.store.database import Database
from rag.store.tables import documents, facts

_C = facts.c
_COLUMNS = ("doc_id", "kind", "concept", "source")
_FACT = TypeAdapter(Fact)


class FactStore:
    """Facts, in the database of a home."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def facts(
        self, filters: Filters, *, kinds: frozenset[str] | None = None, concepts: frozenset[str] | None = None
    ) -> tuple[Fact, ...]:
        """Return the facts of the visible documents that pass the filters, by document and place.

        ``kinds`` and ``concepts`` are of facts; the kinds in ``filters`` are of documents. Within a record
        the concept is compared as an expression: no index then leads through everybody's facts of that
        concept, where the patient's few documents do.
        """
        named = func.coalesce(_C.concept, "") if filters.patient_ids is not None else _C.concept
        wanted = [
            column.in_(sorted(values))
            for column, values in ((_C.kind, kinds), (named, concepts))
            if values is not None
        ]
        joined = facts.join(
            documents, (_C.doc_id == documents.c.doc_id) & (_C.revision == documents.c.revision)
        )
        found: list[Fact] = []
        for part in split(filters):
            statement = (
                select(facts, documents.c.patient_id).select_from(joined).where(condition(part), *wanted)
            )
            with self._database.read() as connection:
                found += [_fact_from(row) for row in connection.execute(statement)]
        return tuple(sorted(found, key=lambda fact: (fact.doc_id, fact.spans, fact.kind, fact.concept)))

    def of_version(self, doc_id: str, revision: str) -> tuple[Fact, ...]:
        """Return what one version of a document states, visible or not."""
        joined = facts.join(
            documents, (_C.doc_id == documents.c.doc_id) & (_C.revision == documents.c.revision)
        )
        statement = (
            select(facts, documents.c.patient_id)
            .select_from(joined)
            .where(_C.doc_id == doc_id, _C.revision == revision)
        )
        with self._database.read() as connection:
            found = [_fact_from(row) for row in connection.execute(statement)]
        return tuple(sorted(found, key=lambda fact: (fact.spans, fact.kind, fact.concept)))

    def replace(self, doc_id: str, revision: str, stated: Sequence[Fact]) -> bool:
        """Write what a version states anew; tell whether anything changed."""
        before = {fact.fact_id: fact for fact in self.of_version(doc_id, revision)}
        after = {row["fact_id"]: row for row in fact_rows(doc_id, revision, stated)}
        if before.keys() == after.keys() and all(
            _row(doc_id, revision, before[key]) == row for key, row in after.items()
        ):
            return False
        with self._database.write() as connection:
            connection.execute(delete(facts).where(_C.doc_id == doc_id, _C.revision == revision))
            insert_facts(connection, after.values())
        return True


def insert_facts(connection: Connection, rows: Iterable[dict[str, Any]]) -> None:
    """Write rows of ``facts`` in the transaction of their version."""
    if found := list(rows):
        connection.execute(insert(facts), found)


def fact_rows(doc_id: str, revision: str, stated: Iterable[Fact]) -> list[dict[str, Any]]:
    """Return the rows of what a version states, each fact once."""
    rows = (_row(doc_id, revision, replace(fact, doc_id=doc_id)) for fact in stated if fact.spans)
    return list({row["fact_id"]: row for row in rows}.values())


def _row(doc_id: str, revision: str, fact: Fact) -> dict[str, Any]:
    body = _FACT.dump_python(
        fact, mode="json", exclude={*_COLUMNS, "patient_id"}, exclude_defaults=True
    )  # half the size
    columns = {name: getattr(fact, name) for name in _COLUMNS if name != "doc_id"}
    return {"doc_id": doc_id, "revision": revision, "fact_id": fact.fact_id, "body": body, **columns}


def _fact_from(row: Row[Any]) -> Fact:
    columns = {name: getattr(row, name) for name in _COLUMNS}
    return _FACT.validate_python({**row.body, **columns, "patient_id": row.patient_id or ""})
