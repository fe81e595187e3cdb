"""Public sets are read in their own forms, into pairs and questions; a malformed line is named with its
place.
"""

from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path

import pytest

from eval.datasets.beir import read_beir
from eval.datasets.choice_forms import FORMS as CHOICE_FORMS
from eval.datasets.declarations import checksum, dataset, declared
from eval.datasets.pairs import FORMS as PAIR_FORMS
from eval.datasets.pairs import read_all_pairs, read_pairs
from eval.datasets.qa import FORMS as QA_FORMS
from eval.datasets.qa import prepare
from eval.datasets.questions import EvalQuestion, Fact, read_questions
from eval.datasets.records import read_records
from eval.datasets.sample import crossed, sampled
from rag.core.errors import UsageError
from rag.settings import _NOT_SETTINGS

MEDHALLU = {
    "Question": "q",
    "Knowledge": ["Drug A helped.", "Drug B did not."],
    "Ground Truth": "Drug A helps.",
    "Hallucinated Answer": "Drug B helps.",
    "Difficulty Level": "hard",
    "Category of Hallucination": "Misinterpretation of #Question#",
}
BIOASQ = {
    "id": "b1",
    "body": "Which disease?",
    "type": "list",
    "exact_answer": [["gout", "podagra"], ["asthma"]],
    "ideal_answer": ["It is gout or asthma."],
    "snippets": [
        {
            "document": "http://example.org/pubmed/77",
            "text": "Gout and asthma.",
            "beginSection": "abstract",
            "offsetInBeginSection": 3,
            "offsetInEndSection": 19,
        }
    ],
}
PUBMEDQA = {
    "_id": "7",
    "question": "Does it help?",
    "contexts": ["It was tried.", "It helped."],
    "long_answer": "It helps.",
    "final_decision": "yes",
}
KQA = {
    "Question": "What of gout?",
    "Must_have": ["Gout hurts."],
    "Nice_to_have": ["Gout is old."],
    "Free_form_answer": "x",
}


def lines(path: Path, *items: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(item) + "\n" for item in items), encoding="utf-8")
    return path


