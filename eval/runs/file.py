"""The file of one run: a JSON line for each question, written as it is done, that an interrupted run goes on
with.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from eval.datasets.records import Record, read_records
from rag.core.errors import StorageError, UsageError


class RunFile:
    """Lines with ``_id`` and ``run``. ``run`` names what they came from; lines of another run are refused."""

    def __init__(self, path: Path, run: str) -> None:
        self.path, self._run = path, run

    def begin(self) -> None:
        """Make the file anew.

        Raises:
            StorageError: it cannot be written.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.write_text("", encoding="utf-8")
        except OSError as error:
            raise self._not_written(error) from None

    def append(self, identifier: str, values: Mapping[str, object]) -> None:
        """Append a line; it is in the file when this returns. Raises as ``begin`` does."""
        line = json.dumps({"_id": identifier, "run": self._run, **values}, ensure_ascii=False)
        try:
            with self.path.open("a", encoding="utf-8") as stream:
                stream.write(line + "\n")
        except OSError as error:
            raise self._not_written(error) from None

    def records(self, ids: Collection[str]) -> Iterator[Record]:
        """Yield the lines that the file holds already; a last line that was cut short is dropped from the
        file.

        Raises:
            UsageError: the file holds lines of another run, or of questions that are not in ``ids``.
        """
        if not self.path.is_file():
            self.begin()
            return
        self._drop_cut_line()
        for record in read_records(self.path):
            if record.values.get("run") != self._run or record.identifier() not in ids:
                raise UsageError("eval_answers_differ", file=self.path)
            yield record

    def _drop_cut_line(self) -> None:
        whole = self.path.read_bytes()
        if whole and not whole.endswith(b"\n"):
            self.path.write_bytes(whole[: whole.rfind(b"\n") + 1])

    def _not_written(self, error: OSError) -> StorageError:
        return StorageError(
            "eval_answers_not_written", file=self.path, reason=error.strerror or type(error).__name__
        )
