"""What was chosen for each question, with the evidence it was chosen by, kept as one line a question."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError

from eval.answers.interview import attempted
from eval.answers.outage import ASKED_AGAIN
from eval.choice.chooser import Choice, Chooser
from eval.datasets.choice import ChoiceQuestion
from eval.runs.file import RunFile

if TYPE_CHECKING:
    from rag.core.types import Evidence
    from rag.pipeline import Pipeline


@dataclass(frozen=True, slots=True)
class Extract:
    """A piece of evidence as the model was shown it."""

    marker: int
    doc: str
    title: str
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Chosen:
    """The choices for one question: with evidence (None in a run without documents) and without."""

    with_context: Choice | None
    no_context: Choice
    evidence: tuple[Extract, ...] = ()

    @property
    def choice(self) -> Choice:
        """Return the choice that the run is about: with evidence where there are documents."""
        return self.with_context or self.no_context

    @property
    def timeout(self) -> str | None:
        """Return the error where one of the choices took too long, else None."""
        errors = {choice.error for choice in (self.with_context, self.no_context) if choice is not None}
        return next(iter(sorted(ASKED_AGAIN & errors)), None)


_CHOSEN = TypeAdapter(Chosen)


class ChoicesFile(RunFile):
    """The choices of one run, a line each."""

    def add(self, question: ChoiceQuestion, chosen: Chosen) -> None:
        """Append the choices of a question. Raises as ``append`` does."""
        asked = {
            "question": question.text,
            "options": dict(zip(question.letters, question.options, strict=True)),
            "gold": question.gold,
        }
        self.append(question.id, {**asked, "chosen": _CHOSEN.dump_python(chosen, mode="json")})

    def known(self, questions: Sequence[ChoiceQuestion]) -> dict[str, Chosen]:
        """Return the choices that the file holds already, by question id, except for those to be asked again.
        Raises as ``records`` does.
        """
        found: dict[str, Chosen] = {}
        for record in self.records({question.id for question in questions}):
            try:
                found[record.identifier()] = _CHOSEN.validate_python(record.values.get("chosen"))
            except ValidationError:
                raise record.error("chosen") from None
        return {identifier: chosen for identifier, chosen in found.items() if chosen.timeout is None}


def evidence_for(pipeline: Pipeline, question: ChoiceQuestion) -> tuple[Evidence, ...]:
    """Return what the product would write an answer from, asked the question alone. Raises as
    ``Pipeline.search`` does.
    """
    from rag.core.types import EvidenceFound
    from rag.pipeline import Question

    for event in pipeline.stream(Question(question.text, language=question.language), use_llm=False):
        if isinstance(event, EvidenceFound):  # the stream is left here: no answer is composed
            return event.evidence
    return ()


def choose_all(
    chooser: Chooser, pipeline: Pipeline | None, questions: Sequence[ChoiceQuestion]
) -> Iterator[tuple[ChoiceQuestion, Chosen]]:
    """Yield every question with its choices; without a pipeline the model alone chooses."""
    find = partial(evidence_for, pipeline) if pipeline is not None else None
    for question in questions:
        yield question, choose_one(chooser, find, question)


def choose_one(
    chooser: Chooser, find: Callable[[ChoiceQuestion], tuple[Evidence, ...]] | None, question: ChoiceQuestion
) -> Chosen:
    """Return the choices for one question; ``find`` gives the evidence."""
    alone = chooser.choose(question, ())
    if find is None:
        return Chosen(None, alone)
    evidence, error = attempted(question.id, lambda: find(question))
    if evidence is None:
        return Chosen(Choice(error=error), alone)
    return Chosen(chooser.choose(question, evidence), alone, tuple(map(_extract, evidence)))


def _extract(item: Evidence) -> Extract:
    passage = item.scored.passage
    return Extract(item.marker, passage.doc_id, passage.title, passage.kind, item.text)
