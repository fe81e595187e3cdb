"""The tables as version 0.1.0 made them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

Id = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    """The tables as version 0.1.0 made them."""
    op.create_table(
        "accounts",
        sa.Column("account_id", Id, nullable=False),
        sa.Column("name", Id, nullable=False),
        sa.Column("display_name", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("password", sa.String()),
        sa.Column("must_change", sa.Boolean(), nullable=False),
        sa.Column("all_patients", sa.Boolean(), nullable=False),
        sa.Column("groups", sa.JSON(), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.Float(), nullable=False),
        sa.Column("created_at", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("account_id"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "audit",
        sa.Column("entry", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("account_id", Id, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("via", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("patient_id", Id),
        sa.Column("doc_ids", sa.JSON(), nullable=False),
        sa.Column("request_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("entry"),
    )
    op.create_index("ix_audit_account_id", "audit", ["account_id"])
    op.create_index("ix_audit_patient_id", "audit", ["patient_id"])

    op.create_table(
        "blobs",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("sha256"),
    )
    op.create_table(
        "care",
        sa.Column("subject", Id, nullable=False),
        sa.Column("patient_id", Id, nullable=False),
        sa.Column("granted_at", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("subject", "patient_id"),
    )
    op.create_table(
        "conversations",
        sa.Column("conversation_id", Id, nullable=False),
        sa.Column("account_id", Id, nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("patient_id", Id),
        sa.Column("created_at", sa.String(), nullable=False),
        sa.Column("updated_at", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("conversation_id"),
    )
    op.create_index("ix_conversations_account_id", "conversations", ["account_id"])
    op.create_index("ix_conversations_patient_id", "conversations", ["patient_id"])

    op.create_table(
        "inputs",
        sa.Column("uri", Id, nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("documents", sa.Integer(), nullable=False),
        sa.Column("patient_id", Id),
        sa.Column("problem", sa.String()),
        sa.Column("variables", sa.JSON(), nullable=False),
        sa.Column("updated_at", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("uri"),
    )
    op.create_index("ix_inputs_patient_id", "inputs", ["patient_id"])

    op.create_table(
        "journal",
        sa.Column("doc_id", Id, nullable=False),
        sa.Column("since", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("doc_id"),
    )
    op.create_table(
        "meta",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_table(
        "patient_merges",
        sa.Column("old_id", Id, nullable=False),
        sa.Column("new_id", Id, nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("source_uri", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("old_id"),
    )
    op.create_index("ix_patient_merges_new_id", "patient_merges", ["new_id"])

    op.create_table(
        "sessions",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("account_id", Id, nullable=False),
        sa.Column("identity", sa.JSON()),
        sa.Column("patients", sa.JSON()),
        sa.Column("csrf", sa.String(), nullable=False),
        sa.Column("used_at", sa.Float(), nullable=False),
        sa.Column("expires_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_index("ix_sessions_account_id", "sessions", ["account_id"])

    op.create_table(
        "uploads",
        sa.Column("upload_id", Id, nullable=False),
        sa.Column("account_id", Id, nullable=False),
        sa.Column("caller", sa.JSON(), nullable=False),
        sa.Column("patient_id", Id),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("created_at", sa.String(), nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("upload_id"),
    )
    op.create_index("ix_uploads_account_id", "uploads", ["account_id"])
    op.create_index("ix_uploads_patient_id", "uploads", ["patient_id"])

    op.create_table(
        "documents",
        sa.Column("doc_id", Id, nullable=False),
        sa.Column("revision", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("patient_id", Id),
        sa.Column("encounter_id", sa.String()),
        sa.Column("authored_at", sa.String()),
        sa.Column("authored_first", sa.Float()),
        sa.Column("authored_last", sa.Float()),
        sa.Column("passages", sa.Integer(), nullable=False),
        sa.Column("characters", sa.Integer(), nullable=False),
        sa.Column("page_count", sa.Integer(), nullable=False),
        sa.Column("source_file", sa.String(), nullable=False),
        sa.Column("source_uri", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("parser", sa.String(), nullable=False),
        sa.Column("retrieved_at", sa.String(), nullable=False),
        sa.Column("blob", sa.String(length=64)),
        sa.Column("added_at", sa.String(), nullable=False),
        sa.Column("updated_at", sa.String(), nullable=False),
        sa.Column("sections", sa.JSON(), nullable=False),
        sa.Column("pages", sa.JSON(), nullable=False),
        sa.Column("codes", sa.JSON(), nullable=False),
        sa.Column("links", sa.JSON(), nullable=False),
        sa.Column("metadata", sa.JSON(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["blob"],
            ["blobs.sha256"],
        ),
        sa.PrimaryKeyConstraint("doc_id", "revision"),
    )
    op.create_index("ix_documents_blob", "documents", ["blob"])
    op.create_index("ix_documents_patient_id", "documents", ["patient_id"])
    op.create_index("ix_documents_source_file", "documents", ["source_file"])
    op.create_index(
        "one_ready_version",
        "documents",
        ["doc_id"],
        unique=True,
        sqlite_where=sa.text("status = 'ready'"),
        postgresql_where=sa.text("status = 'ready'"),
    )

    op.create_table(
        "tokens",
        sa.Column("token_id", Id, nullable=False),
        sa.Column("account_id", Id, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("patients", sa.JSON()),
        sa.Column("expires_at", sa.Float()),
        sa.Column("created_at", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.account_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("token_id"),
        sa.UniqueConstraint("digest"),
    )
    op.create_index("ix_tokens_account_id", "tokens", ["account_id"])

    op.create_table(
        "turns",
        sa.Column("turn_id", Id, nullable=False),
        sa.Column("conversation_id", Id, nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.String(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("answer", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.conversation_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("turn_id"),
        sa.UniqueConstraint("conversation_id", "ordinal"),
    )
    op.create_index("ix_turns_conversation_id", "turns", ["conversation_id"])

    op.create_table(
        "feedback",
        sa.Column("feedback_id", Id, nullable=False),
        sa.Column("turn_id", Id, nullable=False),
        sa.Column("account_id", Id, nullable=False),
        sa.Column("claim", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("given_at", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["turn_id"], ["turns.turn_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("feedback_id"),
        sa.UniqueConstraint("turn_id", "account_id", "claim"),
    )
    op.create_index("ix_feedback_turn_id", "feedback", ["turn_id"])

    op.create_table(
        "link_keys",
        sa.Column("doc_id", Id, nullable=False),
        sa.Column("revision", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["doc_id", "revision"], ["documents.doc_id", "documents.revision"], ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("doc_id", "revision", "key", "value"),
    )
    op.create_index("link_values", "link_keys", ["value", "key"])

    op.create_table(
        "renditions",
        sa.Column("doc_id", Id, nullable=False),
        sa.Column("revision", sa.String(), nullable=False),
        sa.Column("places", sa.LargeBinary(), nullable=False),
        sa.Column("media_type", sa.String()),
        sa.Column("data", sa.LargeBinary()),
        sa.ForeignKeyConstraint(
            ["doc_id", "revision"], ["documents.doc_id", "documents.revision"], ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("doc_id", "revision"),
    )
    op.create_table(
        "turn_sources",
        sa.Column("turn_id", Id, nullable=False),
        sa.Column("doc_id", Id, nullable=False),
        sa.Column("patient_id", Id),
        sa.ForeignKeyConstraint(["turn_id"], ["turns.turn_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("turn_id", "doc_id"),
    )
    op.create_index("ix_turn_sources_doc_id", "turn_sources", ["doc_id"])
    op.create_index("ix_turn_sources_patient_id", "turn_sources", ["patient_id"])
