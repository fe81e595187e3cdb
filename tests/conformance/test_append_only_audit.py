"""On PostgreSQL, the role of the application adds to the audit and cannot change it."""

from __future__ import annotations

import secrets
import shutil
import subprocess
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from rag.core.errors import TrabouleError
from rag.store.database import Database
from rag.store.people.anchors import ChainAnchors
from rag.store.people.audit import AuditLog
from rag.store.people.audit_entries import AuditEntry

SCRIPT = Path(__file__).parents[2] / "deploy" / "postgres" / "append-only-audit.sql"


def test_the_role_of_the_application_only_adds_to_the_audit(postgres_url: str, tmp_path: Path) -> None:
    if shutil.which("psql") is None:
        pytest.skip("psql is not installed (Debian: postgresql-client)")
    Database.open(tmp_path, postgres_url).close()
    owner, role = make_url(postgres_url), f"traboule_app_{secrets.token_hex(4)}"
    engine = create_engine(owner, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"create role {role} login"))
    try:
        address = owner.set(drivername="postgresql").render_as_string(hide_password=False)
        subprocess.run(
            ["psql", address, "-v", "ON_ERROR_STOP=1", "-v", f"app={role}", "-f", str(SCRIPT)],
            check=True,
            capture_output=True,
        )
        database = Database.open(tmp_path, owner.set(username=role).render_as_string(hide_password=False))
        log = AuditLog(database, ChainAnchors(tmp_path / "audit"))
        log.write([AuditEntry("1", "one", "token", "read", f"r{number}") for number in range(3)])
        assert log.verify().holds
        for attempt in ("delete from audit", "update audit set name = 'x'", "truncate audit"):
            with pytest.raises(TrabouleError), database.write() as connection:
                connection.execute(text(attempt))
        assert len(log.entries()) == 3
        database.close()
    finally:
        with engine.connect() as connection:
            connection.execute(text(f"drop owned by {role}"))
            connection.execute(text(f"drop role {role}"))
        engine.dispose()
