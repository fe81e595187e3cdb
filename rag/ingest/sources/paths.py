"""From the paths that a user names to the files to read, in the same order every time, each once."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from rag.core.errors import ParseError
from rag.ingest.sources.placement import SIDECAR_SUFFIX

_PASSED_OVER = {
    "__pycache__",
    "node_modules",
    "thumbs.db",
    "desktop.ini",
    "$recycle.bin",
    "system volume information",
    "lost+found",
    "__macosx",
}


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file to read by its absolute path, or what keeps a path from being read."""

    path: Path
    problem: ParseError | None = None


def walk(paths: Iterable[Path]) -> Iterator[FoundFile]:
    """Yield the files under the paths.

    Hidden files, caches and the litter of systems are passed over, unless named outright. Links are followed;
    a folder or a file reached a second time, by a loop or otherwise, is passed over. A sidecar goes with its
    file; alone, it is a problem, for its file is missing.
    """
    seen: set[Path] = set()
    for path in paths:
        yield from _visit(Path(os.path.abspath(path)), seen)  # noqa: PTH100 - resolve() would lose the folder that names the patient


def _visit(path: Path, seen: set[Path]) -> Iterator[FoundFile]:
    if (shown := os.fsencode(path).decode("utf-8", "replace")) != str(path):
        yield FoundFile(Path(shown), ParseError("file_name_not_text", file=shown))
        return
    try:
        mode = path.stat().st_mode
        real = path.resolve(strict=True)
    except FileNotFoundError:
        yield FoundFile(path, ParseError("file_missing", file=path))
        return
    except (
        OSError,
        RuntimeError,
    ) as error:  # RuntimeError: how Python before 3.13 says that links run in a circle
        yield FoundFile(path, _unreadable("file_unreadable", path, error))
        return
    if real in seen:
        return
    seen.add(real)
    if stat.S_ISDIR(mode):
        yield from _enter(path, seen)
    elif not stat.S_ISREG(mode):
        yield FoundFile(path, ParseError("file_not_regular", file=path))
    elif path.name.endswith(SIDECAR_SUFFIX):
        if not path.with_name(path.name.removesuffix(SIDECAR_SUFFIX)).exists():
            yield FoundFile(path, ParseError("sidecar_alone", file=path))
    else:
        yield FoundFile(path)


def _enter(folder: Path, seen: set[Path]) -> Iterator[FoundFile]:
    try:
        with os.scandir(folder) as entries:
            names = sorted(entry.name for entry in entries)
    except OSError as error:
        yield FoundFile(folder, _unreadable("folder_unreadable", folder, error))
        return
    for name in names:
        if not is_litter(name):
            yield from _visit(folder / name, seen)


def is_litter(name: str) -> bool:
    """Tell whether a file or folder is hidden, a cache or a trace of a system, by its name."""
    return name.startswith((".", "~$")) or name.endswith("~") or name.lower() in _PASSED_OVER


def _unreadable(key: str, path: Path, error: Exception) -> ParseError:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
    return ParseError(key, file=path, reason=reason)
