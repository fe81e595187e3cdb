"""A measure must show what it is for: systems broken on purpose score badly on exactly the metrics that
should catch them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pytest

from eval.answers.interview import Answerer, AnswersFile
from eval.answers.scoring import Asking, measure_answers
from eval.datasets.questions import EvalQuestion
from eval.runs.homes import corpus_home
from rag.core.types import Answer, Citation, Claim, Filters
from rag.home import OpenHome
from rag.pipeline import Pipeline, Question
from rag.settings import load_settings

SIDES = {"P1": "left", "P2": "right"}
DAYS = {"P1": 35, "P2": 28}
QUESTIONS = [
    EvalQuestion(
        f"{patient}-{number}",
        text,
        "en",
        answerable=True,
        patient_id=patient,
        gold_docs=(f"{patient}_{file}",),
        gold_quotes=(quote.format(side=SIDES[patient], days=DAYS[patient]),),
        must_have=(fact.format(side=SIDES[patient], days=DAYS[patient]),),
    )
    for patient in ("P1", "P2")
    for number, (text, file, quote, fact) in enumerate(
        [
            (
                "Total hip replacement by the anterior approach?",
                "operative_report",
                "Total {side} hip replacement",
                "{side} hip",
            ),
            (
                "Enoxaparin 4000 units daily for how many days?",
                "discharge_letter",
                "Enoxaparin 4000 units daily",
                "{days} days",
            ),
        ]
    )
] + [EvalQuestion("none", "ejection fraction on echocardiography", "en", answerable=False, patient_id="P1")]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenHome]:
    """A home of two patients, searched with hashed words."""
    folder = tmp_path_factory.mktemp("broken")
    for patient, side in SIDES.items():
        records = folder / "corpus" / "patients" / patient
        records.mkdir(parents=True)
        (records / f"{patient}_operative_report.md").write_text(
            f"# Operative report\nTotal {side} hip replacement by the anterior approach. Blood loss was"
            f" {DAYS[patient]}0 ml.\n"
        )
        (records / f"{patient}_discharge_letter.md").write_text(
            f"# Discharge letter\nEnoxaparin 4000 units daily for {DAYS[patient]} days. Walking with two"
            " sticks.\n"
        )
    settings = load_settings(folder / "home")
    settings = settings.model_copy(
        update={"models": settings.models.model_copy(update={"dir": folder / "no-models"})}
    )
    with corpus_home(settings, folder / "home", folder / "corpus", allow_fallback=True) as (home, _):
        home.ingestor.ingest([folder / "corpus"])
        yield home


@dataclass(frozen=True, slots=True)
class Broken:
    """A pipeline whose answers are spoilt on their way out."""

    pipeline: Pipeline
    spoil: Callable[[Pipeline, Question, Answer], Answer]

    def answer(self, question: Question, *, use_llm: bool = True) -> Answer:
        return self.spoil(self.pipeline, question, self.pipeline.answer(question, use_llm=use_llm))


def shuffled_citations(pipeline: Pipeline, question: Question, answer: Answer) -> Answer:
    """Each claim keeps its text and gets an exact quote of something else in the same record."""
    claims = []
    for claim in answer.claims:
        document = pipeline.document(claim.citations[0].doc_id)
        others = [found for found in pipeline.documents(question.filters) if found.doc_id != document.doc_id]
        wrong = pipeline.document(others[0].doc_id)
        start = wrong.text.index("\n") + 1
        quote = wrong.text[start : start + 20]
        claims.append(
            replace(claim, citations=(Citation(1, wrong.doc_id, "p", quote, start, start + len(quote)),))
        )
    return replace(answer, claims=tuple(claims))


def another_patient(pipeline: Pipeline, question: Question, answer: Answer) -> Answer:
    """The filter is lost on the way: the other patient's record is asked."""
    (asked,) = question.filters.patient_ids or {"P1"}
    other = "P2" if asked == "P1" else "P1"
    return pipeline.answer(
        replace(question, filters=Filters.for_patient(other, literature=False)), use_llm=False
    )


def invented_numbers(pipeline: Pipeline, question: Question, answer: Answer) -> Answer:
    """Every number of the answer is another one; the quotes stay as they are."""

    def spoilt(text: str) -> str:
        return "".join(str((int(letter) + 3) % 10) if letter.isdigit() else letter for letter in text)

    claims = tuple(replace(claim, text=spoilt(claim.text)) for claim in answer.claims)
    return replace(answer, answer=spoilt(answer.answer), claims=claims)


