"""``python -m rag.store.migrations "what it does"``: write the next revision from what the tables have and the revisions lack."""

from __future__ import annotations

import sys

from sqlalchemy import create_engine

from rag.store.migrations.revisions import OURS


def main() -> None:
    """Write the revision for the change of tables that the first argument describes."""
    from alembic import command

    number = f"{int(OURS.known[-1]) + 1 if OURS.known else 1:04}"
    # an empty database of its own, brought up by the revisions so far
    with create_engine("sqlite://").begin() as connection:
        config = OURS.config(connection)
        command.upgrade(config, "head")
        command.revision(config, message=sys.argv[1].rstrip("."), autogenerate=True, rev_id=number)


if __name__ == "__main__":
    main()
