"""The order in which uploads are read: the accounts take turns, a file each, so that who sends much waits for
himself alone; and how much of one account may wait.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from dataclasses import dataclass

from rag.server.http.refusals import TooBusy
from rag.store.people.uploads import Upload

_AGAIN_S = 60


@dataclass(frozen=True, slots=True)
class NextFile:
    """One file whose turn it is: its upload, and its number there."""

    upload: Upload
    number: int


class FairQueue:
    """Files that wait to be read, of every account. ``most_files`` and ``most_bytes`` are for one account."""

    def __init__(self, most_files: int, most_bytes: float) -> None:
        self._most_files, self._most_bytes = most_files, most_bytes
        self._changed = threading.Condition()
        self._lines: OrderedDict[str, deque[NextFile]] = OrderedDict()
        self._held: dict[str, tuple[int, int]] = {}
        self._is_closed = False

    def reserve(self, account_id: str, files: int, size: int) -> None:
        """Take room for files that are about to be kept.

        Raises:
            TooBusy: too much of this account waits already.
        """
        with self._changed:
            held = self._held.get(account_id, (0, 0))
            if held[0] + files > self._most_files or (held[0] and held[1] + size > self._most_bytes):
                raise TooBusy("upload_quota", _AGAIN_S)
            self._held[account_id] = (held[0] + files, held[1] + size)

    def release(self, account_id: str, files: int, size: int) -> None:
        """Give room back: files were read, or are not kept after all."""
        with self._changed:
            held = self._held.get(account_id, (0, 0))
            left = (held[0] - files, held[1] - size)
            if left[0] > 0:
                self._held[account_id] = left
            else:
                self._held.pop(account_id, None)

    def put(self, upload: Upload, *, reserved: bool = True) -> None:
        """Let the files of an upload that are still to be read wait."""
        waiting = [n for n, file in enumerate(upload.files) if file.status in ("queued", "reading")]
        with self._changed:
            if not reserved:
                held = self._held.get(upload.account_id, (0, 0))
                size = sum(upload.files[number].size for number in waiting)
                self._held[upload.account_id] = (held[0] + len(waiting), held[1] + size)
            line = self._lines.setdefault(upload.account_id, deque())
            line.extend(NextFile(upload, number) for number in waiting)
            self._changed.notify()

    def take(self) -> NextFile | None:
        """Return the next file, once there is one; None when the queue is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_closed or any(self._lines.values()))
            if self._is_closed:
                return None
            account_id, line = next((name, line) for name, line in self._lines.items() if line)
            found = line.popleft()
            self._lines.move_to_end(account_id)
            if not line:
                del self._lines[account_id]
            return found

    def close(self) -> None:
        """Hand out nothing more."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
