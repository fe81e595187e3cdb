"""Credentials that were refused, for the audit: each address is written a few times a minute, beyond that
counted, so that a stranger with many wrong tokens fills no disk.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from rag.store.people.audit_entries import Accessor, AuditEntry

_WINDOW_S, _WRITTEN, _ADDRESSES = 60.0, 5, 4096


class RefusedCredentials:
    """What to write of refused credentials, by address."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._guard = clock, threading.Lock()
        self._seen: dict[str, tuple[float, int]] = {}

    def due(self, address: str, reason: str, request_id: str) -> list[AuditEntry]:
        """Return the entry to write now; none where this address was written often enough in this minute.
        What was only counted is told by the next entry of the address.
        """
        now = self._clock()
        with self._guard:
            if len(self._seen) >= _ADDRESSES and address not in self._seen:
                self._seen.clear()
            began, count = self._seen.get(address, (now, 0))
            passed_over = max(0, count - _WRITTEN)
            is_over = now - began >= _WINDOW_S
            self._seen[address] = (now, 1) if is_over else (began, count + 1)
            if count >= _WRITTEN and not is_over:
                return []
        detail: dict[str, str | int] = {"reason": reason}
        if is_over and passed_over:
            detail["not_written"] = passed_over
        accessor = Accessor("-", "-", "unknown", request_id, address)
        return accessor.entries("credentials", (), "denied", detail)
