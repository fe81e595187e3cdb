"""Does what ``traboule forget`` asks while the server has the home: commands write what is to be erased into
the database, and this thread of the server, which holds the index, erases it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from rag.core.errors import TrabouleError

_EVERY_S = 1.0
_log = logging.getLogger(__name__)


class ErasureWatch:
    """Looks every second whether something is to be erased: ``finish`` does it and counts, ``erased`` is
    called after.
    """

    def __init__(
        self, finish: Callable[[], int], erased: Callable[[], None], every_s: float = _EVERY_S
    ) -> None:
        self._finish, self._erased, self._every = finish, erased, every_s
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="erasures")
        self._thread.start()

    def close(self) -> None:
        """Stop after the erasure under way."""
        self._stopping.set()
        self._thread.join()

    def _work(self) -> None:
        while not self._stopping.wait(self._every):
            try:
                if self._finish():
                    self._erased()
            except TrabouleError as error:  # e.g. a file is being read: the next look finds it again
                _log.warning("an erasure is not done yet: %s", error.key)
            except Exception as error:
                _log.error("an erasure failed: %s", type(error).__name__, exc_info=error)
