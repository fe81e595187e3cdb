"""Databases to run the registry's suite on: SQLite in a folder, and PostgreSQL in a schema of its own,
dropped afterwards.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import OperationalError

from rag.store.database import Database

_LOCAL = "postgresql+psycopg://postgres@127.0.0.1:5432/postgres"


@pytest.fixture
def postgres_url() -> Iterator[str]:
    """Give the address of a new, empty schema."""
    address = make_url(os.environ.get("TRABOULE_TEST_POSTGRES", _LOCAL))
    schema = f"traboule_test_{os.getpid()}_{secrets.token_hex(4)}"
    engine = create_engine(address, connect_args={"connect_timeout": 3}, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.execute(text(f"create schema {schema}"))
    except OperationalError:
        if "TRABOULE_TEST_POSTGRES" in os.environ:
            raise
        pytest.skip(
            "no PostgreSQL answers at 127.0.0.1:5432; set TRABOULE_TEST_POSTGRES to the address of one"
        )
    yield address.update_query_dict({"options": f"-csearch_path={schema}"}).render_as_string(
        hide_password=False
    )
    with engine.connect() as connection:
        connection.execute(text(f"drop schema {schema} cascade"))
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgres"])
def store_url(request: pytest.FixtureRequest) -> str | None:
    """Give each kind of database in turn, as the setting ``store.url`` names it."""
    url: str | None = request.getfixturevalue("postgres_url") if request.param == "postgres" else None
    return url


@pytest.fixture
def database(store_url: str | None, tmp_path: Path) -> Iterator[Database]:
    opened = Database.open(tmp_path / "home", store_url)
    yield opened
    opened.close()
