"""What a measurement was made on, and how much memory a process takes: no host name, no user, no path."""

from __future__ import annotations

import platform
import resource
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_PACKAGES = ("onnxruntime", "qdrant-edge-py", "numpy")
_STATUS = Path("/proc/self/status")
_CPU = Path("/proc/cpuinfo")
_TELLING_FLAGS = ("avx2", "avx512f", "avx512_vnni", "avx_vnni", "amx_int8", "asimddp")


def describe_machine() -> dict[str, object]:
    """Return processor, cores, instruction sets that matter, system and versions."""
    from rag.models.cores import usable_cores

    return {
        "processor": _of_processor("model name") or platform.machine(),
        "cores": usable_cores(),
        "instructions": [flag for flag in _TELLING_FLAGS if flag in _of_processor("flags").split()],
        "system": platform.system(),
        "python": platform.python_version(),
        "versions": {name: _version(name) for name in _PACKAGES},
    }


def memory_mb() -> dict[str, int]:
    """Return this process's memory in MB: ``peak``; and where the system tells them apart, ``own`` and
    ``files``.

    ``files`` are pages of mapped files, which the system takes back when others need the room.
    """
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = {"peak": round(peak / (1_000_000 if sys.platform == "darwin" else 1000))}
    if _STATUS.exists():
        lines = dict(line.split(":", 1) for line in _STATUS.read_text().splitlines() if ":" in line)
        found |= {
            name: int(lines[key].split()[0]) // 1000
            for name, key in (("own", "RssAnon"), ("files", "RssFile"))
            if key in lines
        }
    return found


def _of_processor(field: str) -> str:
    if not _CPU.exists():
        return ""
    lines = (line.partition(":") for line in _CPU.read_text().splitlines())
    return next((value.strip() for name, _, value in lines if name.strip() == field), "")


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "–"
