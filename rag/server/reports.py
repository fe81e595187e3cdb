"""The evaluation reports of a home: plain folders ``reports/<name>/`` with ``report.json`` and
``report.html``."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rag.core.errors import NotFound
from rag.erasure.places import patients_of

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True, slots=True)
class StoredReport:
    """One report; ``suite`` and ``passed`` are None where it does not say. ``patients`` are those it quotes,
    None where it does not say whom: then only who may read everybody may read it.
    """

    name: str
    created_at: str
    has_html: bool
    suite: str | None
    passed: bool | None
    patients: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class ReportFolder:
    """The reports of one home. Every method is synchronous and runs on a thread."""

    folder: Path

    def all(self) -> list[StoredReport]:
        """Return the reports, the latest first."""
        if not self.folder.is_dir():
            return []
        found = [
            path
            for path in self.folder.iterdir()
            if _NAME.fullmatch(path.name) and (path / "report.json").is_file()
        ]
        return sorted(map(_stored, found), key=lambda report: report.created_at, reverse=True)

    def one(self, name: str) -> StoredReport:
        """Return a report. Raises as ``content`` does."""
        if not _NAME.fullmatch(name) or not (self.folder / name / "report.json").is_file():
            raise NotFound("report_not_found", name=name[:100])
        return _stored(self.folder / name)

    def content(self, name: str, file: str) -> bytes:
        """Return a file of a report. Raises ``NotFound``, also for what a link leads out of the folder."""
        folder = self.folder.resolve()
        path = folder / name / file
        if not _NAME.fullmatch(name) or not path.is_file() or not path.resolve().is_relative_to(folder):
            raise NotFound("report_not_found", name=name[:100])
        return path.read_bytes()


def _stored(folder: Path) -> StoredReport:
    file = folder / "report.json"
    created = datetime.fromtimestamp(file.stat().st_mtime, UTC).isoformat(timespec="seconds")
    try:
        told = json.loads(file.read_bytes())
    except ValueError:
        told = None
    suite, passed = (told.get("suite"), told.get("passed")) if isinstance(told, dict) else (None, None)
    return StoredReport(
        name=folder.name,
        created_at=created,
        has_html=(folder / "report.html").is_file(),
        suite=suite if isinstance(suite, str) else None,
        passed=passed if isinstance(passed, bool) else None,
        patients=patients_of(folder),
    )
