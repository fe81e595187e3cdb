"""A measurement as it is followed on a terminal: bars and warnings, on standard error so that results stay
clean.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eval.runs.setup import Setup
from rag.cli.progress import counting, reading
from rag.cli.session import Session, console

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from eval.runs.progress import Advance
    from rag.ingest.report import Progress as IngestProgress


@dataclass(frozen=True, slots=True)
class Bars:
    """A ``Progress`` for people."""

    session: Session

    @contextmanager
    def counting(self, key: str, total: int) -> Iterator[Advance]:
        """Show a bar that counts, with rate and time left."""
        with counting(self.session, key) as bars:
            task = bars.add_task("", total=total)
            yield lambda count=1: bars.advance(task, count)

    def reading(self) -> AbstractContextManager[Callable[[IngestProgress], None]]:
        """Show the bar of ``traboule ingest``."""
        return reading(self.session)

    def warn(self, key: str, /, **facts: object) -> None:
        """Say it in the user's language."""
        console(errors=True).print(
            self.session.say(key, **facts), style="yellow", markup=False, soft_wrap=True
        )


def setup_of(session: Session) -> Setup:
    """Return what a command measures with."""
    return Setup(session.settings, session.home, session.language, Bars(session))
