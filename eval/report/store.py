"""Where reports are kept: ``<home>/reports/<name>/``, plain files, and ``<home>/reports/index.json`` that
lists them.

While a suite runs, each finished part is a file of its own, so that an interrupted suite goes on where it
stopped.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError

from eval.report.document import ReportJson, RunJson
from eval.suites.declaration import suite_label
from rag.core.errors import StorageError, UsageError

REPORT, STATE, INDEX = "report.json", "suite.json", "index.json"
_SLUG = re.compile(r"[^\w.-]+")


def reports_of(home: Path) -> Path:
    """Return the folder of the reports of a home."""
    return home.expanduser() / "reports"


@dataclass(frozen=True, slots=True)
class ReportFolder:
    """One report on disk, finished or not."""

    path: Path

    @property
    def name(self) -> str:
        """Return the name of the report."""
        return self.path.name

    def answers(self, run: str) -> Path:
        """Return the file that takes the answers of a run as they come."""
        return self.path / "answers" / f"{run}.jsonl"

    def keep(
        self, run: RunJson, result: Mapping[str, object], browsed: Iterable[Mapping[str, object]]
    ) -> None:
        """Write a finished run, its result document, and its items with their texts.

        Raises:
            StorageError: the folder cannot be written.
        """
        lines = "".join(json.dumps(item, ensure_ascii=False) + "\n" for item in browsed)
        write(self.path / "items" / f"{run.name}.jsonl", lines)
        write(
            self.path / "runs" / f"{run.name}.json",
            json.dumps({"run": run.model_dump(mode="json"), "result": result}),
        )

    def kept(self, run: str) -> tuple[RunJson, Mapping[str, object]] | None:
        """Return a run that was finished before, with its result document; None where there is none that can
        be read.
        """
        try:
            stored = json.loads((self.path / "runs" / f"{run}.json").read_text(encoding="utf-8"))
            return RunJson.model_validate(stored["run"]), stored["result"]
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def items(self, run: str) -> Iterator[dict[str, object]]:
        """Yield the items of a run with their texts; none where they were left out or lost."""
        try:
            lines = (
                (self.path / "items" / f"{run}.jsonl").read_text(encoding="utf-8").split("\n")
            )  # texts hold other line separators
        except OSError:
            return
        yield from (json.loads(line) for line in lines if line.strip())

    def load(self) -> ReportJson:
        """Return the report.

        Raises:
            UsageError: there is none, or it cannot be read.
        """
        return load_report(self.path)


def load_report(path: Path) -> ReportJson:
    """Read a report from its folder or its ``report.json``. Raises as ``ReportFolder.load`` does."""
    file = path.expanduser() / REPORT if path.expanduser().is_dir() else path.expanduser()
    try:
        return ReportJson.model_validate_json(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UsageError("report_not_there", path=path) from None
    except (OSError, UnicodeDecodeError, ValidationError) as error:
        raise UsageError("report_bad", path=file, reason=type(error).__name__) from None


def begin(home: Path, suite: str, identity: str, *, resume: bool) -> ReportFolder:
    """Return the folder of a new report; with ``resume``, that of the last unfinished one of the same
    identity.

    Raises:
        StorageError: the folder cannot be made.
    """
    root, slug = reports_of(home), _SLUG.sub("-", suite_label(suite))
    if resume:
        for folder in sorted(root.glob(f"{slug}-*"), reverse=True):
            if not (folder / REPORT).exists() and _identity(folder) == identity:
                return ReportFolder(folder)
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    path, number = root / f"{slug}-{stamp}", 1
    while path.exists():
        number += 1
        path = root / f"{slug}-{stamp}-{number}"
    write(path / STATE, json.dumps({"suite": suite_label(suite), "identity": identity}))
    return ReportFolder(path)


def listed(home: Path) -> list[dict[str, object]]:
    """Return what the index holds of each finished report, the latest first."""
    found = []
    for folder in reports_of(home).glob("*/"):
        try:
            found.append(json.loads((folder / "summary.json").read_text(encoding="utf-8")))
        except (OSError, ValueError):
            continue
    return sorted(found, key=lambda entry: (str(entry.get("created")), str(entry.get("name"))), reverse=True)


def finish(home: Path, folder: ReportFolder, report: ReportJson) -> None:
    """Write the report and list it in the index; the pages are made from it.

    Raises:
        StorageError: a file cannot be written.
    """
    summary = {
        "name": report.name,
        "created": report.created,
        "suite": report.suite,
        "about": report.about,
        "passed": report.passed,
        "headline": report.headline,
        "runs": [
            {"name": run.name, "measure": run.measure, "n": run.n, "error": run.error} for run in report.runs
        ],
        "files": {"html": "report.html", "markdown": "report.md", "json": REPORT},
    }
    write(folder.path / REPORT, report.model_dump_json(indent=1))
    write(folder.path / "summary.json", json.dumps(summary, ensure_ascii=False, indent=1))
    write(reports_of(home) / INDEX, json.dumps({"reports": listed(home)}, ensure_ascii=False, indent=1))


def write(path: Path, text: str) -> None:
    """Write a file that appears whole or not at all.

    Raises:
        StorageError: it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f"{path.name}.partial")
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        raise StorageError(
            "eval_not_written", file=path, reason=error.strerror or type(error).__name__
        ) from None


def _identity(folder: Path) -> str | None:
    try:
        return str(json.loads((folder / STATE).read_text(encoding="utf-8"))["identity"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
