"""The folder of an index on disk: who uses it, what it was built with, where the data lie, and how much room
is left.

Invariants: one process at a time holds the lock, which the system drops when that process dies;
``index.json`` is replaced as a whole and names the one shard that counts, so an interrupted creation or
rewriting leaves the former state and rubbish that the next opening removes.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from filelock import FileLock, Timeout
from pydantic import BaseModel, ConfigDict, ValidationError

from rag.core.errors import StorageError, Unavailable

_ABOUT = "index.json"
_LOCK = "index.lock"
_SHARD = "shard-"
_RESERVE_MB = 64
"""Room that is never used: the engine maps files that grow, and a write into a map on a full disk would kill
the process.
"""


class About(BaseModel):
    """What ``index.json`` says."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    built_as: str
    """Engine, layout and embedder."""
    dimensions: int
    shard: str
    """Name of the folder that holds the data."""
    closed_with: int | None = None
    """Number of passages when it was last closed; None while it is in use and after a crash."""
    erasure_due: bool = False
    """Whether passages were deleted since the data were last written afresh: their bytes are still in the
    files.
    """


class IndexFolder:
    """A folder held by this process until ``release``."""

    def __init__(self, path: Path) -> None:
        """Make the folder where it is missing, and take its lock.

        Raises:
            Unavailable: another process holds it.
            StorageError: it cannot be made or written.
        """
        self.path = path
        try:
            path.mkdir(parents=True, exist_ok=True, mode=0o700)
            # thread_local=False: a server may open the index in one thread and close it in another.
            self._lock = FileLock(path / _LOCK, timeout=0, thread_local=False)
            self._lock.acquire()
        except Timeout:
            raise Unavailable("home_locked", path=path) from None
        except OSError as error:
            raise StorageError("index_write_failed", path=path, reason=error.strerror) from None

    def release(self) -> None:
        """Let other processes in."""
        self._lock.release()

    def read_about(self) -> About | None:
        """Return what is known of the index; None for a folder without one.

        Raises:
            StorageError: ``index.json`` is damaged, or missing although there are data.
        """
        try:
            about = About.model_validate_json((self.path / _ABOUT).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (ValidationError, UnicodeDecodeError):
            raise self.damaged(f"{_ABOUT} is not what was written") from None
        except OSError as error:
            raise self.damaged(f"{_ABOUT}: {error.strerror}") from None
        if not (self.path / about.shard).is_dir():
            raise self.damaged(f"{about.shard} is missing")
        return about

    def write_about(self, about: About) -> None:
        """Replace ``index.json`` as a whole, on the disk when this returns."""
        partial = self.path / f"{_ABOUT}.partial"
        try:
            with partial.open("w", encoding="utf-8") as stream:
                stream.write(about.model_dump_json(indent=1))
                stream.flush()
                os.fsync(stream.fileno())
            partial.replace(self.path / _ABOUT)
        except OSError as error:
            raise StorageError("index_write_failed", path=self.path, reason=error.strerror) from None

    def shards(self) -> list[str]:
        """Return the names of the data folders present, finished or not."""
        return sorted(entry.name for entry in self.path.glob(f"{_SHARD}*"))

    def new_shard(self) -> str:
        """Make an empty data folder beside those present and return its name."""
        name = f"{_SHARD}{1 + max((int(shard.removeprefix(_SHARD)) for shard in self.shards()), default=0)}"
        (self.path / name).mkdir()
        return name

    def drop_shards_but(self, name: str) -> None:
        """Remove the data folders that do not count (any more)."""
        for shard in self.shards():
            if shard != name:
                shutil.rmtree(self.path / shard, ignore_errors=True)

    def require_room(self, more_bytes: int) -> None:
        """Raise ``StorageError`` unless the disk has room for so many bytes and the reserve."""
        need = _RESERVE_MB + more_bytes // 1_000_000
        free = shutil.disk_usage(self.path).free // 1_000_000
        if free < need:
            raise StorageError("index_disk_full", path=self.path, free=free, need=need)

    def used_bytes(self) -> int:
        """Return how much of the disk the data take (the engine's files have holes, so their length says
        nothing).
        """
        blocks = (getattr(path.stat(), "st_blocks", 0) for path in self.path.rglob("*") if path.is_file())
        return 512 * sum(blocks)

    def damaged(self, reason: str) -> StorageError:
        """Return the error for data that cannot be read."""
        return StorageError("index_damaged", path=self.path, reason=reason)


def built_as(path: Path) -> str | None:
    """Return the version that an index says it was built as, without opening it; None where that cannot be
    read.
    """
    try:
        return About.model_validate_json((path / _ABOUT).read_text(encoding="utf-8")).built_as
    except (OSError, ValueError):
        return None
