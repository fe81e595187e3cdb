"""What the reader learns from: made by program, the same every time, and right by its own labels."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from random import Random

import pytest

from eval.fit.reader.data.answer_data import SAYS
from eval.fit.reader.data.asking import asked_of, needs_of, open_of, worded
from eval.fit.reader.data.contrast import (
    CONTRADICT,
    NEUTRAL,
    NOT_SUPPORT,
    SUPPORT,
    changed,
    contrast_pairs,
    true_claim,
)
from eval.fit.reader.data.documents import AskedDocument, AskedSentence, clinical_documents
from eval.fit.reader.data.files import files_of
from eval.fit.reader.data.groups import AnswerGroup, Option, counts, drawn, split_of
from eval.fit.reader.data.left_out import left_out
from eval.fit.reader.data.public import cut, other_wording, public_groups
from eval.fit.reader.data.record_lines import record_groups
from eval.fit.reader.data.support_data import SupportUnits
from eval.fit.reader.inputs import LearningTokens
from rag.core.errors import UsageError
from rag.models.embedding.e5.bin import E5Weights
from rag.models.embedding.e5.tokenizer import E5Tokenizer
from rag.models.reader.pairs import PairTokens, TextPair
from tests.unit.e5_weights import write

CASE = AskedDocument(
    "case-1",
    "e3c_fr",
    "fr",
    "Cas clinique",
    tuple(
        AskedSentence(text)
        for text in (
            "Une patiente de 62 ans consulte pour une douleur du genou gauche.",
            "Ses antécédents comportent une hypertension artérielle traitée par amlodipine 5 mg par jour.",
            "Le bilan retrouve une créatinine à 145 µmol/L et une kaliémie à 5,8 mmol/L.",
            "La radiographie du genou montre un pincement de l'interligne.",
            "Une prothèse de genou est posée le 12/03/2024 en raison de la douleur.",
            "La culture du liquide met en évidence un Staphylococcus aureus.",
            "Elle reçoit de l'amoxicilline 1 g pendant dix jours.",
            "À six mois de recul, l'évolution est favorable.",
        )
    ),
)


def answers(groups: list[AnswerGroup], about: str) -> list[str]:
    return [
        option.text for group in groups if about in group.question for option in group.options if option.label
    ]


class TestQuestionsMadeForADocument:
    def test_a_value_is_answered_by_the_sentence_that_holds_it(self) -> None:
        groups = [group for seed in range(6) for group in asked_of(CASE, "train", seed, 30)]
        told = answers(groups, "créatinine")
        assert told
        assert all("145" in text for text in told)

    def test_the_sentences_that_do_not_answer_stand_beside_it(self) -> None:
        for group in asked_of(CASE, "train", 7, 30):
            assert group.has_answer
            assert any(not option.label for option in group.options)
            assert len({option.text for option in group.options}) == len(group.options)

    def test_some_are_asked_in_the_other_language(self) -> None:
        asked = {group.language for seed in range(4) for group in asked_of(CASE, "train", seed, 30)}
        assert asked == {"fr", "en"}

    def test_the_same_seed_gives_the_same_questions(self) -> None:
        assert list(asked_of(CASE, "train", 7, 9)) == list(asked_of(CASE, "train", 7, 9))

    def test_what_the_document_does_not_name_is_left_open(self) -> None:
        other = AskedDocument(
            "case-2",
            "e3c_fr",
            "fr",
            "Cas clinique",
            tuple(
                AskedSentence(text)
                for text in (
                    "La ferritine est à 12 µg/L.",
                    "Le patient reçoit du méthotrexate 15 mg.",
                    "L'IRM cérébrale montre un méningiome.",
                    "Le patient sort à domicile.",
                )
            ),
        )
        groups = list(open_of(CASE, needs_of(other), "train", 7, 3))
        assert groups
        assert not any(group.has_answer for group in groups)

    def test_a_document_of_three_sentences_is_too_short_to_ask(self) -> None:
        short = AskedDocument("s", "e3c_fr", "fr", "", CASE.sentences[:3])
        assert not list(asked_of(short, "train", 7, 5))

    @pytest.mark.parametrize("language", ["fr", "en"])
    def test_every_kind_has_words_in_both_languages(self, language: str) -> None:
        for seed in range(30):
            assert "{" not in worded("value", "creatinine", "", language, Random(seed))


class TestMadeUpRecords:
    def test_one_line_answers_or_none(self) -> None:
        groups = list(record_groups(40, "train", 7))
        assert {sum(option.label for option in group.options) for group in groups} == {0, 1}

    def test_a_line_stands_under_title_and_section(self) -> None:
        group = next(record_groups(1, "train", 7))
        assert all(" > " in option.context for option in group.options)


class TestPlantedErrors:
    @pytest.mark.parametrize(
        ("text", "language", "error", "label"),
        [
            ("Fracture du poignet droit.", "fr", "side", CONTRADICT),
            ("Pain in the left knee.", "en", "side", CONTRADICT),
            ("La patiente est sortie sans fièvre.", "fr", "negation", CONTRADICT),
            ("Créatinine à 145 µmol/L.", "fr", "number", CONTRADICT),
            ("Opérée en 2019 du genou.", "fr", "date", CONTRADICT),
            ("Aspirin 75 mg was given.", "en", "unit", CONTRADICT),
            ("Some patients had fever.", "en", "quantifier", NEUTRAL),
            ("A suspected fracture of the hip.", "en", "certainty", NEUTRAL),
            ("Fever was associated with the catheter.", "en", "cause", NEUTRAL),
            ("The patient had diabetes.", "en", "person", NEUTRAL),
            ("Elle reçoit de l'amoxicilline.", "fr", "drug", NOT_SUPPORT),
            ("Elle reçoit de l'amoxicilline.", "fr", "list", NEUTRAL),
        ],
    )
    def test_each_kind_changes_its_one_place(self, text: str, language: str, error: str, label: int) -> None:
        found = [
            change
            for seed in range(12)
            for change in changed(text, language, Random(seed))
            if change.error == error
        ]
        assert found
        assert all(change.text != text and change.label == label for change in found)

    def test_a_number_never_becomes_the_same_number(self) -> None:
        for seed in range(60):
            for change in changed("Dose de 5 mg.", "fr", Random(seed)):
                assert change.text != "Dose de 5 mg."

    def test_a_true_claim_is_made_of_the_sentence(self) -> None:
        claim, way = true_claim(
            "Le bilan est normal (prélèvement du soir), le patient sort.", "fr", Random(1)
        )
        assert way in ("part", "copy", "renamed", "number form")
        assert claim.strip()

    def test_pairs_of_a_document_hold_true_and_wrong_claims(self) -> None:
        labels = {pair.label for seed in range(5) for pair in contrast_pairs(CASE, "train", seed, 8)}
        assert {SUPPORT, NEUTRAL, CONTRADICT} <= labels

    def test_the_same_seed_gives_the_same_pairs(self) -> None:
        assert list(contrast_pairs(CASE, "train", 7, 8)) == list(contrast_pairs(CASE, "train", 7, 8))


class TestSplits:
    def test_a_document_is_always_in_the_same_part(self) -> None:
        assert split_of("FR1") == split_of("FR1")

    def test_about_one_in_eight_is_not_trained_on(self) -> None:
        # 8 % held out and 4 % for stopping: of 2,000 keys about 1,760 are left, give or take 60
        train = sum(split_of(str(number)) == "train" for number in range(2000))
        assert 1700 < train < 1820

    def test_documents_that_an_evaluation_asks_about_are_left_out(self, tmp_path: Path) -> None:
        (tmp_path / "ids.txt").write_text("A1\nA2\n", encoding="utf-8")
        (tmp_path / "asked.jsonl").write_text(json.dumps({"document": "B1"}) + "\n", encoding="utf-8")
        found = left_out((tmp_path / "ids.txt", tmp_path / "asked.jsonl"))
        assert {"A1", "A2", "B1", "FR100092"} <= found

    def test_drawing_keeps_one_that_answers(self) -> None:
        options = (Option("a", 1), Option("b", 1), *(Option(str(n), 0) for n in range(9)))
        group = drawn(AnswerGroup("s", "en", "train", "q", options), 4, Random(1))
        assert [option.label for option in group.options] == [1, 0, 0, 0]


def write_rows(path: Path, rows: list[dict[str, object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8") as lines:
        lines.writelines(json.dumps(row) + "\n" for row in rows)


def test_a_missing_file_of_data_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="medquad"):
        list(public_groups(tmp_path, 7))


def test_texts_whose_licence_forbids_commerce_are_not_read(tmp_path: Path) -> None:
    row = {"id": "x", "text": "Une phrase de plusieurs mots. " * 5, "licence": "CC BY-NC 4.0"}
    write_rows(tmp_path / "fr/e3c_clinical_cases.jsonl.gz", [row, {**row, "id": "y", "licence": "CC BY 4.0"}])
    documents = clinical_documents(tmp_path, frozenset())
    assert next(documents).doc_id == "y"


def test_a_long_answer_is_cut_to_whole_sentences() -> None:
    text = "First it is said. Then more is told. At last it ends here."
    for seed in range(20):
        assert cut(text, Random(seed), from_start=True) in text


def test_a_template_question_is_asked_in_other_words_half_of_the_time() -> None:
    asked = {other_wording("What are the treatments for Gout ?", Random(seed)) for seed in range(40)}
    assert len(asked) > 2
    assert all("Gout" in question for question in asked)


def test_counts_are_by_source_and_part() -> None:
    group = AnswerGroup("s", "en", "train", "q", (Option("a", 1), Option("b", 0)))
    assert counts([group, group]) == {"s/train": (2, 4)}


@pytest.mark.parametrize("head", ["answers", "supports"])
def test_every_file_that_is_trained_on_has_a_licence(head: str) -> None:
    assert all(licence for _, licence in files_of(head))  # type: ignore[arg-type]
    assert all(0 < share <= 1 for share in SAYS.values())


@pytest.fixture
def tokens(tmp_path: Path) -> LearningTokens:
    write(tmp_path / "tiny.bin")
    return LearningTokens(E5Tokenizer(E5Weights(tmp_path / "tiny.bin").vocabulary), 40)


def test_parts_mark_question_and_text_and_leave_out_the_context(tokens: LearningTokens) -> None:
    plain, placed = tokens.encode("a", "b c"), tokens.encode("a", "b c", "title")
    for pair in (plain, placed):
        assert len(pair.ids) == len(pair.part) <= 40
        assert set(pair.part) == {0, 1, 2}
    assert placed.part.count(0) > plain.part.count(0)


def test_a_long_text_is_cut_to_the_longest(tokens: LearningTokens) -> None:
    assert len(tokens.encode("a " * 50, "b " * 200, "c " * 50).ids) <= 40


def test_an_epoch_of_pairs_is_the_same_for_the_same_number(tokens: LearningTokens) -> None:
    pairs = list(contrast_pairs(CASE, "train", 7, 8))
    units = SupportUnits(tokens, pairs, 7)
    assert units.epoch(1) == units.epoch(1)


@pytest.mark.parametrize("context", ["", "b a"])
def test_a_pair_is_trained_on_as_it_is_asked_about(tmp_path: Path, context: str) -> None:
    write(tmp_path / "tiny.bin")
    tokenizer = E5Tokenizer(E5Weights(tmp_path / "tiny.bin").vocabulary)
    learned = LearningTokens(tokenizer, 192).encode("a fièvre", "b c é", context)
    [asked] = PairTokens(tokenizer, 192).windows(TextPair("a fièvre", "b c é", context))
    assert (list(learned.ids), list(learned.part)) == (asked.ids, asked.parts)
