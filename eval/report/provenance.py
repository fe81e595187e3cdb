"""Where a report comes from: program, commit, settings, machine. Enough to do it again, nothing that names a
person.
"""

from __future__ import annotations

import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eval.report.document import RunJson
    from rag.settings import Settings


def provenance(settings: Settings, runs: Sequence[RunJson]) -> dict[str, str]:
    """Return what produced the numbers of some runs, except for the data, which each run names. ``model`` is
    what they say they asked.
    """
    models = sorted({model for run in runs if (model := run.system.get("model"))} - {"none"})
    return {
        "version": version("traboule"),
        "commit": commit(),
        "settings_fingerprint": settings.fingerprint(),
        "model": ", ".join(models) or "none",
        "embedder": settings.embedder.name,
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "cores": str(os.cpu_count() or "?"),
        "memory": _memory(),
    }


def commit() -> str:
    """Return the commit the program runs from, with ``+changes`` where files differ from it; empty outside a
    repository.
    """
    folder = Path(__file__).resolve().parent
    head = _git(folder, "rev-parse", "--short=12", "HEAD")
    return head + (
        "+changes" if head and _git(folder, "status", "--porcelain", "--untracked-files=no") else ""
    )


def _git(folder: Path, *words: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603
            ["git", *words],  # noqa: S607
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")),
        platform.processor(),
    )


def _memory() -> str:
    try:
        return f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB"
    except (ValueError, OSError, AttributeError):
        return ""
