"""Runs a command with its network watched, in two layers, and tells what tried to leave this machine.

In every Python process an audit hook sees look-ups and connections (``watch/sitecustomize.py``). Where
``strace`` is here and may trace, the system's calls are seen too: those of libraries that are not Python,
such as the one that posts a vendor's events.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_WATCH = Path(__file__).parent / "watch"
_ROOT = Path(__file__).resolve().parents[2]
_ADDRESS = re.compile(
    r'sa_family=AF_INET6?, sin6?_port=htons\((\d+)\).*?(?:inet_addr\("|inet_pton\(AF_INET6,'
    r' "|sin6_addr=")([^"]+)"'
)
_DNS = "53"
_TRACE = (
    "strace",
    "-f",
    "-qq",
    "--seccomp-bpf",
    "-e",
    "trace=connect,sendto,sendmsg,sendmmsg",
    "-e",
    "signal=none",
)


@dataclass(frozen=True, slots=True)
class Watched:
    """A command that has ended: its code, what it printed, and each call that went out."""

    code: int
    out: str
    err: str
    went_out: tuple[str, ...]


@cache
def can_trace() -> bool:
    """Tell whether the system's calls can be watched here."""
    if shutil.which("strace") is None:
        return False
    return (
        subprocess.run([*_TRACE, "-o", os.devnull, "true"], capture_output=True, check=False).returncode == 0
    )


def traced(command: Sequence[str], folder: Path) -> list[str]:
    """Return a command under the tracer, itself where nothing can be traced."""
    return [*_TRACE, "-o", str(folder / "calls.strace"), *command] if can_trace() else list(command)


def environment(folder: Path, settings: Mapping[str, str]) -> dict[str, str]:
    """Return an environment without the caller's settings and switches, with a home of its own, in which
    Python is watched.
    """
    ours = ("TRABOULE_", "ORT_", "HF_", "DO_NOT", "RAGAS_", "LANG", "XDG_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    path = os.pathsep.join([str(_WATCH), str(_ROOT)])
    watched = {
        "PYTHONPATH": path,
        "WATCHED_CALLS": str(folder / "calls.python"),
        "HOME": str(folder),
        "LANG": "en_GB.UTF-8",
    }
    return {**kept, **watched, **settings}


def went_out(folder: Path) -> tuple[str, ...]:
    """Return what both layers saw leave."""
    python, system = folder / "calls.python", folder / "calls.strace"
    seen = python.read_text(encoding="utf-8").splitlines() if python.exists() else []
    for line in system.read_text(encoding="utf-8", errors="replace").splitlines() if system.exists() else []:
        for port, address in _ADDRESS.findall(line):
            if port == _DNS or not (address.startswith("127.") or address in ("::1", "::ffff:127.0.0.1")):
                seen.append(f"{line.split('(')[0].split()[-1]} {address}:{port}")
    return tuple(dict.fromkeys(seen))


def watched(command: Sequence[str], folder: Path, **settings: str) -> Watched:
    """Run a command to its end and watch it."""
    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        traced(command, folder),
        env=environment(folder, settings),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        cwd=folder,
    )
    return Watched(done.returncode, done.stdout, done.stderr, went_out(folder))


def python(*words: str) -> list[str]:
    """Return a command of this interpreter."""
    return [sys.executable, *words]
