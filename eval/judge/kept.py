"""The replies of a judge, kept as they come, so that an interrupted run goes on with the next request.

A reply is known by the model that wrote it and by all that it was asked with. Only replies are kept: what timed out is asked again. The
file holds text of the documents; it lies beside the answers, which do too.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

from eval.judge.writer import Request
from rag.errors import StorageError


class KeptReplies:
    """Replies on disk, a line each. ``models`` names what wrote them, temperature included."""

    def __init__(self, path: Path, models: str, *, resume: bool) -> None:
        self._path, self._models = path, models
        self._known = _read(path) if resume else {}
        self._write("w", self._known)  # drops a last line that was cut short

    def __len__(self) -> int:
        return len(self._known)

    def writing(self, write: Callable[[Request], str]) -> Callable[[Request], str]:
        """Return ``write``, put to use only for requests without a kept reply."""

        def keep(request: Request) -> str:
            key = self._key(request)
            if key not in self._known:
                self._known[key] = write(request)
                self._write("a", {key: self._known[key]})
            return self._known[key]

        return keep

    def _key(self, request: Request) -> str:
        parts = (self._models, request.prompt, json.dumps(request.schema, sort_keys=True), str(request.seed))
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()

    def _write(self, mode: str, replies: dict[str, str]) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open(mode, encoding="utf-8") as stream:
                stream.writelines(json.dumps({"key": key, "reply": reply}, ensure_ascii=False) + "\n" for key, reply in replies.items())
        except OSError as error:
            raise StorageError("eval_not_written", file=self._path, reason=error.strerror or type(error).__name__) from None


def _read(path: Path) -> dict[str, str]:
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return {}
    found = {}
    for line in lines:
        try:
            entry = json.loads(line)
            found[str(entry["key"])] = str(entry["reply"])
        except (ValueError, KeyError, TypeError):
            continue  # cut short by the interruption: asked again
    return found
