"""Links between a study, its images and its report, found when a document is shown.

Two documents of one patient belong together by what they share: the instance, study or accession number that
both name, or the reference that one makes to the other. Where they share none, an image and a report of one
day and kind of picture are only likely to.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, or_, select

from rag.core.types import Document, Link
from rag.store.editions import ORDER_SET, RECORD_ID, RECORD_SET, edition_keys
from rag.store.tables import documents, link_keys

STRONG = ("document", RECORD_ID, "instance_uid", "study_uid", "accession_number")
"""From the surest to the least sure."""

SAME_DAY = "same_day"
MOST = 100
"""Links of one document; a study may have thousands of images."""

_ROLES = {"image": "image", "imaging": "image", "imaging_study": "study", "imaging_report": "report"}
_INVERSE = {"attachment": "attached_to", "attached_to": "attachment"}
_IDS = {"study_uid", "accession_number"}
_NO_LINK = ("document", RECORD_SET, ORDER_SET)
"""Keys that others of the same value are not linked by."""
_LONGEST = 400
_MOST_REFERENCES = 500


def keys_of(document: Document) -> Iterator[tuple[str, str, str]]:
    """Yield what a document can be joined by: key, value, and the role that it has for the others."""
    facts = document.metadata
    role = _ROLES.get(document.kind, "report" if _IDS & facts.keys() else "")
    for link in document.links:
        yield "document", link.doc_id, link.relation
    for one in edition_keys(facts):
        yield one.key, one.value, one.role
    if not role:
        return
    for key in ("instance_uid", *sorted(_IDS)):
        if found := facts.get(key, "").strip():
            yield key, found, role
    for referred in facts.get("refers_to", "").split()[:_MOST_REFERENCES]:
        yield "instance_uid", referred, role
    if (
        document.kind in _ROLES
        and document.patient_id
        and document.authored_at
        and len(document.authored_at) >= len("2026-03-12")
    ):
        yield SAME_DAY, document.authored_at[:10], role


def link_rows(document: Document, revision: str) -> list[dict[str, str]]:
    """Return the rows of ``link_keys`` for one version of a document."""
    found = {(key, value): role for key, value, role in keys_of(document) if len(value) <= _LONGEST}
    return [
        {"doc_id": document.doc_id, "revision": revision, "key": key, "value": value, "role": role}
        for (key, value), role in found.items()
    ]


def links_of(connection: Connection, doc_id: str) -> tuple[Link, ...]:
    """Return the links of a visible document to other visible ones of the same patient, the surest first."""
    found: dict[str, Link] = {}
    mine = connection.execute(
        select(documents.c.patient_id, documents.c.metadata).where(*_visible(doc_id))
    ).one_or_none()
    if mine is None:
        return ()
    for row in sorted(_joined(connection, doc_id, mine.patient_id), key=_order):
        if row.key == SAME_DAY and not _may_belong(mine.metadata, row.metadata):
            continue
        if row.doc_id not in found and row.relation != row.my_role:
            found[row.doc_id] = Link(row.relation, row.doc_id, row.key, row.title)
    for row in connection.execute(_declared(doc_id, mine.patient_id)):
        relation = _INVERSE.get(row.role) or _ROLES.get(row.kind) or "related"
        found[row.doc_id] = Link(relation, row.doc_id, "document", row.title)
    return tuple(list(found.values())[:MOST])


def declared_titles(connection: Connection, doc_id: str, links: Sequence[Link]) -> tuple[Link, ...]:
    """Return the links that a document declares, as far as their documents are visible and of its patient,
    with their titles.
    """
    owner = select(documents.c.patient_id).where(*_visible(doc_id)).scalar_subquery()
    wanted = [link.doc_id for link in links][:MOST]
    same = or_(documents.c.patient_id == owner, documents.c.patient_id.is_(None))
    statement = select(documents.c.doc_id, documents.c.title).where(
        documents.c.doc_id.in_(wanted), documents.c.status == "ready", same
    )
    titles = {row.doc_id: row.title for row in connection.execute(statement)}
    return tuple(
        Link(link.relation, link.doc_id, "document", titles[link.doc_id])
        for link in links
        if link.doc_id in titles
    )


def _visible(doc_id: str) -> tuple[Any, ...]:
    return documents.c.doc_id == doc_id, documents.c.status == "ready"


def _of_patient(patient_id: str | None) -> Any:
    return documents.c.patient_id.is_(None) if patient_id is None else documents.c.patient_id == patient_id


def _joined(connection: Connection, doc_id: str, patient_id: str | None) -> Sequence[Any]:
    mine, visible = link_keys.alias("mine"), documents.alias("visible")
    columns = (
        documents.c.doc_id,
        documents.c.title,
        documents.c.metadata,
        link_keys.c.key,
        link_keys.c.role.label("relation"),
    )
    joined = (
        mine.join(visible, (visible.c.doc_id == mine.c.doc_id) & (visible.c.revision == mine.c.revision))
        .join(link_keys, (link_keys.c.key == mine.c.key) & (link_keys.c.value == mine.c.value))
        .join(
            documents,
            (documents.c.doc_id == link_keys.c.doc_id) & (documents.c.revision == link_keys.c.revision),
        )
    )
    statement = (
        select(*columns, mine.c.role.label("my_role"))
        .select_from(joined)
        .where(
            mine.c.doc_id == doc_id,
            visible.c.status == "ready",
            mine.c.key.not_in(_NO_LINK),
            mine.c.role != link_keys.c.role,
        )
        .where(documents.c.doc_id != doc_id, documents.c.status == "ready", _of_patient(patient_id))
        .order_by(documents.c.doc_id)
        .limit(20 * MOST)
    )
    return connection.execute(statement).all()


def _declared(doc_id: str, patient_id: str | None) -> Any:
    """The documents that declare a link to this one."""
    on = (documents.c.doc_id == link_keys.c.doc_id) & (documents.c.revision == link_keys.c.revision)
    columns = (documents.c.doc_id, documents.c.title, documents.c.kind, link_keys.c.role)
    told = (
        link_keys.c.key == "document",
        link_keys.c.value == doc_id,
        documents.c.status == "ready",
        _of_patient(patient_id),
    )
    return (
        select(*columns)
        .select_from(link_keys.join(documents, on))
        .where(*told)
        .order_by(documents.c.doc_id)
        .limit(MOST)
    )


def _order(row: Any) -> tuple[int, str]:
    return (STRONG.index(row.key) if row.key in STRONG else len(STRONG)), row.doc_id


def _may_belong(one: Any, other: Any) -> bool:
    """Tell whether two documents of one day may be of one study: neither their numbers nor their kinds of
    picture say otherwise.
    """
    said = ((one.get(key), other.get(key)) for key in (*sorted(_IDS), "modality"))
    return all(
        first is None or second is None or first == second or "SR" in (first, second)
        for first, second in said
    )
