"""Multiple choice: every form is read or refused with its place, and the metrics are the authors' own."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from eval.datasets.choice import ChoiceQuestion
from eval.datasets.choice_forms import read_choices
from eval.metrics.choice import choice_scores, macro_f1, macro_f1_interval
from eval.statistics.inference import resampled_counts
from eval.statistics.scores import Unscored
from rag.core.errors import UsageError

CAPITALS = {
    "question": "Which is a beta blocker?",
    "options": {"A": "Atenolol", "B": "Amlodipine"},
    "answer": "A",
}
FRENCH = {
    "id": "f1",
    "question": "Parmi les propositions suivantes, lesquelles sont exactes ?",
    "answers": {"a": "L'une", "b": "L'autre", "c": "Aucune"},
    "correct_answers": ["b", "a"],
    "subject_name": "pharmacie",
}
DECIDED = {"_id": "7", "question": "Does it work?", "contexts": ["It was tried."], "final_decision": "maybe"}


def written(tmp_path: Path, content: object) -> Path:
    path = tmp_path / "questions.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def lines(tmp_path: Path, *records: object) -> Path:
    path = tmp_path / "questions.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


# --- Forms --------------------------------------------------------------------------------------------------


def test_mirage_names_the_sets_and_numbers_their_questions_apart(tmp_path: Path) -> None:
    found = read_choices(
        [written(tmp_path, {"medqa": {"0": CAPITALS}, "mmlu": {"0": {**CAPITALS, "answer": "B"}}})], "mirage"
    )
    assert [(question.id, question.dataset, question.gold) for question in found] == [
        ("medqa/0", "medqa", ("A",)),
        ("mmlu/0", "mmlu", ("B",)),
    ]
    assert found[0] == ChoiceQuestion(
        "medqa/0", "Which is a beta blocker?", ("Atenolol", "Amlodipine"), ("A",), dataset="medqa"
    )


def test_one_set_of_mirage_alone_is_read_with_its_articles(tmp_path: Path) -> None:
    (found,) = read_choices([written(tmp_path, {"12": {**CAPITALS, "PMID": [123]}})], "mirage")
    assert (found.id, found.gold_docs) == ("12", ("123",))


def test_pubmedqa_is_a_choice_of_three_with_its_abstract_as_gold(tmp_path: Path) -> None:
    path = tmp_path / "pubmedqa.jsonl.gz"
    path.write_bytes(gzip.compress(json.dumps(DECIDED).encode()))
    (found,) = read_choices([path], "pubmedqa")
    assert (found.options, found.gold, found.gold_docs) == (("yes", "no", "maybe"), ("C",), ("7",))
    assert found.slices == (("decision", "maybe"),)


def test_frenchmedmcqa_asks_for_sets_and_does_not_tell_how_many_are_right(tmp_path: Path) -> None:
    both, one = read_choices(
        [written(tmp_path, [FRENCH, {**FRENCH, "id": "f2", "correct_answers": ["c"]}])], "french_medmcqa"
    )
    assert (both.gold, both.takes_several, both.language) == (("A", "B"), True, "fr")
    assert (one.gold, one.takes_several) == (("C",), True)
    assert both.slices == (("correct_answers", "2"), ("subject", "pharmacie"))


def test_lines_of_ones_own_take_one_option_or_a_set(tmp_path: Path) -> None:
    path = lines(
        tmp_path,
        {
            "_id": "1",
            "question": "Quel est le bon côté ?",
            "options": ["droit", "gauche"],
            "answer": "B",
            "subject": "anatomy",
        },
        {
            "_id": "2",
            "question": "Which of these are drugs?",
            "options": {"x": "aspirin", "y": "water"},
            "answer": ["x"],
            "language": "en",
        },
        {
            "_id": "3",
            "question": "Which one is it?",
            "options": ["this", "that"],
            "language": "en",
            "gold_docs": ["note"],
        },
    )
    one, several, unknown = read_choices([path], "jsonl")
    assert (one.gold, one.takes_several, one.language, one.slices) == (
        ("B",),
        False,
        "fr",
        (("subject", "anatomy"),),
    )
    assert (several.gold, several.takes_several, several.letters) == (("A",), True, "AB")
    assert (unknown.gold, unknown.gold_docs) == ((), ("note",))


@pytest.mark.parametrize(
    ("form", "content", "place"),
    [
        ("mirage", {"medqa": {"0": {**CAPITALS, "answer": "E"}}}, {"id": "medqa/0", "field": "answer"}),
        (
            "mirage",
            {"medqa": {"0": {**CAPITALS, "options": {"A": "alone"}}}},
            {"id": "medqa/0", "field": "options"},
        ),
        ("mirage", {"medqa": {"0": "no question"}}, {"id": "medqa/0", "field": "question"}),
        ("mirage", {"medqa": 3}, {"id": "medqa", "field": "question"}),
        ("mirage", {"0": {**CAPITALS, "question": " "}}, {"id": "0", "field": "question"}),
        ("french_medmcqa", [{**FRENCH, "correct_answers": []}], {"id": "f1", "field": "correct_answers"}),
        ("french_medmcqa", [{**FRENCH, "answers": ["a", 1]}], {"id": "f1", "field": "answers"}),
        ("french_medmcqa", [FRENCH, {}], {"id": "#2", "field": "id"}),
    ],
)
def test_a_malformed_question_is_named(
    tmp_path: Path, form: str, content: object, place: dict[str, str]
) -> None:
    with pytest.raises(UsageError) as caught:
        read_choices([written(tmp_path, content)], form)
    assert caught.value.key == "eval_choice_bad"
    assert {name: caught.value.variables[name] for name in place} == place


@pytest.mark.parametrize(
    ("form", "record", "field"),
    [
        ("pubmedqa", {**DECIDED, "final_decision": "perhaps"}, "final_decision"),
        ("pubmedqa", {"question": "q?", "final_decision": "yes"}, "_id"),
        ("jsonl", {"_id": "1", "question": "q?", "options": ["a"], "answer": "A"}, "options"),
        ("jsonl", {"_id": "1", "question": "q?", "options": ["a", "b"], "answer": ["A", "A"]}, "answer"),
        ("jsonl", {"_id": "1", "question": "q?", "options": ["a", "b"], "language": "de"}, "language"),
    ],
)
def test_a_malformed_line_is_named(tmp_path: Path, form: str, record: object, field: str) -> None:
    good = {**DECIDED, "_id": "0", "options": ["a", "b"]}
    with pytest.raises(UsageError) as caught:
        read_choices([lines(tmp_path, good, record)], form)
    assert (caught.value.key, caught.value.variables["line"], caught.value.variables["field"]) == (
        "eval_bad_field",
        2,
        field,
    )


@pytest.mark.parametrize(
    ("form", "content", "key"),
    [
        ("unknown", [], "eval_choice_form_unknown"),
        ("mirage", [], "eval_choice_not_json"),
        ("french_medmcqa", {}, "eval_choice_not_json"),
        ("french_medmcqa", [], "eval_no_questions"),
        ("french_medmcqa", [FRENCH, FRENCH], "eval_choice_duplicate"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(tmp_path: Path, form: str, content: object, key: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_choices([written(tmp_path, content)], form)
    assert caught.value.key == key


def test_an_id_that_two_files_share_is_named(tmp_path: Path) -> None:
    path = written(tmp_path, [FRENCH])
    with pytest.raises(UsageError) as caught:
        read_choices([path, path], "french_medmcqa")
    assert (caught.value.key, caught.value.variables["id"]) == ("eval_choice_duplicate", "f1")


def test_white_space_around_an_id_is_none_of_it(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        read_choices([written(tmp_path, [FRENCH, {**FRENCH, "id": "f1 "}])], "french_medmcqa")
    assert (caught.value.key, caught.value.variables["id"]) == ("eval_choice_duplicate", "f1")


@pytest.mark.parametrize(
    "text",
    [
        '{"1": ' + json.dumps(CAPITALS) + ', "1": ' + json.dumps(CAPITALS) + "}",
        json.dumps({"1": {**CAPITALS, "question": "half a character \ud83d"}}),
    ],
)
def test_a_key_given_twice_and_half_a_character_are_no_questions(tmp_path: Path, text: str) -> None:
    (tmp_path / "m.json").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        read_choices([tmp_path / "m.json"], "mirage")
    assert caught.value.key == "eval_choice_not_json"


@pytest.mark.parametrize("form", ["mirage", "french_medmcqa"])
def test_a_damaged_gzip_file_is_named(tmp_path: Path, form: str) -> None:
    packed = bytearray(gzip.compress(b"{}" * 500))
    packed[12:20] = bytes(8)
    (tmp_path / "m.json.gz").write_bytes(packed)
    with pytest.raises(UsageError) as caught:
        read_choices([tmp_path / "m.json.gz"], form)
    assert (caught.value.key, caught.value.variables["file"]) == (
        "eval_file_unreadable",
        tmp_path / "m.json.gz",
    )


def test_a_file_that_is_no_json_says_so(tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text("{", encoding="utf-8")
    for path, key in (
        (tmp_path / "broken.json", "eval_choice_not_json"),
        (tmp_path / "missing.json", "eval_file_unreadable"),
    ):
        with pytest.raises(UsageError) as caught:
            read_choices([path], "mirage")
        assert caught.value.key == key


# --- Metrics ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("chosen", "gold", "exact", "hamming"),
    [
        ("AC", "AC", 1.0, 1.0),
        ("ABC", "AC", 0.0, 2 / 3),  # both: A, C; either: A, B, C
        ("B", "AC", 0.0, 0.0),
        ("AB", "BC", 0.0, 1 / 3),  # both: B; either: A, B, C
    ],
)
def test_sets_are_scored_as_the_authors_of_frenchmedmcqa_do(
    chosen: str, gold: str, exact: float, hamming: float
) -> None:
    scores = choice_scores(chosen, gold, takes_several=True)
    assert (scores["exact_match"], scores["hamming"]) == (exact, pytest.approx(hamming))
    assert scores["accuracy"] == Unscored("several_answers")


def test_one_option_is_right_or_wrong_and_is_no_set() -> None:
    assert choice_scores("A", "A", takes_several=False)["accuracy"] == 1.0
    wrong = choice_scores("B", "A", takes_several=False)
    assert (wrong["accuracy"], wrong["exact_match"], wrong["hamming"]) == (
        0.0,
        Unscored("one_answer"),
        Unscored("one_answer"),
    )


def test_without_gold_nothing_is_scored() -> None:
    assert set(choice_scores("A", (), takes_several=True).values()) == {Unscored("no_gold")}


def test_macro_f1_is_the_mean_of_the_classes_that_occur() -> None:
    # yes: 2 right of 3 called and 3 there, F1 = 2*2/(3+3) = 2/3. no: 1 right of 2 called, 1 there, F1 = 2/3.
    # maybe: 0 right, F1 = 0.
    gold, chosen = ["yes", "yes", "yes", "no", "maybe"], ["yes", "yes", "no", "no", "yes"]
    assert macro_f1(gold, chosen) == pytest.approx((2 / 3 + 2 / 3 + 0) / 3)
    assert macro_f1([], []) is None


def test_the_interval_of_macro_f1_agrees_with_drawing_the_items_anew() -> None:
    gold, chosen = list("AABBCA" * 5), list("ABBBCA" * 5)
    means = []
    for counts in resampled_counts(30, times=200):
        drawn = [place for place, times in enumerate(counts) for _ in range(int(times))]
        means.append(macro_f1([gold[place] for place in drawn], [chosen[place] for place in drawn]) or 0.0)
    found = macro_f1_interval(gold, chosen)
    assert found is not None
    middle = sorted(means)
    assert found == (pytest.approx(middle[5], abs=0.03), pytest.approx(middle[194], abs=0.03))
    assert macro_f1_interval(["A"], ["A"]) is None
