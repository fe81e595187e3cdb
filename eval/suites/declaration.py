"""Suites: what is measured and what it must reach, declared in ``suites/*.toml`` or in a file of the user's
own.

A threshold that is missed, or a metric that could not be measured at all, fails the suite.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from rag.core.errors import UsageError

if TYPE_CHECKING:
    from eval.report.document import RunJson


_R = TypeVar("_R")

FAILED = "failed"
"""How many items of a run could not be asked. They are in no mean, so a suite with thresholds bears none
unless it says how many.
"""


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Threshold(_Table):
    """What a metric must reach. ``llm_only``: not asked of a run that quotes only."""

    min: float | None = Field(None, allow_inf_nan=False)
    max: float | None = Field(None, allow_inf_nan=False)
    llm_only: bool = False

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if self.min is None and self.max is None:
            raise ValueError("give min, max or both")
        return self


class _Run(_Table):
    """What every run has. ``sample`` takes a fixed draw of the questions, queries or pairs; all when it is
    left out.
    """

    name: str = Field(pattern=r"^[\w.-]+$")
    sample: int | None = Field(None, ge=1)
    thresholds: dict[str, Threshold] = {}


class AnswersRun(_Run):
    """Questions to ask of a corpus, or a declared data set.

    Paths are relative to the file of the suite; ``demo:corpus`` and ``demo:questions`` are the bundled ones.
    ``llm = false`` quotes only; ``cross_patients`` asks each question of every other patient's record.
    """

    measure: Literal["answers"]
    corpus: str | None = None
    questions: list[str] = []
    dataset: str | None = None
    llm: bool = True
    cross_patients: bool = False

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        return _checked(self, self.dataset, self.corpus and self.questions, "corpus and questions")


class RetrievalRun(_Run):
    """A BEIR folder to search, a declared data set, or any corpus with questions that name their gold
    documents.
    """

    measure: Literal["retrieval"]
    beir: str | None = None
    dataset: str | None = None
    corpus: str | None = None
    questions: list[str] = []
    split: str = "test"
    mode: Literal["hybrid", "dense", "sparse"] = "hybrid"

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        return _checked(
            self, self.dataset, self.beir or (self.corpus and self.questions), "beir, or corpus and questions"
        )


class VerifyRun(_Run):
    """Labelled pairs to verify, or a declared data set."""

    measure: Literal["verify"]
    pairs: str | None = None
    dataset: str | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        return _checked(self, self.dataset, self.pairs, "pairs")


class ChoiceRun(_Run):
    """Multiple-choice questions, or a declared data set. Without a corpus, or with ``context = false``, the
    model chooses alone.
    """

    measure: Literal["choice"]
    questions: list[str] = []
    form: str = "jsonl"
    corpus: str | None = None
    dataset: str | None = None
    context: bool = True

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        return _checked(self, self.dataset, self.questions, "questions")


SuiteRun = AnswersRun | RetrievalRun | VerifyRun | ChoiceRun


class Suite(_Table):
    """Runs with thresholds."""

    about_en: str = ""
    about_fr: str = ""
    runs: list[Annotated[SuiteRun, Field(discriminator="measure")]] = Field(min_length=1)

    @model_validator(mode="after")
    def _unique(self) -> Self:
        names = [run.name for run in self.runs]
        if len(set(names)) < len(names):
            raise ValueError("two runs have the same name")
        return self


@dataclass(frozen=True, slots=True)
class Missed:
    """A threshold that was not reached; ``value`` None means that the metric was defined for no item."""

    run: str
    metric: str
    value: float | None
    min: float | None
    max: float | None


def _checked(run: _R, dataset: str | None, own: object, fields: str) -> _R:
    if bool(dataset) == bool(own):
        raise ValueError(f"give either dataset, or {fields}")
    return run


def known_suites() -> list[str]:
    """Return the names of the bundled suites."""
    return sorted(
        item.name.removesuffix(".toml")
        for item in files(__package__).iterdir()
        if item.name.endswith(".toml")
    )


def load_suite(name: str) -> tuple[Suite, Path]:
    """Read a bundled suite by name, or a file; return it with the folder its paths start from.

    Raises:
        UsageError: there is no such suite, or the file is not one.
    """
    file = Path(name) if name.endswith(".toml") else Path(str(files(__package__) / f"{name}.toml"))
    if not file.is_file() or (not name.endswith(".toml") and name not in known_suites()):
        raise UsageError("eval_suite_unknown", name=name, known=", ".join(known_suites()))
    try:
        return Suite.model_validate(tomllib.loads(file.read_text(encoding="utf-8"))), file.resolve().parent
    except ValidationError as error:
        first = error.errors()[0]
        raise UsageError(
            "eval_suite_bad", file=file, reason=f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise UsageError("eval_suite_bad", file=file, reason=error) from None


def suite_label(name: str) -> str:
    """Return what a report calls a suite: its name, or that of its file without the folder, which is nobody
    else's concern.
    """
    return Path(name).stem if name.endswith(".toml") else name


def place(path: str, folder: Path) -> Path:
    """Return where a path of a suite leads."""
    from rag.demo import corpus_folder, questions_folder

    bundled = {"demo:corpus": corpus_folder, "demo:questions": questions_folder}
    return bundled[path]() if path in bundled else folder / Path(path).expanduser()


def question_files(paths: Sequence[str], folder: Path) -> list[Path]:
    """Return the files of questions; a folder stands for the ``.jsonl`` files in it."""
    found: list[Path] = []
    for path in (place(name, folder) for name in paths):
        found.extend(sorted(path.glob("*.jsonl")) if path.is_dir() else [path])
    return found


def reached(run: RunJson) -> dict[str, float | None]:
    """Return the mean of every metric of a run, of every slice as ``metric[slice=value]``, and how many items
    ``failed``.
    """
    found = {name: metric.mean for name, metric in run.metrics.items()}
    found[FAILED] = float(len(run.failed)) if run.error is None else None
    for name, values in run.slices.items():
        for value, metrics in values.items():
            found |= {f"{metric}[{name}={value}]": figure.mean for metric, figure in metrics.items()}
    return found


def missed(
    run: str, thresholds: Mapping[str, Threshold], means: Mapping[str, float | None]
) -> Iterator[Missed]:
    """Yield the thresholds that the means do not reach."""
    for metric, threshold in thresholds.items():
        value, low, high = means.get(metric), threshold.min, threshold.max
        if value is None or (low is not None and value < low) or (high is not None and value > high):
            yield Missed(run, metric, value, low, high)
