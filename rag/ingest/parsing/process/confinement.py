"""What a worker process may not do, once it has begun: reach a network, change a file outside the folder for
temporary files, or signal other processes.

A file that takes over a parser gets a process that can read what the account reads, and has nowhere to bring
it. Linux alone: a network of its own (user namespaces) and Landlock, from 5.13 on for files, 6.7 for TCP.
Where either is not there, nothing fails; ``traboule doctor --security`` says so. Reading is not limited to
the one file: a worker reads many, and its libraries load their own parts later.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys
import tempfile
from contextlib import suppress
from typing import Literal

Confined = Literal["network", "files"]
_CREATE, _ADD, _RESTRICT, _BENEATH = 444, 445, 446, 1
"""Numbers of Landlock's system calls, the same on every architecture, and of its rule for paths."""
_NO_NEW_PRIVILEGES = 38
_NEW_USER, _NEW_NETWORK = 0x10000000, 0x40000000
_WRITING = sum(1 << bit for bit in (1, 4, 5, 6, 7, 8, 9, 10, 11, 12))
"""Write to, remove and make files, folders, sockets, devices and links."""
_REFER, _TRUNCATE = 1 << 13, 1 << 14
_TCP = 0b11
_SCOPES = 0b11
"""Abstract sockets and signals stay among the confined."""
_TO_ONE_FILE = (1 << 1) | _TRUNCATE


def confine() -> frozenset[Confined]:
    """Confine this process and its children, before it has threads; return what holds."""
    if not sys.platform.startswith("linux"):
        return frozenset()
    found: set[Confined] = set()
    with suppress(OSError, AttributeError):
        library = ctypes.CDLL(None, use_errno=True)
        if _leave_network(library):
            found.add("network")
        if (version := library.syscall(_CREATE, None, 0, 1)) >= 1 and _restrict(library, version):
            found.add("files")
            if version >= 4:
                found.add("network")
    return frozenset(found)


def _leave_network(library: ctypes.CDLL) -> bool:
    user, group = os.geteuid(), os.getegid()
    if library.unshare(_NEW_USER | _NEW_NETWORK) != 0:
        return False
    for name, value in (
        ("setgroups", "deny"),
        ("uid_map", f"{user} {user} 1"),
        ("gid_map", f"{group} {group} 1"),
    ):
        with suppress(OSError):
            file = os.open(f"/proc/self/{name}", os.O_WRONLY)
            try:
                os.write(file, value.encode())
            finally:
                os.close(file)
    return True


def _restrict(library: ctypes.CDLL, version: int) -> bool:
    handled = _WRITING | (_REFER if version >= 2 else 0) | (_TRUNCATE if version >= 3 else 0)
    parts = [handled, *([_TCP] if version >= 4 else []), *([_SCOPES] if version >= 6 else [])]
    told = struct.pack(f"={len(parts)}Q", *parts)
    rules = library.syscall(_CREATE, told, len(told), 0)
    if rules < 0:
        return False
    try:
        for path, allowed in ((tempfile.gettempdir(), handled), ("/dev/null", handled & _TO_ONE_FILE)):
            with suppress(OSError):
                place = os.open(path, os.O_PATH | os.O_CLOEXEC)
                try:
                    library.syscall(_ADD, rules, _BENEATH, struct.pack("=Qi", allowed, place), 0)
                finally:
                    os.close(place)
        if library.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0:
            return False
        return int(library.syscall(_RESTRICT, rules, 0)) == 0
    finally:
        os.close(rules)
