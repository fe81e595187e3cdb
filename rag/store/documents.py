"""The registry of documents: the single truth of what is visible.

A document is visible whole or not at all: ``begin`` writes a version that nobody sees, ``commit`` makes it
the visible one and removes the one before, in one transaction. Between the two the document is in the
journal, and stays there until ``settle`` says that the index holds nothing else of it; ``unfinished`` names
what an interrupted run left.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Select, delete, func, insert, select, update

from rag.core.errors import StorageError
from rag.core.types import Coverage, Document, Filters, Link, Original, Page, Source
from rag.store.conditions import batches, condition, split
from rag.store.coverage import coverage_of
from rag.store.database import Database
from rag.store.facts import FactStore, fact_rows, insert_facts
from rag.store.identity.decisions import Assignment, Decision, write_decision
from rag.store.identity.merges import MergeStore
from rag.store.identity.tables import claims, holds
from rag.store.links import declared_titles, link_rows, links_of
from rag.store.records import (
    DocumentSummary,
    NewVersion,
    Rendition,
    Version,
    claim_rows,
    document_from,
    rendition_of,
    row_of,
    source_columns,
    summary_from,
    utc_now,
    versions_from,
)
from rag.store.tables import documents, inputs, journal, link_keys, renditions
from rag.store.traits import TraitStore, insert_traits

_C = documents.c
_PAGE = 500
_HEAVY = {"sections", "pages", "codes", "links", "metadata", "text"}
_SUMMARY = [column for column in _C if column.name not in _HEAVY]
_LISTED = [*_SUMMARY, inputs.c.status.label("reading")]
_SHOWN = documents.outerjoin(
    renditions, (_C.doc_id == renditions.c.doc_id) & (_C.revision == renditions.c.revision)
)
_SHOWN_FROM = (renditions.c.places, renditions.c.media_type.label("inner_type"), renditions.c.data)
"""What the pages of a version are shown from."""
_VERSION = (_C.doc_id, _C.revision, _C.source_file, _C.passages, _C.blob)


class DocumentStore:
    """Documents, their versions and the journal, in the database of a home."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def begin(self, document: Document, revision: str, passages: int, blob: str | None = None) -> None:
        """Write a version that is not visible yet; ``passages`` is their count, ``blob`` the stored copy of
        the source.
        """
        self.begin_all([NewVersion(document, revision, passages, blob)])

    def begin_all(self, drafts: Sequence[NewVersion]) -> None:
        """Write versions that are not visible yet, in one transaction, and enter their documents in the
        journal.
        """
        if not drafts:
            return
        now, ids = utc_now(), [draft.document.doc_id for draft in drafts]
        with self.database.write() as connection:
            self._enter(connection, ids)
            for part in batches(ids):
                connection.execute(delete(documents).where(_C.doc_id.in_(part), _C.status == "writing"))
            added = self._added_at(connection, ids)
            rows = [
                row_of(draft, added.get(draft.document.doc_id, now), now) | {"status": "writing"}
                for draft in drafts
            ]
            self._insert(connection, rows, drafts)

    def hold(self, draft: NewVersion, other_id: str | None, origin: str, reason: str = "identity") -> None:
        """Keep a version in quarantine, in place of one that was there: nobody sees it, and the visible
        version stays as it is.
        """
        now, doc_id = utc_now(), draft.document.doc_id
        with self.database.write() as connection:
            connection.execute(delete(documents).where(_C.doc_id == doc_id, _C.status == "held"))
            self._insert(connection, [row_of(draft, now, now) | {"status": "held"}], [draft])
            kept = {"other_id": other_id, "origin": origin, "held_at": now, "reason": reason}
            connection.execute(insert(holds).values(doc_id=doc_id, revision=draft.revision, **kept))

    def commit(self, doc_id: str, revision: str) -> None:
        """Make a written version the visible one and remove the one before."""
        self.commit_all({doc_id: revision})

    def commit_all(self, revisions: Mapping[str, str], decided: Decision | Assignment | None = None) -> None:
        """Make written versions (document id → revision) visible, and write a decision of the identity desk,
        all of it or nothing.

        Raises:
            StorageError: a version was never begun.
        """
        with self.database.write() as connection:
            for doc_id, revision in revisions.items():
                connection.execute(delete(documents).where(_C.doc_id == doc_id, _C.revision != revision))
                changed = connection.execute(
                    update(documents)
                    .where(_C.doc_id == doc_id, _C.revision == revision)
                    .values(status="ready")
                )
                if changed.rowcount != 1:
                    raise StorageError("document_not_begun", doc_id=doc_id)
            if decided is not None:
                write_decision(connection, decided)

    def enter(self, doc_ids: Iterable[str]) -> None:
        """Enter documents in the journal: their passages in the index are about to change."""
        if ids := sorted(set(doc_ids)):
            with self.database.write() as connection:
                self._enter(connection, ids)

    def settle(self, doc_ids: Iterable[str]) -> None:
        """Strike documents from the journal: the index holds their visible version and nothing else of
        them.
        """
        with self.database.write() as connection:
            for part in batches(doc_ids):
                connection.execute(delete(journal).where(journal.c.doc_id.in_(part)))

    def unfinished(self) -> tuple[str, ...]:
        """Return the documents that an interrupted run left in the journal."""
        with self.database.read() as connection:
            return tuple(connection.scalars(select(journal.c.doc_id).order_by(journal.c.doc_id)))

    def abandon(self, doc_ids: Iterable[str]) -> None:
        """Remove versions that were begun and never committed. The visible versions and the journal stay as
        they are.
        """
        with self.database.write() as connection:
            for part in batches(doc_ids):
                connection.execute(delete(documents).where(_C.doc_id.in_(part), _C.status == "writing"))

    def delete(self, doc_id: str) -> bool:
        """Remove every version of a document and enter it in the journal; tell whether there was any."""
        return self.delete_all([doc_id]) > 0

    def delete_all(self, doc_ids: Iterable[str]) -> int:
        """Remove every version of documents in one transaction, enter them in the journal, and count the
        versions removed.
        """
        ids = sorted(set(doc_ids))
        with self.database.write() as connection:
            self._enter(connection, ids)
            return sum(
                connection.execute(delete(documents).where(_C.doc_id.in_(part))).rowcount
                for part in batches(ids)
            )

    def relocate(self, doc_id: str, source: Source, blob: str | None) -> None:
        """Note that the visible version, unchanged, now comes from this source."""
        with self.database.write() as connection:
            values = source_columns(source, blob) | {"updated_at": utc_now()}
            connection.execute(
                update(documents).where(_C.doc_id == doc_id, _C.status == "ready").values(**values)
            )

    def get(self, doc_id: str) -> Document | None:
        """Return a visible document, None where there is none under this id."""
        with self.database.read() as connection:
            row = connection.execute(
                select(documents).where(_C.doc_id == doc_id, _C.status == "ready")
            ).one_or_none()
        return None if row is None else document_from(row)

    def whole(self, doc_id: str) -> Document | None:
        """Return a visible document with its facts and what its pages are shown from, ready to be written
        again, or None.
        """
        document, shown = self.get(doc_id), self.rendition(doc_id)
        if document is None or shown is None:
            return document
        revision = self.ready_revisions([doc_id])[doc_id]
        stated = FactStore(self.database).of_version(doc_id, revision)
        traits = TraitStore(self.database).of_version(doc_id, revision)
        return replace(document, places=shown.places, original=shown.original, facts=stated, traits=traits)

    def in_quarantine(self, doc_id: str) -> tuple[Document, str, str | None] | None:
        """Return a document that is held, ready to be written again, with its revision and blob; None where
        there is none.
        """
        columns: list[Any] = [*_C, *_SHOWN_FROM]
        with self.database.read() as connection:
            row = connection.execute(
                select(*columns).select_from(_SHOWN).where(_C.doc_id == doc_id, _C.status == "held")
            ).one_or_none()
        if row is None:
            return None
        original = None if row.data is None else Original(row.inner_type, row.data)
        stated = FactStore(self.database).of_version(doc_id, row.revision)
        traits = TraitStore(self.database).of_version(doc_id, row.revision)
        whole = replace(document_from(row), places=row.places or b"", original=original)
        return (
            replace(whole, facts=stated, traits=traits),
            row.revision,
            row.blob,
        )

    def linked(self, document: Document) -> tuple[Link, ...]:
        """Return the links of a visible document: those it declares, and those found by what it shares with
        others of its patient.
        """
        with self.database.read() as connection:
            declared = declared_titles(connection, document.doc_id, document.links)
            known = {link.doc_id for link in declared}
            return (
                *declared,
                *(link for link in links_of(connection, document.doc_id) if link.doc_id not in known),
            )

    def texts(self, doc_ids: Iterable[str]) -> dict[str, str]:
        """Return the canonical texts of the visible documents among these."""
        return {row.doc_id: row.text for row in self._ready(select(_C.doc_id, _C.text), doc_ids)}

    def pages(self, filters: Filters) -> list[Page]:
        """Return the pages of the visible documents that pass the filters."""
        found: list[Page] = []
        for part in split(filters):
            with self.database.read() as connection:
                for rows in connection.scalars(select(_C.pages).where(condition(part)).order_by(_C.doc_id)):
                    found += (Page(*row) for row in rows)
        return found

    def rendition(self, doc_id: str) -> Rendition | None:
        """Return what the pages of a visible document are shown from, None where there is no such
        document.
        """
        with self.database.read() as connection:
            row = connection.execute(
                select(_C.media_type, _C.blob, *_SHOWN_FROM)
                .select_from(_SHOWN)
                .where(_C.doc_id == doc_id, _C.status == "ready")
            ).one_or_none()
        if row is None:
            return None
        original = None if row.data is None else Original(row.inner_type, row.data)
        return Rendition(row.media_type, row.blob, row.places or b"", original)

    def list(self, filters: Filters = Filters(), after: str = "") -> Iterator[DocumentSummary]:
        """Yield the visible documents that pass the filters, by ascending id, those after the id
        ``after``.
        """
        for part in split(filters):
            last = after
            while True:
                columns = select(*_LISTED).outerjoin(inputs, inputs.c.uri == _C.source_file)
                statement = columns.where(condition(part), _C.doc_id > last).order_by(_C.doc_id).limit(_PAGE)
                with self.database.read() as connection:
                    rows = connection.execute(statement).all()
                yield from map(summary_from, rows)
                if len(rows) < _PAGE:
                    break
                last = rows[-1].doc_id

    def ready_revisions(self, doc_ids: Iterable[str]) -> dict[str, str]:
        """Return the visible revision of each visible document among these; a passage of any other revision
        must not be shown.
        """
        return {row.doc_id: row.revision for row in self._ready(select(_C.doc_id, _C.revision), doc_ids)}

    def versions(self, doc_ids: Iterable[str]) -> dict[str, Version]:
        """Return the visible version of each visible document among these."""
        return versions_from(list(self._ready(select(*_VERSION), doc_ids)))

    def by_source(self, uri: str) -> dict[str, Version]:
        """Return the visible documents read from a file, whatever the record."""
        with self.database.read() as connection:
            return versions_from(
                connection.execute(select(*_VERSION).where(_C.source_file == uri, _C.status == "ready")).all()
            )

    def held_from(self, uri: str) -> dict[str, str]:
        """Return the documents read from a file that are in quarantine, each with its revision."""
        with self.database.read() as connection:
            rows = connection.execute(
                select(_C.doc_id, _C.revision).where(_C.source_file == uri, _C.status == "held")
            )
            return {row.doc_id: row.revision for row in rows}

    def by_sources_under(self, prefix: str) -> dict[str, tuple[str, ...]]:
        """Return the ids of the visible and held documents by the address of their file, of files whose
        address begins so.
        """
        within = (_C.source_file.startswith(prefix, autoescape=True), _C.status.in_(("ready", "held")))
        statement = select(_C.source_file, _C.doc_id).distinct().where(*within)
        found: dict[str, list[str]] = {}
        with self.database.read() as connection:
            for file, doc_id in connection.execute(statement.order_by(_C.source_file, _C.doc_id)):
                if file.startswith(prefix):  # LIKE takes capitals for small letters on SQLite
                    found.setdefault(file, []).append(doc_id)
        return {file: tuple(ids) for file, ids in found.items()}

    def of_patient(self, patient_id: str) -> tuple[str, ...]:
        """Return the ids of every document of a patient, visible or not."""
        with self.database.read() as connection:
            return tuple(
                connection.scalars(
                    select(_C.doc_id).where(_C.patient_id == patient_id).distinct().order_by(_C.doc_id)
                )
            )

    def known(self, doc_ids: Iterable[str]) -> frozenset[str]:
        """Return those of the ids under which any version is stored, visible or not."""
        with self.database.read() as connection:
            found = (
                connection.scalars(select(_C.doc_id).where(_C.doc_id.in_(part))).all()
                for part in batches(doc_ids)
            )
            return frozenset(doc_id for part in found for doc_id in part)

    def source_files(self, doc_ids: Iterable[str]) -> frozenset[str]:
        """Return the files that any version of these documents was read from."""
        with self.database.read() as connection:
            found = (
                connection.scalars(select(_C.source_file).where(_C.doc_id.in_(part))).all()
                for part in batches(doc_ids)
            )
            return frozenset(file for part in found for file in part)

    def surviving(self, patient_ids: Iterable[str]) -> frozenset[str]:
        """Return the ids under which the documents of these patients are, after all merges."""
        return frozenset(MergeStore(self.database).surviving(patient_ids).values())

    def patients(self) -> dict[str, int]:
        """Return the count of visible documents of each patient, by ascending id."""
        statement = select(_C.patient_id, func.count()).where(
            _C.status == "ready", _C.patient_id.is_not(None)
        )
        with self.database.read() as connection:
            rows = connection.execute(statement.group_by(_C.patient_id).order_by(_C.patient_id)).all()
        return {row[0]: row[1] for row in rows}

    def coverage(self, filters: Filters = Filters()) -> Coverage:
        """Say what a search with these filters looks at: documents by kind, and the period they span."""
        with self.database.read() as connection:
            return coverage_of(connection, filters)

    def passage_total(self) -> int:
        """Return how many passages the index must hold for the visible documents."""
        with self.database.read() as connection:
            return (
                connection.scalar(select(func.coalesce(func.sum(_C.passages), 0)).where(_C.status == "ready"))
                or 0
            )

    def _insert(
        self, connection: Connection, rows: Sequence[Mapping[str, Any]], drafts: Sequence[NewVersion]
    ) -> None:
        connection.execute(insert(documents), rows)
        if shown := [rendition for draft in drafts if (rendition := rendition_of(draft))]:
            connection.execute(insert(renditions), shown)
        insert_facts(
            connection,
            (
                row
                for new in drafts
                for row in fact_rows(new.document.doc_id, new.revision, new.document.facts)
            ),
        )
        insert_traits(connection, drafts)
        if joins := [row for draft in drafts for row in link_rows(draft.document, draft.revision)]:
            connection.execute(insert(link_keys), joins)
        if said := [row for draft in drafts for row in claim_rows(draft)]:
            connection.execute(insert(claims), said)

    def _ready(self, statement: Select[*tuple[str, ...]], doc_ids: Iterable[str]) -> Iterator[Any]:
        with self.database.read() as connection:
            for part in batches(doc_ids):
                yield from connection.execute(statement.where(_C.doc_id.in_(part), _C.status == "ready"))

    def _enter(self, connection: Connection, doc_ids: Iterable[str]) -> None:
        for part in batches(doc_ids):
            known = set(connection.scalars(select(journal.c.doc_id).where(journal.c.doc_id.in_(part))))
            rows = [{"doc_id": doc_id, "since": utc_now()} for doc_id in part if doc_id not in known]
            if rows:
                connection.execute(insert(journal), rows)

    def _added_at(self, connection: Connection, doc_ids: Iterable[str]) -> dict[str, str]:
        statement = select(_C.doc_id, _C.added_at).where(_C.status == "ready")
        found = (connection.execute(statement.where(_C.doc_id.in_(part))).all() for part in batches(doc_ids))
        return {row.doc_id: row.added_at for rows in found for row in rows}
