"""The books of one file while it is read: what came of it so far, and what will be noted when it is
closed.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from rag.core.errors import ParseError
from rag.core.types import Document
from rag.ingest.ledger import Book
from rag.ingest.report import MOST_PROBLEMS, Counts, FileResult
from rag.ingest.sources.files import Opened
from rag.store.records import InputRecord


@dataclass(slots=True)
class Tally:
    """Counts, problems and warnings of one file."""

    file: str
    uri: str = ""
    digest: str = ""
    fingerprint: str = ""
    patient_id: str | None = None
    counts: Counts = field(default_factory=Counts)
    problems: list[ParseError] = field(default_factory=list)
    warnings: list[ParseError] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    book: Book = field(default_factory=Book)
    has_erased: bool = False

    def open(self, opened: Opened, fingerprint: str) -> None:
        """Note what the file is."""
        self.digest, self.fingerprint = opened.digest, fingerprint
        self.patient_id = next(
            (place.patient_id for place in (opened.sidecar, opened.folder) if place and place.patient_id),
            None,
        )

    def saw(self, document: Document) -> None:
        """Note a document that the file holds."""
        self.seen.add(document.doc_id)
        self.book.read += len(document.text)
        if len(self.seen) == 1:
            self.patient_id = document.patient_id
        elif self.patient_id != document.patient_id:
            self.patient_id = None

    def leave_out(self) -> None:
        """Note that the file holds a document that was erased for good. Nothing of the file is remembered
        then: it is looked at anew each time.
        """
        self.has_erased = True
        self.warn(ParseError("aside_erased", file=self.file, count=1, where="–"))

    def count(self, **what: int) -> None:
        """Add to the counts."""
        self.counts += Counts(**what)

    def fail(self, error: ParseError) -> None:
        """Note what could not be read."""
        self.count(failed=1)
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(error)

    def warn(self, error: ParseError) -> None:
        """Note what was left out of a document that could be read."""
        if not self.book.heard(error) and len(self.warnings) < MOST_PROBLEMS:
            self.warnings.append(error)

    @property
    def is_whole(self) -> bool:
        """Tell whether all of the file was read: only then is a document that it no longer holds gone."""
        return not self.counts.failed

    def record(self) -> InputRecord:
        """Return what is remembered of this reading."""
        problem = self.problems[0] if self.problems else None
        return InputRecord(
            uri=self.uri,
            digest=self.digest,
            fingerprint=self.fingerprint,
            status="failed" if problem else "done",
            documents=len(self.seen),
            patient_id=self.patient_id,
            problem=problem.key if problem else None,
            variables={name: str(value) for name, value in problem.variables.items()} if problem else {},
        )

    def result(self) -> FileResult:
        """Return what the report says of the file."""
        return FileResult(
            self.file, self.counts, tuple(self.problems), tuple(self.warnings), self.book.closed()
        )