class TestPairs:
    def test_a_hallucinated_answer_is_unsupported_and_the_true_one_supported(self, tmp_path: Path) -> None:
        true, false = read_pairs(lines(tmp_path / "m.jsonl", MEDHALLU), "medhallu")
        assert (true.premise, true.claim, true.label) == (
            "Drug A helped. Drug B did not.",
            "Drug A helps.",
            1,
        )
        assert (false.claim, false.label, false.slices["difficulty"]) == ("Drug B helps.", 0, "hard")
        assert false.slices["error_type"] == "Misinterpretation of Question"

    def test_only_supports_is_support_and_quoted_line_breaks_do_not_part_rows(self, tmp_path: Path) -> None:
        path = tmp_path / "h.csv"
        path.write_text(
            'id,evidence,claim,label,topic_ip,question\n1,"It\nhelps.",It'
            " helps,Supports,1,q\n2,e,c,Refutes,1,q\n3,e,c,Neutral,1,q\n"
        )
        pairs = read_pairs(path, "healthver")
        assert [(pair.id, pair.label, pair.slices["relation"]) for pair in pairs] == [
            ("1", 1, "Supports"),
            ("2", 0, "Refutes"),
            ("3", 0, "Neutral"),
        ]
        assert pairs[0].premise == "It\nhelps."

    def test_references_are_the_premise_of_an_attribution(self, tmp_path: Path) -> None:
        item = {
            "id": "a",
            "claim": "c",
            "references": ["one", "two"],
            "attribution_label": "not attributable",
            "src_dataset": "ExpertQA",
        }
        (pair,) = read_pairs(lines(tmp_path / "a.jsonl", item), "attributionbench")
        assert (pair.premise, pair.label, pair.slices["source"]) == ("one\n\ntwo", 0, "ExpertQA")

    def test_edited_summaries_keep_the_kind_of_edit(self, tmp_path: Path) -> None:
        items = [
            {"id": "1", "doc": "d", "summary": "s", "label": 1, "edit_types": []},
            {"id": "2", "doc": "d", "summary": "s", "label": 0, "edit_types": ["negation_insertion"]},
            {"id": "3", "doc": "d", "summary": "s", "label": 0, "edit_types": ["a", "b"]},
        ]
        path = tmp_path / "summedits_ectsum.json.gz"
        path.write_bytes(gzip.compress(json.dumps(items).encode()))
        pairs = read_pairs(path, "summedits")
        assert [(pair.label, pair.slices["error_type"]) for pair in pairs] == [
            (1, "none"),
            (0, "negation_insertion"),
            (0, "several"),
        ]
        assert {pair.slices["domain"] for pair in pairs} == {"ectsum"}

    def test_own_pairs_may_bring_slices_and_every_pair_gets_its_lengths(self, tmp_path: Path) -> None:
        item = {"premise": "word " * 150, "claim": "short", "label": 1, "slices": {"trap": "side"}}
        (pair,) = read_pairs(lines(tmp_path / "p.jsonl", item))
        assert pair.slices == {"trap": "side", "claim_length": "short", "premise_length": "long"}
        assert pair.id == "1"

    @pytest.mark.parametrize(
        ("form", "text", "line"),
        [
            ("medhallu", json.dumps(MEDHALLU) + "\n" + json.dumps({**MEDHALLU, "Ground Truth": None}), 2),
            ("healthver", "id,evidence,claim,label\n1,e,c,Supports\n2,e,c,Maybe\n", 3),
            (
                "attributionbench",
                json.dumps(
                    {
                        "id": "a",
                        "claim": "c",
                        "references": [],
                        "attribution_label": "maybe",
                        "src_dataset": "x",
                    }
                ),
                1,
            ),
            ("summedits", json.dumps([{"id": "1", "doc": "d", "summary": "s", "label": 2}]), 1),
            ("summedits", "{}", 1),
            ("summedits", json.dumps([{"id": "1", "doc": "d", "summary": "s", "label": True}]), 1),
            ("pairs", '{"premise": "half a character \\ud800", "claim": "c"}', 1),
            ("pairs", '{"premise": "p", "claim": "c", "slices": [1]}', 1),
        ],
    )
    def test_a_malformed_line_is_named(self, tmp_path: Path, form: str, text: str, line: int) -> None:
        path = tmp_path / "bad"
        path.write_text(text)
        with pytest.raises(UsageError) as caught:
            read_pairs(path, form)
        assert (caught.value.variables["file"], caught.value.variables["line"]) == (path, line)

    def test_a_mark_of_byte_order_is_no_part_of_the_first_column(self, tmp_path: Path) -> None:
        (tmp_path / "h.csv").write_text("id,evidence,claim,label\n7,e,c,Supports\n", encoding="utf-8-sig")
        assert [pair.id for pair in read_pairs(tmp_path / "h.csv", "healthver")] == ["7"]

    def test_a_quotation_mark_never_closed_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "h.csv").write_text('id,evidence,claim,label\n7,"' + "x" * 200_000, encoding="utf-8")
        before = csv.field_size_limit(100_000)  # of the whole process: readers of other formats raise it
        try:
            with pytest.raises(UsageError, match=r"h\.csv.*field larger"):
                read_pairs(tmp_path / "h.csv", "healthver")
        finally:
            csv.field_size_limit(before)

    def test_an_id_given_twice_is_an_error_in_one_file_and_over_two(self, tmp_path: Path) -> None:
        pair = {"_id": "a", "premise": "p", "claim": "c"}
        with pytest.raises(UsageError) as caught:
            read_pairs(lines(tmp_path / "twice.jsonl", pair, pair))
        assert (caught.value.key, caught.value.variables["number"]) == ("eval_pair_twice", 2)
        with pytest.raises(UsageError) as caught:
            read_all_pairs([lines(tmp_path / name, pair) for name in ("one.jsonl", "two.jsonl")])
        assert caught.value.variables["file"] == tmp_path / "two.jsonl"

    def test_an_unknown_form_is_reported_with_those_there_are(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="healthver, medhallu"):
            read_pairs(lines(tmp_path / "p.jsonl", {}), "csv")

    def test_a_file_that_is_not_there_is_reported(self, tmp_path: Path) -> None:
        for form in PAIR_FORMS:
            with pytest.raises(UsageError) as caught:
                read_pairs(tmp_path / "none", form)
            assert caught.value.key == "eval_file_unreadable"


