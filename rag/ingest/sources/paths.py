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
class Found:
    """A file to read by its absolute path, or what keeps a path from being read."""

    path: Path
    problem: ParseError | None = None


def walk(paths: Iterable[Path]) -> Iterator[Found]:
    """Yield the files under the paths.

    Hidden files, caches and the litter of systems are passed over, unless named outright. Links are followed; a folder or a file reached a
    second time, by a loop or otherwise, is passed over. A sidecar goes with its file; alone, it is a problem, for its file is missing.
    """
    seen: set[Path] = set()
    for path in paths:
        yield from _visit(Path(os.path.abspath(path)), seen)  # noqa: PTH100 - resolve() would lose the folder that names the patient


def _visit(path: Path, seen: set[Path]) -> Iterator[Found]:
    if (shown := os.fsencode(path).decode("utf-8", "replace")) != str(path):
        yield Found(Path(shown), ParseError("file_name_not_text", file=shown))
        return
    try:
        mode = path.stat().st_mode
        real = path.resolve(strict=True)
    except FileNotFoundError:
        yield Found(path, ParseError("file_missing", file=path))
        return
    except (OSError, RuntimeError) as error:  # RuntimeError: how Python before 3.13 says that links run in a circle
        yield Found(path, _unreadable("file_unreadable", path, error))
        return
    if real in seen:
        return
    seen.add(real)
    if stat.S_ISDIR(mode):
        yield from _enter(path, seen)
    elif not stat.S_ISREG(mode):
        yield Found(path, ParseError("file_not_regular", file=path))
    elif path.name.endswith(SIDECAR_SUFFIX):
        if not path.with_name(path.name.removesuffix(SIDECAR_SUFFIX)).exists():
            yield Found(path, ParseError("sidecar_alone", file=path))
    else:
        yield Found(path)


def _enter(folder: Path, seen: set[Path]) -> Iterator[Found]:
    try:
        with os.scandir(folder) as entries:
            names = sorted(entry.name for entry in entries)
    except OSError as error:
        yield Found(folder, _unreadable("folder_unreadable", folder, error))
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
