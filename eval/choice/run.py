"""The run behind ``eval choice``: read the questions, ingest the corpus, choose with and without evidence,
score.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from eval.answers.outage import Outage
from eval.answers.scoring import library_of
from eval.choice.choices import ChoicesFile, Chosen, choose_all
from eval.choice.chooser import Chooser, choice_prompt
from eval.choice.scoring import Marked, commonest, gold_found
from eval.datasets.choice import ChoiceQuestion
from eval.datasets.choice_forms import BRINGS_CORPUS, read_choices
from eval.runs.homes import corpus_home, corpus_state, ingest_corpus
from eval.runs.setup import Setup
from rag.core.errors import UsageError

if TYPE_CHECKING:
    from llama_index.core.llms.llm import LLM

    from rag.home import OpenHome
    from rag.pipeline import Pipeline


@dataclass(frozen=True, slots=True)
class ChoicePlan:
    """What ``eval choice`` was asked for.

    ``corpus`` None stands for the documents that the form brings itself; where it brings none, or with
    ``context`` off, the model chooses alone. ``keep`` is the folder under which the home of the corpus is
    kept; ``file`` takes the choices and is named after the run when None. ``limit`` takes the first
    questions, ``sample`` a fixed draw.
    """

    questions: Sequence[Path]
    form: str
    corpus: Path | None = None
    context: bool = True
    limit: int | None = None
    sample: int | None = None
    keep: Path | None = None
    file: Path | None = None
    resume: bool = False

    def chosen(self) -> list[ChoiceQuestion]:
        """Return the questions that are asked. Raises as ``read_choices`` does."""
        from eval.datasets.sample import sampled

        files = [path.expanduser() for path in self.questions]
        return sampled(read_choices(files, self.form), self.sample)[: self.limit]

    def documents(self, sets: Path) -> Path | None:
        """Return what is searched, None where nothing is; documents that the form brings are written to the
        folder ``sets``.
        """
        from eval.datasets.qa import brought_corpus

        if not self.context:
            return None
        if self.corpus is not None:
            return self.corpus.expanduser()
        return (
            brought_corpus(self.form, [path.expanduser() for path in self.questions], sets)
            if self.form in BRINGS_CORPUS
            else None
        )


@dataclass(frozen=True, slots=True)
class ChoiceOutcome:
    """Every question with its choices and marks. ``data`` names what was measured on by checksum, ``system``
    what was measured.
    """

    marked: tuple[Marked, ...]
    file: Path
    with_context: bool
    documents: int = 0
    inputs_failed: int = 0
    data: Mapping[str, str] = field(default_factory=dict)
    system: Mapping[str, str] = field(default_factory=dict)

    @property
    def failed(self) -> dict[str, str]:
        """Return the questions without a choice, with and without evidence, by id, with the reason."""
        return {
            item.question.id: error
            for item in self.marked
            if (error := item.chosen.choice.error or item.chosen.no_context.error) is not None
        }

    @property
    def has_failures(self) -> bool:
        """Tell whether a part of the corpus could not be read, or a question not be answered: the exit code
        is then 3.
        """
        return bool(self.inputs_failed or self.failed)


@dataclass(frozen=True, slots=True)
class _Found:
    """What the run searches in, ready."""

    pipeline: Pipeline | None = None
    state: str = ""
    documents: int = 0
    inputs_failed: int = 0
    wanted: Callable[[Sequence[str]], frozenset[str]] = lambda names: frozenset()
    system: Mapping[str, str] = field(default_factory=dict)


def run_choice(setup: Setup, plan: ChoicePlan) -> ChoiceOutcome:
    """Choose for every question, with the product's evidence and without, and score.

    Raises:
        UsageError: the settings name no language model, the questions are malformed, or the file to go on
        with is another run's. Unavailable: the language model is not there.
    """
    from eval.datasets.declarations import checksum

    questions = plan.chosen()
    corpus = plan.documents(setup.home / "eval" / "sets")
    with _language_model(setup) as llm, _searched(setup, corpus, plan.keep) as found:
        run = _run_name(setup, questions, found.state)
        file = ChoicesFile(
            plan.file
            or setup.home / "eval" / "choices" / f"{plan.questions[0].name.partition('.')[0]}-{run}.jsonl",
            run,
        )
        with setup.progress.counting("eval.asking", len(questions)) as advance:
            chosen = ask_choices(Chooser(llm), found.pipeline, questions, file, advance, resume=plan.resume)
        prompts = {
            choice_prompt(language) for language in sorted({question.language for question in questions})
        }
        return ChoiceOutcome(
            marked=_marked(questions, chosen, found.wanted),
            file=file.path,
            with_context=found.pipeline is not None,
            documents=found.documents,
            inputs_failed=found.inputs_failed,
            data={
                "questions": hashlib.sha256(repr(questions).encode()).hexdigest(),
                **({"corpus": checksum([corpus])} if corpus else {}),
            },
            system={
                "model": setup.settings.llm.name,
                "prompts": ", ".join(
                    sorted(f"{prompt.prompt_id}@{prompt.sha256[:12]}" for prompt in prompts)
                ),
                "settings_fingerprint": setup.settings.fingerprint(),
                **found.system,
            },
        )


def ask_choices(
    chooser: Chooser,
    pipeline: Pipeline | None,
    questions: Sequence[ChoiceQuestion],
    file: ChoicesFile,
    done: Callable[[], None] = lambda: None,
    *,
    resume: bool = False,
) -> dict[str, Chosen]:
    """Return the choices by question id, each in the file as it comes; with ``resume`` those that the file
    holds are kept.

    Raises:
        Unavailable: the model is out of reach, or too slow for several questions in a row.
    """
    known = file.known(questions) if resume else {}
    if not resume:
        file.begin()
    for _ in known:
        done()
    outage = Outage()
    for question, chosen in choose_all(
        chooser, pipeline, [question for question in questions if question.id not in known]
    ):
        outage.heed(chosen.timeout, wrote=bool(chosen.choice.letters))
        known[question.id] = chosen
        file.add(question, chosen)
        done()
    return known


def _marked(
    questions: Sequence[ChoiceQuestion],
    chosen: Mapping[str, Chosen],
    wanted: Callable[[Sequence[str]], frozenset[str]],
) -> tuple[Marked, ...]:
    majority = commonest(questions)
    return tuple(
        Marked(
            item,
            chosen[item.id],
            majority[item.id],
            gold_found(item, chosen[item.id], wanted(item.gold_docs)),
        )
        for item in questions
    )


@contextmanager
def _language_model(setup: Setup) -> Iterator[LLM]:
    from rag.models.llm.llms import make_llm
    from rag.settings import models_folder

    if setup.settings.llm.kind == "none":
        raise UsageError("eval_choice_no_llm")
    llm = make_llm(setup.settings.llm, models_folder(setup.settings, setup.home))
    try:
        yield llm
    finally:
        if close := getattr(llm, "close", None):
            close()


@contextmanager
def _searched(setup: Setup, corpus: Path | None, keep: Path | None) -> Iterator[_Found]:
    """Ingest the corpus into a home of its own; nothing is searched without one."""
    if corpus is None:
        yield _Found(system={"evidence": "none"})
        return
    with corpus_home(setup.settings, setup.home, corpus, keep=keep) as (opened, _):
        report = ingest_corpus(setup, opened, corpus)
        library = library_of(opened)
        documents = opened.store.coverage().documents_searched
        yield _Found(
            opened.pipeline(),
            corpus_state(opened),
            documents,
            report.counts.failed,
            library.resolve,
            _system(opened),
        )


def _system(opened: OpenHome) -> dict[str, str]:
    trace = opened.stages.trace
    return {
        "evidence": "retrieved by the question alone",
        "embedder": trace.embedder,
        "index": trace.index_version,
    }


def _run_name(setup: Setup, questions: Sequence[ChoiceQuestion], corpus: str) -> str:
    """Name what the choices of a run come from: program, settings, prompts, corpus, questions."""
    prompts = sorted({choice_prompt(question.language).sha256 for question in questions})
    parts = (version("traboule"), setup.settings.fingerprint(), repr(prompts), corpus, repr(questions))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]
