"""Suites: what is measured and what it must reach, declared in ``suites/*.toml`` or in a file of the user's own.

A threshold that is missed, or a metric that could not be measured at all, fails the suite.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rag.errors import UsageError


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Threshold(_Table):
    """What a metric must reach. ``llm_only``: not asked of a run that quotes only."""

    min: float | None = None
    max: float | None = None
    llm_only: bool = False


class AnswersRun(_Table):
    """Questions to ask of a corpus.

    Paths are relative to the file of the suite; ``demo:corpus`` and ``demo:questions`` are the bundled ones.
    """

    measure: Literal["answers"]
    name: str
    corpus: str
    questions: list[str]
    thresholds: dict[str, Threshold] = {}


class RetrievalRun(_Table):
    """A BEIR folder to search."""

    measure: Literal["retrieval"]
    name: str
    beir: str
    split: str = "test"
    mode: Literal["hybrid", "dense", "sparse"] = "hybrid"
    thresholds: dict[str, Threshold] = {}


class Suite(_Table):
    """Runs with thresholds."""

    about_en: str = ""
    about_fr: str = ""
    runs: list[Annotated[AnswersRun | RetrievalRun, Field(discriminator="measure")]] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Missed:
    """A threshold that was not reached; ``value`` None means that the metric was defined for no item."""

    run: str
    metric: str
    value: float | None
    min: float | None
    max: float | None


def known_suites() -> list[str]:
    """Return the names of the bundled suites."""
    return sorted(item.name.removesuffix(".toml") for item in (files(__package__) / "suites").iterdir() if item.name.endswith(".toml"))


def load_suite(name: str) -> tuple[Suite, Path]:
    """Read a bundled suite by name, or a file; return it with the folder its paths start from.

    Raises:
        UsageError: there is no such suite, or the file is not one.
    """
    file = Path(name) if name.endswith(".toml") else Path(str(files(__package__) / "suites" / f"{name}.toml"))
    if not file.is_file() or (not name.endswith(".toml") and name not in known_suites()):
        raise UsageError("eval_suite_unknown", name=name, known=", ".join(known_suites()))
    try:
        return Suite.model_validate(tomllib.loads(file.read_text(encoding="utf-8"))), file.resolve().parent
    except ValidationError as error:
        first = error.errors()[0]
        raise UsageError("eval_suite_bad", file=file, reason=f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise UsageError("eval_suite_bad", file=file, reason=error) from None


def place(path: str, folder: Path) -> Path:
    """Return where a path of a suite leads."""
    from rag.demo import corpus_folder, questions_folder

    bundled = {"demo:corpus": corpus_folder, "demo:questions": questions_folder}
    return bundled[path]() if path in bundled else folder / path


def question_files(paths: Sequence[str], folder: Path) -> list[Path]:
    """Return the files of questions; a folder stands for the ``.jsonl`` files in it."""
    found: list[Path] = []
    for path in (place(name, folder) for name in paths):
        found.extend(sorted(path.glob("*.jsonl")) if path.is_dir() else [path])
    return found


def missed(run: str, thresholds: Mapping[str, Threshold], means: Mapping[str, float | None]) -> Iterator[Missed]:
    """Yield the thresholds that the means do not reach."""
    for metric, threshold in thresholds.items():
        value, low, high = means.get(metric), threshold.min, threshold.max
        if value is None or (low is not None and value < low) or (high is not None and value > high):
            yield Missed(run, metric, value, low, high)