def moved_offsets(pipeline: Pipeline, question: Question, answer: Answer) -> Answer:
    """Quotes point one character too far."""
    claims = tuple(
        replace(claim, citations=tuple(replace(c, start=c.start + 1, end=c.end + 1) for c in claim.citations))
        for claim in answer.claims
    )
    return replace(answer, claims=claims)


def always_answers(pipeline: Pipeline, question: Question, answer: Answer) -> Answer:
    """Whatever is asked, something is said."""
    if answer.claims:
        return answer
    document = pipeline.document(next(iter(pipeline.documents(question.filters))).doc_id)
    start = document.text.index("\n") + 1
    quote = document.text[start : document.text.index(".", start) + 1]
    claim = Claim(
        quote,
        0,
        len(quote),
        (Citation(1, document.doc_id, "p", quote, start, start + len(quote)),),
        "full",
        1.0,
    )
    return replace(answer, answer=quote, abstained=False, abstain_reason=None, claims=(claim,))


def always_abstains(pipeline: Pipeline, question: Question, answer: Answer) -> Answer:
    """Whatever is asked, nothing is said."""
    return replace(answer, answer="", abstained=True, abstain_reason="low_relevance", claims=(), withheld=())


def invalid_markers(pipeline: Pipeline, question: Question, answer: Answer) -> Answer:
    """The model cited evidence that it was not given."""
    return replace(answer, invalid_markers=2)


def sound(pipeline: Pipeline, question: Question, answer: Answer) -> Answer:
    return answer


@pytest.fixture(scope="module")
def means(
    opened: OpenHome, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., dict[str, float | None]]:
    folder = tmp_path_factory.mktemp("answers")

    def measured(spoil: Callable[[Pipeline, Question, Answer], Answer]) -> dict[str, float | None]:
        answerer: Answerer = Broken(opened.pipeline(), spoil)
        file = AnswersFile(folder / f"{spoil.__name__}.jsonl", "run")
        return dict(
            measure_answers(opened, QUESTIONS, file, Asking(use_llm=False, answerer=answerer)).summary().means
        )

    return measured


GOOD = {
    "correct": 1.0,
    "nugget_recall": 1.0,
    "citation_recall": 1.0,
    "citation_precision": 1.0,
    "faithfulness": 1.0,
    "numbers_cited": 1.0,
    "doc_hit": 1.0,
    "gold_quote_recall": 1.0,
    "quote_exact": 1.0,
    "invalid_markers": 0.0,
    "wrong_patient": 0.0,
    "mixed_patients": 0.0,
    "abstain_precision": 1.0,
    "abstain_recall": 1.0,
    "false_abstention": 0.0,
}


def test_the_sound_system_scores_well(means: Callable[..., dict[str, float | None]]) -> None:
    found = means(sound)
    assert {name: found[name] for name in GOOD} == GOOD


@pytest.mark.parametrize(
    ("spoil", "caught_by"),
    [
        (
            shuffled_citations,
            {"citation_recall", "citation_precision", "doc_hit", "gold_quote_recall", "numbers_cited"},
        ),
        (another_patient, {"wrong_patient", "correct", "doc_hit", "nugget_recall", "gold_quote_recall"}),
        (
            invented_numbers,
            {
                "citation_recall",
                "citation_precision",
                "faithfulness",
                "numbers_cited",
                "nugget_recall",
                "correct",
            },
        ),
        (moved_offsets, {"quote_exact"}),
        (always_answers, {"abstain_recall", "correct"}),
        (
            always_abstains,
            {
                "false_abstention",
                "nugget_recall",
                "doc_hit",
                "gold_quote_recall",
                "correct",
                "abstain_precision",
            },
        ),
        (invalid_markers, {"invalid_markers"}),
    ],
)
def test_a_broken_system_is_caught(
    means: Callable[..., dict[str, float | None]], spoil: Callable[..., Answer], caught_by: set[str]
) -> None:
    found = means(spoil)
    moved = {name for name, value in GOOD.items() if found[name] is not None and found[name] != value}
    assert moved == caught_by
