"""The tables of the registry. One column list, the same on SQLite and PostgreSQL.

At most one version of a document is ``ready``: that one is visible. One that is ``held`` waits in quarantine.
``journal`` names the documents whose passages in the index may not match the registry; it is written before
the index is touched and cleared after, so that an interrupted run is found again.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

metadata = MetaData()

Id = String().with_variant(String(collation="C"), "postgresql")
"""Ids compare by code point on every database, so that "ascending" means the same everywhere."""

meta = Table(
    "meta", metadata, Column("key", String, primary_key=True), Column("value", String, nullable=False)
)

blobs = Table(
    "blobs",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("size", Integer, nullable=False),
    Column("created_at", String, nullable=False),
)

documents = Table(
    "documents",
    metadata,
    Column("doc_id", Id, primary_key=True),
    Column("revision", String, primary_key=True),
    Column("status", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("title", String, nullable=False),
    Column("language", String, nullable=False),
    Column("patient_id", Id, index=True),
    Column("encounter_id", String),
    Column("authored_at", String),
    Column(
        "authored_first",
        Float,
        doc="first and last second that authored_at may mean: what date filters compare",
    ),
    Column("authored_last", Float),
    Column("passages", Integer, nullable=False),
    Column("characters", Integer, nullable=False),
    Column("page_count", Integer, nullable=False),
    Column("source_file", String, nullable=False, index=True, doc="source_uri without the record"),
    Column("source_uri", String, nullable=False),
    Column("media_type", String, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("parser", String, nullable=False),
    Column("retrieved_at", String, nullable=False),
    Column("blob", String(64), ForeignKey("blobs.sha256"), index=True),
    Column("added_at", String, nullable=False),
    Column("updated_at", String, nullable=False),
    Column("sections", JSON, nullable=False),
    Column("pages", JSON, nullable=False),
    Column("codes", JSON, nullable=False),
    Column("links", JSON, nullable=False),
    Column("metadata", JSON, nullable=False),
    Column("text", Text, nullable=False),
)
Index(
    "one_ready_version",
    documents.c.doc_id,
    unique=True,
    sqlite_where=documents.c.status == "ready",
    postgresql_where=documents.c.status == "ready",
)

renditions = Table(
    "renditions",
    metadata,
    Column("doc_id", Id, primary_key=True),
    Column("revision", String, primary_key=True),
    Column(
        "places",
        LargeBinary,
        nullable=False,
        doc="where the text stands on its pages, see rag/core/places.py",
    ),
    Column("media_type", String, doc="of data"),
    Column(
        "data",
        LargeBinary,
        doc="the file that the pages are shown from, where it is not the source itself but lies inside it",
    ),
    ForeignKeyConstraint(
        ["doc_id", "revision"], ["documents.doc_id", "documents.revision"], ondelete="CASCADE"
    ),
)
"""What the pages of a version are shown from. Its rows go with the version, whatever removes it."""

merges = Table(
    "patient_merges",
    metadata,
    Column("old_id", Id, primary_key=True, doc="an id whose documents are those of new_id"),
    Column("new_id", Id, nullable=False, index=True),
    Column(
        "reason", String, nullable=False, doc="merge: a system announced it; identity: a record names both"
    ),
    Column("source_uri", String, nullable=False),
    Column("recorded_at", String, nullable=False),
)
"""Steps between ids of one patient, see rag/store/identity/merges.py: a new_id may be the old_id of a further
step.
"""

link_keys = Table(
    "link_keys",
    metadata,
    Column("doc_id", Id, primary_key=True),
    Column("revision", String, primary_key=True),
    Column("key", String, primary_key=True, doc="what the value is, e.g. study_uid"),
    Column("value", String, primary_key=True),
    Column(
        "role",
        String,
        nullable=False,
        doc="what this document is to those that share the value: image, study, report…",
    ),
    ForeignKeyConstraint(
        ["doc_id", "revision"], ["documents.doc_id", "documents.revision"], ondelete="CASCADE"
    ),
    Index("link_values", "value", "key"),
)
"""What joins documents; links are looked up when a document is shown, so both directions hold in whatever
order documents come and go.
"""

facts = Table(
    "facts",
    metadata,
    Column("doc_id", Id, primary_key=True),
    Column("revision", String, primary_key=True),
    Column("fact_id", String(20), primary_key=True),
    Column("kind", String, nullable=False),
    Column("concept", String, nullable=False),
    Column("source", String, nullable=False, doc="structured or narrative"),
    Column("body", JSON, nullable=False, doc="the other fields of rag.core.facts.Fact"),
    ForeignKeyConstraint(
        ["doc_id", "revision"], ["documents.doc_id", "documents.revision"], ondelete="CASCADE"
    ),
    Index("fact_concepts", "concept", "kind"),
)
"""What a version of a document states. Its rows go with the version; whose it is and whether it may be seen,
the version says.
"""

traits = Table(
    "traits",
    metadata,
    Column("doc_id", Id, primary_key=True),
    Column("revision", String, primary_key=True),
    Column("trusted", Boolean, nullable=False, doc="read by the command line; what a caller uploads is not"),
    *(
        Column(name, String, nullable=False)
        for name in ("family", "birth_family", "given", "born", "sex", "ins")
    ),
    Column("family_key", Id, nullable=False, doc="the family name folded, to be looked for"),
    Column("birth_key", Id, nullable=False, doc="the name at birth folded"),
    ForeignKeyConstraint(
        ["doc_id", "revision"], ["documents.doc_id", "documents.revision"], ondelete="CASCADE"
    ),
    Index("trait_families", "family_key"),
    Index("trait_births", "birth_key"),
)
"""Who the patient is, as a version of a document says."""

journal = Table(
    "journal", metadata, Column("doc_id", Id, primary_key=True), Column("since", String, nullable=False)
)

inputs = Table(
    "inputs",
    metadata,
    Column("uri", Id, primary_key=True),
    Column("digest", String, nullable=False, doc="of the bytes and the sidecar"),
    Column(
        "fingerprint",
        String,
        nullable=False,
        doc="of everything else that decides what comes out: parser, cutting, index",
    ),
    Column("status", String, nullable=False),
    Column("documents", Integer, nullable=False),
    Column("patient_id", Id, index=True),
    Column("problem", String),
    Column("variables", JSON, nullable=False),
    Column("updated_at", String, nullable=False),
)

tombstones = Table(
    "tombstones",
    metadata,
    Column("digest", String(64), primary_key=True, doc="salted: of a patient, a document or a text"),
    Column("kind", String, nullable=False, doc="patient, document or text"),
    Column("owner", String(64), nullable=False, doc="digest of the patient or document that it goes with"),
    Column("at", String, nullable=False),
)
"""What was erased for good, and is not read again. No row says what it was."""

erasures = Table(
    "erasures",
    metadata,
    Column("erasure_id", Id, primary_key=True),
    Column("asked", JSON, nullable=False, doc="patient_id and doc_ids, as they were named"),
    Column("patients", JSON, nullable=False, doc="every id of the patient, when it was asked"),
    Column("doc_ids", JSON, nullable=False, doc="every document of it, when it was asked"),
    Column("asked_at", String, nullable=False),
    Column("asked_by", String, nullable=False),
    Column("certificate", JSON, doc="once it is done; null: it is still to be done"),
)
"""Erasures that are asked for and not yet reported; a row goes when who asked has read what was done."""

text_copies = Table(
    "text_copies",
    metadata,
    Column("path", Id, primary_key=True),
    Column("kind", String, nullable=False, doc="what wrote it, e.g. feedback"),
    Column("patients", JSON, nullable=False),
    Column("doc_ids", JSON, nullable=False),
    Column("written_at", String, nullable=False),
)
"""Files with words of documents that a command wrote where its user said."""
