"""How many processor cores this process may really use.

Threads beyond the physical cores, or beyond a container's quota, make matrix products slower: they wait for
each other at every layer.
"""

from __future__ import annotations

import os
import platform
from pathlib import Path

_TOPOLOGY = Path("/sys/devices/system/cpu")
_QUOTA = Path("/sys/fs/cgroup/cpu.max")


def usable_cores() -> int:
    """Return the physical cores that the affinity mask and the container's quota leave, at least 1."""
    return max(1, min(_physical_cores(), _quota_cores()))


def _physical_cores() -> int:
    logical = os.cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):
        allowed = os.sched_getaffinity(0)
        siblings = {
            _read(_TOPOLOGY / f"cpu{number}/topology/thread_siblings_list") or str(number)
            for number in allowed
        }
        return len(siblings)
    if platform.machine().lower() in {"arm64", "aarch64"}:  # one thread a core
        return logical
    return logical // 2


def _quota_cores() -> int:
    quota, _, period = (_read(_QUOTA) or "max 100000").partition(" ")
    return (os.cpu_count() or 1) if quota == "max" else int(quota) // int(period)


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="ascii").strip()
    except OSError:
        return None
