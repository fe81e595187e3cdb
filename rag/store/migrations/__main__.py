"""``python -m rag.store.migrations "what it does"``: write the next revision from what the tables have and
the revisions lack."""

from __future__ import annotations

import sys
from pathlib import Path

from sqlalchemy import create_engine

from rag.store.migrations.revisions import OURS, Revisions


def write_revision(message: str, revisions: Revisions = OURS) -> Path:
    """Write the revision for what has changed in the tables, and return its file. It is a draft: read it, and
    see the package's words."""
    from alembic import command

    number = f"{int(revisions.head) + 1:04}"
    # an empty database of its own, brought up by the revisions so far
    with create_engine("sqlite://").begin() as connection:
        config = revisions.config(connection)
        command.upgrade(config, "head")
        command.revision(config, message=message.rstrip("."), autogenerate=True, rev_id=number)
    [file] = (revisions.folder / "versions").glob(f"r{number}_*.py")
    return file


if __name__ == "__main__":
    sys.stdout.write(f"{write_revision(sys.argv[1])}\n")
