"""Limits that the system puts on a worker process.

Linux keeps all of them. macOS does not enforce the limit of memory and Windows has none of these: there time
alone is limited, by the parent.
"""

from __future__ import annotations

import sys

_GRACE = 2
"""Processor seconds allowed for each second of the parent's limit, which is of wall-clock time without
progress.
"""


def limit_memory(megabytes: int) -> None:
    """Let this process take at most so much memory beyond what it has now, and leave no image of its memory
    when it dies.
    """
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # it would hold patient text
    if held := _address_space():
        limit = held + megabytes * 1_000_000
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def limit_processor(seconds: float) -> None:
    """Have the system end this process after so many further seconds of processor time: if the parent is
    gone, nobody else would.
    """
    if sys.platform == "win32":
        return
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime + _GRACE * seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def _address_space() -> int:
    """Return the bytes of address space that this process holds, 0 where the system does not tell."""
    if not sys.platform.startswith("linux"):
        return 0
    import resource

    with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 - pathlib is not needed for anything else here
        return int(file.read().split()[0]) * resource.getpagesize()
