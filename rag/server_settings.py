"""Settings of the server and of the audit: who may connect and how much is taken on, and what is kept of
who read what. Data only, as ``rag/settings.py`` says.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class SettingsTable(BaseModel):
    """A table of settings. An unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class OidcSettings(SettingsTable):
    """An identity provider (OpenID Connect), and which of its claims say who may do what."""

    issuer: str
    audience: str
    """What ``aud`` of bearer tokens must be."""
    jwks_url: str | None = None
    """Where its keys are; found through the issuer when unset."""
    algorithms: tuple[Literal["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"], ...] = (
        "RS256",
    )
    client_id: str | None = None
    """Set it to let people sign in on the page through the provider; the address to register there is
    ``<public_url>/v1/session/oidc/callback``."""
    client_secret: SecretStr | None = None
    scopes: str = "openid profile"
    name_claim: str = "preferred_username"
    role_claim: str = "roles"
    """Dots lead into nested claims, as in ``realm_access.roles``."""
    roles: dict[str, Literal["clinician", "researcher", "service", "admin"]] = Field(default_factory=dict)
    """Value of the role claim → role here; the first that fits counts. Who has none is refused."""
    groups_claim: str = "groups"
    """Groups of patients: ``traboule users allow --group NAME --patient ID`` says who is in them."""
    patients_claim: str = "patients"
    """Patients named outright."""
    all_patients_group: str | None = None


class ServerSettings(SettingsTable):
    """The HTTP server: where it listens, how much it takes on at once, and for how long people stay signed
    in.
    """

    host: str = "127.0.0.1"
    port: int = Field(8765, ge=0, le=65535)
    """0 takes any free port."""
    public_url: str | None = None
    """The address that browsers use, e.g. ``https://search.hospital.example``: its host is accepted, and
    cookies are for HTTPS only.
    """
    trusted_proxies: str | None = None
    """Addresses of proxies whose ``X-Forwarded-*`` headers are believed, separated by commas."""
    questions_at_once: int | None = Field(None, ge=1, le=256)
    """Questions that the language model works on at the same time; unset: 1 for a model in this process, 8
    for a server of models.
    """
    waiting_questions: int = Field(32, ge=0, le=10_000)
    """Questions that may wait for the language model, of all callers; more are refused with 429."""
    waiting_per_caller: int = Field(8, ge=1, le=10_000)
    searches_at_once: int = Field(8, ge=1, le=256)
    waiting_searches: int = Field(400, ge=0, le=100_000)
    question_timeout_s: float = Field(600.0, gt=0)
    """Longest time that a question may wait and be worked on."""
    max_request_kb: int = Field(256, ge=16)
    """Largest body of a request, except for uploads."""
    body_timeout_s: float = Field(30.0, gt=0)
    """Longest silence while a body is sent."""
    max_upload_mb: float = Field(500.0, gt=0)
    """Largest body of an upload, all files together; a single file is limited by ``ingest.max_file_mb``."""
    max_upload_files: int = Field(50, ge=1, le=10_000)
    oidc: OidcSettings | None = None
    session_hours: float = Field(12.0, gt=0)
    idle_minutes: float = Field(60.0, gt=0)
    """A session that is not used for so long ends."""
    sign_ins_at_once: int = Field(10, ge=1)
    sign_ins_per_minute: float = Field(30.0, gt=0)
    """Failed sign-ins that an address has at once, and that it gets again each minute; more are refused with
    429 unchecked. Behind a proxy, set ``trusted_proxies``, else all callers are one address.
    """
    emergency_hours: float = Field(8.0, gt=0, le=72)
    """How long an emergency access lasts."""
    least_count: int = Field(5, ge=2)
    """Smallest count of patients that a cohort tells; smaller ones are withheld."""
    upload_waiting_mb: float = Field(2000.0, gt=0)
    upload_waiting_files: int = Field(500, ge=1)
    """What of one account may wait to be read, in all its uploads together."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    traces_url: str | None = None
    """Where OpenTelemetry traces go (OTLP over HTTP), e.g. ``http://127.0.0.1:4318/v1/traces``; nowhere when
    unset.
    """
    shutdown_s: float = Field(20.0, ge=0)
    """How long running requests may go on when the server is stopped."""


class AuditSettings(SettingsTable):
    """Who read what: where the audit is anchored outside the database, how long it is kept, and what is told
    as unusual.
    """

    anchor_dir: Path | None = None
    """Folder of the anchors; ``audit`` in the home when unset. Best on another disk, or another machine's,
    that this account may add to and not change."""
    key_file: Path | None = None
    """The key that anchors are signed with; ``key`` beside them when unset, made at first use."""
    syslog: str | None = None
    """Where checkpoints go too: ``/dev/log``, or ``host:port`` (UDP)."""
    checkpoint_entries: int = Field(100, ge=1)
    """A checkpoint after at most so many entries."""
    keep_days: int | None = Field(None, ge=30)
    """How long entries are kept; unset: for ever. Older ones are removed when the server starts, or by
    ``traboule audit prune``."""
    alert_patients_per_hour: int = Field(40, ge=1)
    """An account that opens more records of different patients within an hour is told as unusual."""
    alert_refusals_per_hour: int = Field(20, ge=1)
    """An account, or an address, that is refused more often within an hour is told as unusual."""
    night_hours: tuple[int, int] | None = None
    """Hours (UTC, first and last) in which reading is told as unusual, e.g. ``[22, 5]``; unset: none."""
