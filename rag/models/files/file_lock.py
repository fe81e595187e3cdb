"""One process at a time writes a file of the models folder; the system drops the lock when its holder
dies.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Hold the lock file at ``path``; wait as long as another process, or another thread, holds it."""
    with FileLock(path):
        yield