class TestQuestionSets:
    def test_a_pubmedqa_abstract_is_the_corpus_and_its_conclusion_the_fact(self, tmp_path: Path) -> None:
        lines(tmp_path / "data" / "qa" / "pubmedqa.jsonl.gz", PUBMEDQA)
        ready = prepare(dataset("pubmedqa", "answers"), tmp_path / "data", tmp_path / "sets")
        (document,) = read_records(ready.corpus)
        assert (document.identifier(), document.text("text")) == ("7", "It was tried.\nIt helped.")
        (question,) = read_questions([ready.questions])
        assert (question.gold_docs, question.facts, question.slices) == (
            ("7",),
            (Fact("It helps.", False),),
            (("decision", "yes"),),
        )

    def test_bioasq_snippets_are_documents_and_exact_answers_must_be_named(self, tmp_path: Path) -> None:
        factoid = {
            **BIOASQ,
            "id": "b2",
            "type": "factoid",
            "exact_answer": [["gout"], "podagra"],
            "ideal_answer": "Gout.",
        }
        for name, item in (("12B1_golden.json", BIOASQ), ("12B2_golden.json", factoid)):
            path = tmp_path / "qa" / "bioasq12b" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps({"questions": [item]}))
        ready = prepare(dataset("bioasq", "answers"), tmp_path, tmp_path / "sets")
        assert [record.identifier() for record in read_records(ready.corpus)] == [
            "77-abstract-3-19"
        ]  # shared by both, once
        several, one = read_questions([ready.questions])
        assert (several.must_have, several.gold_docs) == (("gout|podagra", "asthma"), ("77-abstract-3-19",))
        assert (one.must_have, one.facts[0].text) == (("gout|podagra",), "Gout.")

    def test_kqa_statements_are_vital_or_okay_and_its_corpus_is_another_set(self, tmp_path: Path) -> None:
        lines(tmp_path / "qa" / "kqa.jsonl.gz", KQA)
        corpus = lines(tmp_path / "beir" / "liveqa_medquad" / "corpus.jsonl.gz", {"_id": "d", "text": "t"})
        ready = prepare(dataset("kqa", "answers"), tmp_path, tmp_path / "sets")
        (question,) = read_questions([ready.questions])
        assert ready.corpus == corpus
        assert question.facts == (Fact("Gout hurts.", True), Fact("Gout is old.", False))
        assert question.answerable is None

    def test_a_set_is_written_once_for_the_same_bytes(self, tmp_path: Path) -> None:
        lines(tmp_path / "qa" / "pubmedqa.jsonl.gz", PUBMEDQA)
        first = prepare(dataset("pubmedqa", "answers"), tmp_path, tmp_path / "sets")
        assert prepare(dataset("pubmedqa", "answers"), tmp_path, tmp_path / "sets") == first
        lines(tmp_path / "qa" / "pubmedqa.jsonl.gz", PUBMEDQA, {**PUBMEDQA, "_id": "8"})
        assert prepare(dataset("pubmedqa", "answers"), tmp_path, tmp_path / "sets") != first

    def test_a_malformed_question_is_named_by_its_number(self, tmp_path: Path) -> None:
        path = tmp_path / "qa" / "bioasq12b" / "12B1_golden.json"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps({"questions": [BIOASQ, {**BIOASQ, "type": "essay"}]}))
        path.with_name("12B2_golden.json").write_text('{"questions": []}')
        with pytest.raises(UsageError, match=r"12B1_golden\.json:2.*type"):
            prepare(dataset("bioasq", "answers"), tmp_path, tmp_path / "sets")


