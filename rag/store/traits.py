"""Who patients are, as the visible documents of each say. A row goes with its version, whatever removes it.

What the command line read counts before what callers uploaded, the later document before the earlier one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, insert, select

from rag.clinical.folding import fold
from rag.core.traits import Traits
from rag.core.types import Filters
from rag.store.conditions import condition, split
from rag.store.database import Database
from rag.store.records import NewVersion
from rag.store.tables import documents, traits

_C = traits.c
_LAST = "\U0010ffff"
_FIELDS = ("family", "birth_family", "given", "born", "sex", "ins")


class TraitStore:
    """The traits of patients, in the database of a home."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of_patients(self, filters: Filters) -> dict[str, Traits]:
        """Return what is known of each patient whose visible documents pass the filters."""
        joined = traits.join(
            documents, (_C.doc_id == documents.c.doc_id) & (_C.revision == documents.c.revision)
        )
        statement = (
            select(documents.c.patient_id, *(_C[name] for name in _FIELDS))
            .select_from(joined)
            .where(documents.c.patient_id.is_not(None))
            .order_by(_C.trusted.desc(), documents.c.authored_last.desc(), _C.doc_id)
        )
        found: dict[str, Traits] = {}
        for part in split(filters):
            with self._database.read() as connection:
                for row in connection.execute(statement.where(condition(part))):
                    said = Traits(*row[1:])
                    found[row.patient_id] = found.get(row.patient_id, Traits()).filled_from(said)
        return found

    def named(self, initial: str, filters: Filters) -> dict[str, frozenset[str]]:
        """Return, by family name in lower case without accents, the patients who bear it or bore it at birth:
        of all names that begin so.
        """
        joined = traits.join(
            documents, (_C.doc_id == documents.c.doc_id) & (_C.revision == documents.c.revision)
        )
        found: dict[str, set[str]] = defaultdict(set)
        for part in split(filters):
            for key in (_C.family_key, _C.birth_key):
                statement = (
                    select(key, documents.c.patient_id)
                    .select_from(joined)
                    .where(condition(part), key >= initial, key < initial + _LAST)
                    .distinct()
                )
                with self._database.read() as connection:
                    for name, patient_id in connection.execute(statement):
                        found[name].add(patient_id)
        return {name: frozenset(patients) for name, patients in found.items()}

    def of_version(self, doc_id: str, revision: str) -> Traits:
        """Return what one version of a document says, visible or not."""
        columns = [_C[name] for name in _FIELDS]
        with self._database.read() as connection:
            row = connection.execute(
                select(*columns).where(_C.doc_id == doc_id, _C.revision == revision)
            ).one_or_none()
        return Traits() if row is None else Traits(*row)


def insert_traits(connection: Connection, drafts: Sequence[NewVersion]) -> None:
    """Write the traits of new versions in the transaction of theirs."""
    if rows := list(_rows(drafts)):
        connection.execute(insert(traits), rows)


def _rows(drafts: Iterable[NewVersion]) -> Iterable[dict[str, Any]]:
    for draft in drafts:
        document = draft.document
        if document.patient_id is not None and document.traits:
            yield {
                "doc_id": document.doc_id,
                "revision": draft.revision,
                "trusted": draft.trusted,
                **asdict(document.traits),
                "family_key": fold(document.traits.family),
                "birth_key": fold(document.traits.birth_family),
            }
