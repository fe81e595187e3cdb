"""A run of multiple choice: searched by the question alone, chosen twice, kept as it goes, compared with its
baselines.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from llama_index.core.base.llms.types import CompletionResponseGen

from eval.choice.choices import ChoicesFile, Chosen, Extract, choose_one, evidence_for
from eval.choice.chooser import Choice, Chooser, choice_prompt, choice_schema, chosen_letters
from eval.choice.report import browsed_choices, choice_json, choice_run
from eval.choice.run import ChoiceOutcome, ask_choices
from eval.choice.scoring import Marked, commonest, gold_found, metric_names
from eval.datasets.choice import ChoiceQuestion
from eval.metrics.catalogue import CATALOGUE
from eval.report.document import GainJson, ReportJson
from eval.report.markdown import markdown
from eval.report.page import page
from eval.runs.homes import corpus_home
from eval.statistics.scores import Unscored
from rag.core.errors import Unavailable, UsageError
from rag.core.types import Evidence
from rag.home import OpenHome
from rag.prompts import load_prompt
from rag.settings import load_settings
from rag.testing import ScriptedLLM
from tests.unit.answering import evidence

ONE = ChoiceQuestion(
    "q1",
    "Is thromboprophylaxis given after hip replacement?",
    ("yes", "no"),
    ("A",),
    dataset="d",
    gold_docs=("paper",),
)
SET = ChoiceQuestion(
    "q2",
    "Quels gestes ?",
    ("prothèse", "greffe", "suture"),
    ("A", "C"),
    takes_several=True,
    language="fr",
    dataset="f",
)


class ReadingLLM(ScriptedLLM):
    """Writes its script where the prompt holds evidence, and ``otherwise`` where it holds none."""

    otherwise: str
    prompts: list[str]

    def stream_complete(
        self, prompt: str, formatted: bool = False, **kwargs: object
    ) -> CompletionResponseGen:
        self.prompts.append(prompt)
        script = self.script if "<<<" in prompt else self.otherwise
        return ScriptedLLM(script=script, fails_with=self.fails_with).stream_complete(
            prompt, formatted, **kwargs
        )


def reading(informed: str, alone: str) -> ReadingLLM:
    return ReadingLLM(script=informed, otherwise=alone, prompts=[])


def found(question: ChoiceQuestion) -> tuple[Evidence, ...]:
    return (evidence(1, "cro"),)


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenHome]:
    """A home of two papers, searched with hashed words."""
    folder = tmp_path_factory.mktemp("choice")
    (folder / "corpus").mkdir()
    (folder / "corpus" / "paper.md").write_text(
        "# Results\nThromboprophylaxis is given for 35 days after hip replacement.\n", encoding="utf-8"
    )
    (folder / "corpus" / "other.md").write_text(
        "# Results\nMigraine is treated by triptans and by rest.\n", encoding="utf-8"
    )
    settings = load_settings(folder / "home")
    settings = settings.model_copy(
        update={"models": settings.models.model_copy(update={"dir": folder / "no-models"})}
    )
    with corpus_home(settings, folder / "home", folder / "corpus", allow_fallback=True) as (home, _):
        home.ingestor.ingest([folder / "corpus"], of_nobody="literature")
        yield home


# --- Choosing -----------------------------------------------------------------------------------------------


def test_the_schema_holds_the_letters_of_the_question_and_no_other() -> None:
    one, several = choice_schema(ONE), choice_schema(SET)
    assert one["properties"] == {"answer": {"enum": ["A", "B"]}}
    assert several["properties"] == {
        "answers": {"type": "array", "items": {"enum": ["A", "B", "C"]}, "minItems": 1, "maxItems": 3}
    }


@pytest.mark.parametrize(
    ("question", "text", "letters"),
    [
        (ONE, '{"answer": "B"}', ("B",)),
        (SET, '{"answers": ["C", "A", "C"]}', ("A", "C")),
        (ONE, '{"answer": "C"}', ()),
        (ONE, '{"answer": "AB"}', ()),
        (ONE, '{"answer": ', ()),
        (ONE, "[]", ()),
        (SET, '{"answers": []}', ()),
        (SET, '{"answers": "A"}', ()),
    ],
)
def test_letters_are_read_once_each_and_anything_else_is_unreadable(
    question: ChoiceQuestion, text: str, letters: tuple[str, ...]
) -> None:
    assert chosen_letters(text, question) == letters


def test_both_prompts_have_the_same_parts_and_variables() -> None:
    english, french = load_prompt("choice", 1, "en"), load_prompt("choice", 1, "fr")
    assert english.variables == french.variables
    assert [name for name, _ in english.texts] == [name for name, _ in french.texts]


def test_a_question_is_chosen_for_with_evidence_and_without() -> None:
    llm = reading('{"answer": "A"}', '{"answer": "B"}')
    chosen = choose_one(Chooser(llm), found, ONE)
    assert chosen.with_context is not None
    assert (chosen.with_context.letters, chosen.no_context.letters) == (("A",), ("B",))
    assert chosen.evidence[0].doc == "cro"
    alone, informed = llm.prompts
    assert "prothèse totale" in informed
    assert "prothèse totale" not in alone
    assert "A. yes\nB. no" in alone
    assert "A. yes\nB. no" in informed


def test_a_choice_that_cannot_be_read_is_a_value() -> None:
    assert choose_one(Chooser(reading("{", "{")), None, ONE).no_context.error == "unreadable"


def test_a_question_that_fails_is_a_value_and_what_befalls_all_is_raised() -> None:
    def too_long(question: ChoiceQuestion) -> tuple[Evidence, ...]:
        raise UsageError("question_too_long", length=1, limit=0)

    chosen = choose_one(Chooser(reading("", '{"answer": "A"}')), too_long, ONE)
    assert chosen.with_context == Choice(error="question_too_long")
    assert chosen.no_context.letters == ("A",)
    broken = ScriptedLLM(script="", fails_with=ValueError("x"))
    assert choose_one(Chooser(broken), None, ONE).no_context.error == "unexpected:ValueError"
    with pytest.raises(Unavailable):
        choose_one(
            Chooser(ScriptedLLM(script="", fails_with=Unavailable("llm_failed", reason="x"))), None, ONE
        )


def test_evidence_is_the_products_own_and_the_options_are_not_searched(opened: OpenHome) -> None:
    telling = ChoiceQuestion("t", ONE.text, ("Migraine is treated by triptans", "no"))
    best, *_ = evidence_for(opened.pipeline(), telling)
    assert best.scored.passage.title == "paper" or "35 days" in best.text
    assert evidence_for(opened.pipeline(), telling) == evidence_for(opened.pipeline(), ONE)


# --- Going on -----------------------------------------------------------------------------------------------


def test_an_interrupted_run_goes_on_with_what_it_has(tmp_path: Path, opened: OpenHome) -> None:
    file = ChoicesFile(tmp_path / "choices.jsonl", "run-1")
    first = ask_choices(
        Chooser(reading('{"answer": "A"}', '{"answer": "B"}')), opened.pipeline(), [ONE], file
    )
    other = reading('{"answers": ["C"]}', '{"answers": ["B"]}')
    second = ask_choices(Chooser(other), opened.pipeline(), [ONE, SET], file, resume=True)
    assert second["q1"] == first["q1"]
    assert not any(ONE.text in prompt for prompt in other.prompts)
    line = json.loads(file.path.read_text(encoding="utf-8").splitlines()[0])
    assert (line["_id"], line["options"], line["gold"]) == ("q1", {"A": "yes", "B": "no"}, ["A"])


def test_a_question_that_took_too_long_is_a_value_asked_again_and_many_end_the_run(tmp_path: Path) -> None:
    file = ChoicesFile(tmp_path / "choices.jsonl", "run-1")
    slow = Chooser(ScriptedLLM(script="", fails_with=Unavailable("llm_timeout", seconds=1)))
    assert ask_choices(slow, None, [ONE], file)["q1"].choice.error == "llm_timeout"
    again = ask_choices(Chooser(reading("", '{"answer": "B"}')), None, [ONE], file, resume=True)
    assert again["q1"].choice.letters == ("B",)
    assert file.known([ONE]) == again  # of its two lines the last holds
    with pytest.raises(Unavailable) as caught:
        ask_choices(slow, None, [replace(ONE, id=str(number)) for number in range(9)], file)
    assert (caught.value.key, len(file.path.read_text(encoding="utf-8").splitlines())) == (
        "eval_model_lost",
        2,
    )


def test_choices_of_another_run_are_refused(tmp_path: Path) -> None:
    file = ChoicesFile(tmp_path / "choices.jsonl", "run-1")
    ask_choices(Chooser(reading("", '{"answer": "B"}')), None, [ONE], file)
    for run, questions in (("run-2", [ONE]), ("run-1", [SET])):
        with pytest.raises(UsageError) as caught:
            ChoicesFile(file.path, run).known(questions)
        assert caught.value.key == "eval_answers_differ"


def test_a_line_without_choices_is_named(tmp_path: Path) -> None:
    file = ChoicesFile(tmp_path / "choices.jsonl", "run-1")
    file.begin()
    file.append("q1", {"chosen": {"no_context": 3}})
    with pytest.raises(UsageError) as caught:
        file.known([ONE])
    assert (caught.value.key, caught.value.variables["line"]) == ("eval_bad_field", 1)


# --- Scores -------------------------------------------------------------------------------------------------


def asked(number: int, gold: str, informed: str, alone: str, *, error: str | None = None) -> Marked:
    """A yes/no question; the commonest answer is A."""
    question = ChoiceQuestion(f"q{number}", f"Question {number}?", ("yes", "no"), (gold,), dataset="d")
    with_context = Choice((informed,) if error is None else (), error, 100.0, 50, 7)
    chosen = Chosen(with_context, Choice((alone,)), (Extract(1, "paper", "Paper", "note", "Text."),))
    return Marked(question, chosen, ("A",), 1.0)


MARKED = (
    asked(1, "A", "A", "B"),
    asked(2, "B", "B", "A"),
    asked(3, "A", "A", "A"),
    asked(4, "B", "A", "B"),
    asked(5, "A", "", "A", error="x"),
)
OUTCOME = ChoiceOutcome(
    MARKED, Path("choices.jsonl"), with_context=True, documents=2, system={"model": "scripted"}
)


def test_the_commonest_answer_is_of_each_set_and_the_first_among_equals() -> None:
    questions = [
        ChoiceQuestion("1", "q", ("a", "b"), ("B",), dataset="x"),
        ChoiceQuestion("2", "q", ("a", "b"), ("B",), dataset="x"),
        ChoiceQuestion("3", "q", ("a", "b"), ("A",), dataset="x"),
        ChoiceQuestion("4", "q", ("a", "b"), ("A", "B"), takes_several=True, dataset="y"),
        ChoiceQuestion("5", "q", ("a", "b"), ("A",), takes_several=True, dataset="y"),
        ChoiceQuestion("6", "q", ("a", "b"), dataset="z"),
    ]
    assert commonest(questions) == {"1": ("B",), "2": ("B",), "3": ("B",), "4": ("A",), "5": ("A",), "6": ()}


def test_means_are_over_the_questions_that_were_answered() -> None:
    metrics = choice_run("choice", OUTCOME).metrics
    # with evidence: right 1, 2, 3, wrong 4, failed 5: 3 of 4; alone: right 3, 4, 5 of 5; commonest (A): right
    # 1, 3, 5 of 5
    assert (metrics["accuracy"].mean, metrics["accuracy"].n, metrics["accuracy"].unscored) == (
        0.75,
        4,
        {"failed": 1},
    )
    assert (metrics["accuracy_no_context"].mean, metrics["accuracy_majority"].mean) == (0.6, 0.6)
    assert metrics["exact_match"].unscored == {"failed": 1, "one_answer": 4}
    # A: 2 right of 3 called and 2 there, 2*2/(3+2) = 0.8; B: 1 right of 1 called and 2 there, 2/3; of the
    # four answered
    assert metrics["macro_f1"].mean == round((0.8 + 2 / 3) / 2, 6)
    assert metrics["macro_f1"].unscored == {"failed": 1}


def test_the_gain_by_evidence_is_tested_on_the_same_questions() -> None:
    run = choice_run("choice", OUTCOME)
    (gain,) = [found for found in run.gains if found.baseline == "no_context"]
    # of the four answered by both: alone 2 right (3, 4), with evidence 3 (1, 2, 3); two better, one worse
    assert (gain.metric, gain.first, gain.second, gain.difference, gain.n, gain.gained, gain.lost) == (
        "accuracy",
        0.5,
        0.75,
        0.25,
        4,
        2,
        1,
    )
    assert gain.p == 1.0  # differences +1, +1, -1: all 8 assignments of signs reach a sum of 1 or more


def test_without_documents_the_model_alone_is_the_run() -> None:
    alone = tuple(
        Marked(item.question, Chosen(None, item.chosen.no_context), item.majority, Unscored("failed"))
        for item in MARKED
    )
    run = choice_run("choice", ChoiceOutcome(alone, Path("choices.jsonl"), with_context=False))
    assert run.metrics["accuracy"].mean == 0.6
    assert not any("no_context" in name or name == "evidence_hit" for name in run.metrics)
    assert {gain.baseline for gain in run.gains} == {"majority"}


def test_options_that_differ_have_no_macro_f1() -> None:
    other = Marked(
        ChoiceQuestion("o", "q", ("this", "that"), ("A",), dataset="e"), MARKED[0].chosen, ("A",), 1.0
    )
    run = choice_run("choice", ChoiceOutcome((*MARKED, other), Path("c"), with_context=True))
    assert (run.metrics["macro_f1"].mean, run.metrics["macro_f1"].unscored) == (None, {"options_differ": 6})
    assert run.slices["dataset"]["d"]["macro_f1"].n == 4


def test_one_class_alone_has_no_macro_f1() -> None:
    run = choice_run("choice", ChoiceOutcome((MARKED[0], MARKED[2]), Path("c"), with_context=True))
    assert (run.metrics["macro_f1"].mean, run.metrics["macro_f1"].unscored) == (None, {"one_class_only": 2})


def test_a_gold_document_is_looked_for_in_the_evidence() -> None:
    chosen = MARKED[0].chosen
    assert gold_found(ONE, chosen, {"paper"}) == 1.0
    assert gold_found(ONE, chosen, {"elsewhere"}) == 0.0
    assert gold_found(ONE, chosen, ()) == Unscored("gold_docs_not_indexed")
    assert gold_found(SET, chosen, ()) == Unscored("no_gold_docs")
    assert gold_found(ONE, Chosen(Choice(error="x"), Choice(("A",))), {"paper"}) == Unscored("failed")


# --- Report -------------------------------------------------------------------------------------------------


def test_every_metric_of_a_run_has_words_in_both_languages() -> None:
    for name in {*metric_names(with_context=True), "macro_f1", "macro_f1_no_context", "macro_f1_majority"}:
        metric = CATALOGUE.find(name, "choice")
        assert metric is not None, name
        assert all((*metric.label, *metric.about)), name


def test_a_metric_of_a_baseline_is_called_after_its_metric() -> None:
    metric = CATALOGUE.find("accuracy_no_context", "choice")
    assert metric is not None
    assert metric.label == ("Accuracy without evidence", "Exactitude sans sources")


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_report_shows_the_gains_and_browses_the_options(language: str) -> None:
    run = choice_run("choice", OUTCOME)
    report = ReportJson(name="c-1", created="2026-11-23T10:00:00+00:00", suite="choice", runs=[run])
    shown = page(report, {"choice": list(browsed_choices(OUTCOME))}, language)
    told = markdown(report, language)
    words = {
        "en": ("Gain over the baselines", "without evidence"),
        "fr": ("Gain sur les références", "sans sources"),
    }[language]
    assert all(word in shown and word in told for word in words)
    assert '"letter":"A","text":"yes","gold":true,"chosen":true,"no_context":false' in shown


def test_the_json_document_says_what_was_gained_and_what_failed() -> None:
    run = choice_run("choice", OUTCOME)
    document = choice_json(run, OUTCOME)
    assert (document["n"], document["failed"], document["choices"]) == (5, {"q5": "x"}, "choices.jsonl")
    assert document["gains"] == [gain.model_dump() for gain in run.gains]
    assert isinstance(run.gains[0], GainJson)
    json.dumps(document)


def test_the_prompt_of_a_language_is_chosen_by_the_question() -> None:
    llm = reading("", '{"answers": ["A"]}')
    Chooser(llm).choose(SET, ())
    assert choice_prompt("fr").render("several").split("\n")[0] in llm.prompts[0]
