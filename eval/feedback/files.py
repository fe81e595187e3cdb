"""The file of candidates between the store and the questions: exported, decided on by a person, exported
again, confirmed.

What a person wrote is never overwritten. The file may hold patient data: it is its owner's to read, and it is
there whole or not at all.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from eval.datasets.questions import question_of
from eval.datasets.records import Record, read_records
from eval.feedback.candidates import Candidate, mark_of
from rag.core.errors import StorageError, UsageError

CANDIDATE, CONFIRMED, REJECTED = "candidate", "confirmed", "rejected"
_FIELDS = (
    "question",
    "language",
    "answerable",
    "patient_id",
    "gold_docs",
    "gold_quotes",
    "must_have",
    "must_not",
    "nice_to_have",
    "facts",
)
_Line = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export did to the file.

    ``kept`` lines stay as a person left them; of these ``said_again`` have other feedback by now. ``gone``
    are no longer in the store.
    """

    file: Path
    statuses: Mapping[str, int]
    new: int
    refreshed: int
    kept: int
    said_again: tuple[str, ...]
    gone: tuple[str, ...]

    @property
    def items(self) -> int:
        """How many items the file holds."""
        return sum(self.statuses.values())

    def to_json(self) -> dict[str, object]:
        """Return the document of ``eval feedback export --json``."""
        counts = {"new": self.new, "refreshed": self.refreshed, "kept": self.kept}
        return {
            "file": str(self.file),
            "items": self.items,
            **{status: self.statuses.get(status, 0) for status in (CANDIDATE, CONFIRMED, REJECTED)},
            **counts,
            "said_again": list(self.said_again),
            "gone": list(self.gone),
        }


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The questions made of a file: how many lines were confirmed, rejected, and are undecided still."""

    file: Path
    confirmed: int
    rejected: int
    candidates: int

    def to_json(self) -> dict[str, object]:
        """Return the document of ``eval feedback confirm --json``."""
        return {
            "file": str(self.file),
            "confirmed": self.confirmed,
            "rejected": self.rejected,
            "candidates": self.candidates,
        }


def export(fresh: Sequence[Candidate], file: Path) -> Exported:
    """Write candidates to a file, new or exported to before.

    Raises:
        UsageError: a line of the file is malformed; nothing is written then.
        StorageError: the file cannot be written.
    """
    known = {found.identifier(): found for found in _records(file)} if file.exists() else {}
    made = {found.id: found.to_json() for found in fresh}
    untouched = {
        name for name, record in known.items() if record.values.get("untouched") == mark_of(record.values)
    }
    kept = known.keys() - untouched
    lines = {
        name: made.get(name, record.values) if name in untouched else record.values
        for name, record in known.items()
    } | {name: line for name, line in made.items() if name not in known}
    write_private(file, lines.values())
    return Exported(
        file=file,
        statuses=Counter(str(line["status"]) for line in lines.values()),
        new=len(made.keys() - known.keys()),
        refreshed=sum(lines[name] != known[name].values for name in untouched),
        kept=len(kept),
        said_again=tuple(
            name
            for name in known
            if name in kept & made.keys() and known[name].values.get("remarks") != made[name]["remarks"]
        ),
        gone=tuple(name for name in known if name not in made),
    )


def confirm(file: Path, output: Path) -> Confirmed:
    """Write the confirmed lines of a file of candidates as questions of ``eval answers``.

    Raises:
        UsageError: a line is malformed, none is confirmed, or the output is the file itself; nothing is
        written then. StorageError: the questions cannot be written.
    """
    if output.resolve() == file.resolve():
        raise UsageError("eval_feedback_same_file", file=file)
    records = list(_records(file))
    statuses = Counter(str(record.values["status"]) for record in records)
    questions = [_question(record) for record in records if record.values["status"] == CONFIRMED]
    if not questions:
        raise UsageError(
            "eval_feedback_none_confirmed",
            file=file,
            candidates=statuses[CANDIDATE],
            rejected=statuses[REJECTED],
        )
    write_private(output, questions)
    return Confirmed(output, len(questions), statuses[REJECTED], statuses[CANDIDATE])


def write_private(file: Path, lines: Iterable[_Line]) -> None:
    """Write JSON Lines to a file that its owner alone can read, whole or not at all.

    Raises:
        StorageError: it cannot be written.
    """
    partial = file.with_name(f"{file.name}.{os.getpid()}.partial")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        partial.unlink(missing_ok=True)
        with os.fdopen(
            os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8"
        ) as stream:
            stream.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        partial.replace(file)
    except OSError as error:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        raise StorageError(
            "eval_not_written", file=file, reason=error.strerror or type(error).__name__
        ) from None


def _records(file: Path) -> Iterable[Record]:
    """Yield the lines of a file of candidates; each has an id of its own, a question and a status that there
    is.
    """
    seen: set[str] = set()
    for record in read_records(file):
        name = record.identifier()
        if name in seen:
            raise UsageError("eval_duplicate", file=file, line=record.line, id=name)
        if record.values.get("status") not in (CANDIDATE, CONFIRMED, REJECTED):
            raise UsageError("eval_feedback_status", file=file, line=record.line)
        record.text("question")
        seen.add(name)
        yield record


def _question(record: Record) -> dict[str, object]:
    """Return a confirmed line as a question; the verdict becomes a slice, so that results are broken down by
    it.
    """
    question = question_of(record)
    rating = record.optional_text("rating")
    slices = {**({"rating": rating} if rating else {}), **dict(question.slices)}
    given = {name: record.values[name] for name in _FIELDS if record.values.get(name) is not None}
    return {"_id": question.id, **given, **({"slices": slices} if slices else {})}
