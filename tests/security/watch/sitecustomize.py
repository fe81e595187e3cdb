"""Loaded by every Python process of a watched command: notes each look-up of a name and each connection that
leaves this machine.
"""

import os
import sys

_LOG = os.environ.get("WATCHED_CALLS")
_HERE = ("127.", "localhost", "::1", "0.0.0.0", "::", "")


def _note(event: str, args: tuple) -> None:
    if event in ("socket.getaddrinfo", "socket.gethostbyname"):
        place = args[0]
    elif event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        place = args[1]
        place = place[0] if isinstance(place, tuple) else ""  # a path: a socket of this machine
    else:
        return
    place = place.decode() if isinstance(place, bytes) else str(place or "")
    if not place.startswith(tuple(start for start in _HERE if start)) and place not in _HERE:
        with open(_LOG, "a", encoding="utf-8") as log:  # noqa: PTH123 - nothing is imported that is not there yet
            log.write(f"{event} {place}\n")


if _LOG:
    sys.addaudithook(_note)
