"""The tables of the server: who may sign in and read whom, what was asked, and who read what.

Passwords and tokens are here as digests alone. ``audit`` has ids and times, never a word of a document.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from rag.store.tables import Id, metadata

__all__ = ["metadata"]

accounts = Table(
    "accounts",
    metadata,
    Column("account_id", Id, primary_key=True),
    Column("name", Id, nullable=False, unique=True, doc="as it is typed to sign in, in lower case"),
    Column("display_name", String, nullable=False),
    Column("role", String, nullable=False),
    Column(
        "password",
        String,
        doc="digest with its own salt and parameters; null: this account signs in by token alone",
    ),
    Column(
        "must_change",
        Boolean,
        nullable=False,
        doc="the password was made for it and serves once, to choose another",
    ),
    Column("all_patients", Boolean, nullable=False),
    Column("groups", JSON, nullable=False),
    Column("disabled", Boolean, nullable=False),
    Column("failures", Integer, nullable=False, doc="wrong passwords since the last right one"),
    Column("locked_until", Float, nullable=False, doc="POSIX time"),
    Column("created_at", String, nullable=False),
)

care = Table(
    "care",
    metadata,
    Column("subject", Id, primary_key=True, doc="account:<id> or group:<name>"),
    Column("patient_id", Id, primary_key=True),
    Column("granted_at", String, nullable=False),
    Column("date_from", String, doc="ISO day from which it counts; null: since ever"),
    Column("date_until", String, doc="ISO day to which it counts; null: without end"),
)

tokens = Table(
    "tokens",
    metadata,
    Column("token_id", Id, primary_key=True),
    Column(
        "account_id", Id, ForeignKey("accounts.account_id", ondelete="CASCADE"), nullable=False, index=True
    ),
    Column("digest", String(64), nullable=False, unique=True),
    Column("label", String, nullable=False),
    Column("patients", JSON, doc="narrows the account's scope; null: does not"),
    Column("expires_at", Float, doc="POSIX time; null: never"),
    Column("created_at", String, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("account_id", Id, nullable=False, index=True),
    Column("identity", JSON, doc="who it is, where an identity provider says so; null: the local account"),
    Column("patients", JSON, doc="narrows the scope; null: does not"),
    Column("csrf", String, nullable=False),
    Column("used_at", Float, nullable=False),
    Column("expires_at", Float, nullable=False),
)

conversations = Table(
    "conversations",
    metadata,
    Column("conversation_id", Id, primary_key=True),
    Column("account_id", Id, nullable=False, index=True),
    Column("title", String, nullable=False),
    Column("patient_id", Id, index=True),
    Column("created_at", String, nullable=False),
    Column("updated_at", String, nullable=False),
)

turns = Table(
    "turns",
    metadata,
    Column("turn_id", Id, primary_key=True),
    Column(
        "conversation_id",
        Id,
        ForeignKey("conversations.conversation_id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    Column("ordinal", Integer, nullable=False),
    Column("asked_at", String, nullable=False),
    Column("question", Text, nullable=False),
    Column("answer", JSON, nullable=False),
    UniqueConstraint("conversation_id", "ordinal"),
)

turn_sources = Table(
    "turn_sources",
    metadata,
    Column("turn_id", Id, ForeignKey("turns.turn_id", ondelete="CASCADE"), primary_key=True),
    Column("doc_id", Id, primary_key=True, index=True, doc="empty: the patient that the question was about"),
    Column("patient_id", Id, index=True),
)

feedback = Table(
    "feedback",
    metadata,
    Column("feedback_id", Id, primary_key=True),
    Column("turn_id", Id, ForeignKey("turns.turn_id", ondelete="CASCADE"), nullable=False, index=True),
    Column("account_id", Id, nullable=False),
    Column("claim", Integer, nullable=False, doc="place among the claims; -1: the whole answer"),
    Column("verdict", String, nullable=False),
    Column("comment", Text, nullable=False),
    Column("given_at", String, nullable=False),
    UniqueConstraint("turn_id", "account_id", "claim"),
)

uploads = Table(
    "uploads",
    metadata,
    Column("upload_id", Id, primary_key=True),
    Column("account_id", Id, nullable=False, index=True),
    Column("caller", JSON, nullable=False, doc="what the uploader may add"),
    Column("patient_id", Id, index=True),
    Column("status", String, nullable=False),
    Column("created_at", String, nullable=False),
    Column("files", JSON, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("entry", Integer, primary_key=True, autoincrement=True),
    Column("at", String, nullable=False),
    Column("account_id", Id, nullable=False, index=True),
    Column("name", String, nullable=False),
    Column("via", String, nullable=False),
    Column("action", String, nullable=False),
    Column("outcome", String, nullable=False),
    Column("patient_id", Id, index=True),
    Column("doc_ids", JSON, nullable=False),
    Column("request_id", String, nullable=False),
    Column("address", String, nullable=False, server_default="", doc="of the client"),
    Column("detail", JSON, nullable=False, server_default="{}"),
    Column(
        "chain", String(64), nullable=False, server_default="", doc="digest over the entry and the one before"
    ),
)
