"""Whom the files of a home are for: the account that runs Traboule, nobody else. Where the system knows no
such rights, nothing is done.

Folders are made with 0700 and files with 0600; what an older version, a copy or a restored backup left open
is closed when the home is opened. The folder of the home itself, where somebody else made it, is left to
them, and ``traboule doctor`` says so.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

DATA = ("traboule.db*", "embeddings.db*", "writer.lock", "sources", "index", "uploads", "reports", "audit")
"""What holds words of documents. What lies in a closed folder needs no closing of its own. Models hold none,
and may be shared."""
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def make_private(home: Path) -> None:
    """Close the data of a home to others, as far as this account may."""
    for path in _open_data(home):
        try:
            path.chmod(stat.S_IMODE(path.stat().st_mode) & ~_OTHERS)
        except OSError:  # not ours, or gone by now: the check of ``doctor`` tells
            continue


def open_to_others(home: Path) -> list[Path]:
    """Return what others may open: the home itself first, then its data."""
    return [*([home] if _is_open(home) else []), *_open_data(home)]


def private_folder(path: Path) -> Path:
    """Make a folder, and those above it, where missing: the last one for this account alone."""
    path.mkdir(parents=True, exist_ok=True, mode=stat.S_IRWXU)
    return path


def _open_data(home: Path) -> Iterator[Path]:
    for pattern in DATA:
        yield from (path for path in sorted(home.glob(pattern)) if _is_open(path))


def _is_open(path: Path) -> bool:
    try:
        return os.name == "posix" and not path.is_symlink() and bool(path.stat().st_mode & _OTHERS)
    except OSError:
        return False
