"""The numbered revisions in a folder, and running them. Alembic is loaded only where there is something to
upgrade."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection

if TYPE_CHECKING:
    from alembic.config import Config

FIRST = "0001"
"""The tables of Traboule 0.1.0, which kept no revision."""


@dataclass(frozen=True)
class Revisions:
    """The revisions of a folder that holds ``env.py`` and ``versions/``."""

    folder: Path

    @cached_property
    def known(self) -> tuple[str, ...]:
        """The revisions in order."""
        return tuple(
            sorted(path.stem[1:5] for path in (self.folder / "versions").glob("r[0-9][0-9][0-9][0-9]_*.py"))
        )

    @property
    def head(self) -> str:
        """Return the last revision: what this version of Traboule reads and writes."""
        return self.known[-1]

    def upgrade(self, connection: Connection) -> None:
        """Bring the tables to the last revision, within the transaction of the connection."""
        from alembic import command

        command.upgrade(self.config(connection), "head")

    def config(self, connection: Connection) -> Config:
        """Return what Alembic's commands ask for."""
        from alembic.config import Config

        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(self.folder).replace("%", "%%"))
        config.set_main_option("file_template", "r%%(rev)s_%%(slug)s")
        config.set_main_option("path_separator", "os")
        return config


OURS = Revisions(Path(__file__).parent)