class TestDeclared:
    def test_every_declaration_has_a_form_that_can_be_read_and_a_licence(self) -> None:
        forms = {
            "retrieval": {"beir"},
            "verify": set(PAIR_FORMS),
            "answers": set(QA_FORMS),
            "choice": set(CHOICE_FORMS),
        }
        for found in declared().values():
            assert found.form in forms[found.measure], found.name
            assert found.licence
            assert found.language

    def test_data_that_are_not_there_are_reported_with_where_they_should_be(self, tmp_path: Path) -> None:
        medhallu = dataset("medhallu", "verify")
        with pytest.raises(UsageError, match="--data"):
            medhallu.paths(None)
        with pytest.raises(UsageError, match=r"faith/medhallu\.jsonl\.gz"):
            medhallu.paths(tmp_path)

    def test_an_unknown_set_is_reported_with_those_there_are(self) -> None:
        with pytest.raises(UsageError, match="healthver"):
            dataset("nothing", "verify")

    def test_a_checksum_is_of_the_bytes_not_of_the_place(self, tmp_path: Path) -> None:
        for folder in ("a", "b"):
            (tmp_path / folder / "deep").mkdir(parents=True)
            (tmp_path / folder / "deep" / "note.md").write_text("text")
        assert checksum([tmp_path / "a"]) == checksum([tmp_path / "b"])
        (tmp_path / "b" / "deep" / "note.md").write_text("other")
        assert checksum([tmp_path / "a"]) != checksum([tmp_path / "b"])

    def test_the_variable_that_names_the_folder_of_data_is_no_setting(self) -> None:
        assert "TRABOULE_SHARED_DATA" in _NOT_SETTINGS


class TestChoosing:
    QUESTIONS = tuple(
        EvalQuestion(str(number), "q", patient_id=f"P{number % 3}" if number % 4 else None)
        for number in range(20)
    )

    def test_a_sample_is_the_same_every_time_and_in_order(self) -> None:
        chosen = sampled(self.QUESTIONS, 5)
        assert chosen == sampled(self.QUESTIONS, 5)
        assert len(chosen) == 5
        assert [int(question.id) for question in chosen] == sorted(int(question.id) for question in chosen)
        assert sampled(self.QUESTIONS, None) == sampled(self.QUESTIONS, 99) == list(self.QUESTIONS)

    def test_a_drawn_collection_has_fewer_queries_and_other_judgements(self, tmp_path: Path) -> None:
        folder = tmp_path / "tiny"
        lines(folder / "corpus.jsonl", {"_id": "d", "text": "t"})
        lines(folder / "queries.jsonl", *({"_id": f"q{number}", "text": "t"} for number in range(5)))
        (folder / "qrels").mkdir()
        (folder / "qrels" / "test.tsv").write_text(
            "".join(f"q{number}\td\t{int(number > 0)}\n" for number in range(5))
        )
        whole = read_beir(folder)
        drawn = whole.drawn(2)
        assert len(drawn.answerable()) == 2
        assert drawn.answerable().items() <= whole.answerable().items()
        assert drawn.judgements_checksum() != whole.judgements_checksum()
        assert whole.drawn(None) is whole

    def test_every_question_is_put_to_every_other_patient_and_to_nobody_without_its_gold(self) -> None:
        questions = [
            EvalQuestion("a", "q", patient_id="P1", must_have=("x",), answerable=True),
            EvalQuestion("b", "q", patient_id="P2"),
            EvalQuestion("c", "q"),
        ]
        assert [
            (found.id, found.patient_id, found.must_have, found.answerable) for found in crossed(questions)
        ] == [
            ("a@P2", "P2", (), None),
            ("a@anybody", None, (), None),
            ("b@P1", "P1", (), None),
            ("b@anybody", None, (), None),
        ]
