"""Homes that older versions wrote, kept as SQL in ``tests/data/homes``: laid where a test wants them."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg
from sqlalchemy import make_url

HOMES = Path(__file__).parents[1] / "data" / "homes"


def lay_sqlite(home: Path, name: str = "schema-1") -> Path:
    """Write the stored home as ``traboule.db``, as its version left it; return the home."""
    home.mkdir(mode=0o700)
    file = home / "traboule.db"
    os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript((HOMES / f"{name}.sqlite.sql").read_text(encoding="utf-8"))
        connection.execute("PRAGMA journal_mode=WAL")
    return home


def lay_postgres(url: str, name: str = "schema-1") -> None:
    """Write the stored home into the schema that the address names."""
    address = make_url(url)
    with psycopg.connect(
        address.set(drivername="postgresql").render_as_string(hide_password=False)
    ) as connection:
        connection.execute((HOMES / f"{name}.postgres.sql").read_bytes())
