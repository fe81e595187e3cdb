"""The replies of a judge, kept as they come, so that an interrupted run goes on with the next request.

A reply is known by the model that wrote it and by all that it was asked with. Only replies are kept: what
timed out is asked again. The file holds text of the documents; it lies beside the answers, which do too.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from eval.judge.writer import Request
from rag.core.errors import StorageError


@dataclass(frozen=True, slots=True)
class _Reply:
    text: str
    seconds: float


class KeptReplies:
    """Replies on disk, a line each. ``models`` names what wrote them, temperature included.

    ``seconds`` is what the requests of this run took the model, those of the interrupted run included.
    """

    def __init__(self, path: Path, models: str, *, resume: bool) -> None:
        self._path, self._models = path, models
        self._known = _read(path) if resume else {}
        self.seconds = 0.0
        self._counted: set[str] = set()
        self._write("w", self._known.items())  # drops a last line that was cut short

    def writing(self, write: Callable[[Request], str]) -> Callable[[Request], str]:
        """Return ``write``, put to use only for requests without a kept reply."""

        def keep(request: Request) -> str:
            key = self._key(request)
            if (known := self._known.get(key)) is not None:
                self.seconds += 0.0 if key in self._counted else known.seconds
                self._counted.add(key)
                return known.text
            started, took = perf_counter(), 0.0
            try:
                text = write(request)
            finally:
                took = perf_counter() - started
                self.seconds += took
            self._known[key] = _Reply(text, round(took, 2))
            self._counted.add(key)
            self._write("a", [(key, self._known[key])])
            return text

        return keep

    def _key(self, request: Request) -> str:
        parts = (self._models, request.prompt, json.dumps(request.schema, sort_keys=True), str(request.seed))
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()

    def _write(self, mode: str, replies: Iterable[tuple[str, _Reply]]) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open(mode, encoding="utf-8") as stream:
                for key, reply in replies:
                    line = {"key": key, "reply": reply.text, "seconds": reply.seconds}
                    stream.write(json.dumps(line, ensure_ascii=False) + "\n")
        except OSError as error:
            raise StorageError(
                "eval_not_written", file=self._path, reason=error.strerror or type(error).__name__
            ) from None


def _read(path: Path) -> dict[str, _Reply]:
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").split(
            "\n"
        )  # replies hold other line separators
    except OSError:
        return {}
    found = {}
    for line in lines:
        try:
            entry = json.loads(line)
            found[str(entry["key"])] = _Reply(str(entry["reply"]), float(entry["seconds"]))
        except (ValueError, KeyError, TypeError):
            continue  # cut short by the interruption: asked again
    return found
