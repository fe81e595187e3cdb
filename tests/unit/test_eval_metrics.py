"""Metrics of answers, each against a value worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from eval.datasets.questions import Fact
from eval.metrics.answers.figures import numbers
from eval.metrics.answers.library import Library, names_of
from eval.metrics.answers.nuggets import holds, normalised
from eval.statistics.scores import Score, Unscored
from rag.contract import AnswerJson
from tests.unit.scoring import DOCUMENTS, KNEE, SILENCE, answer, asked, cite, claim, evidence, scored


class TestCitations:
    def test_recall_is_the_share_of_claims_that_their_citations_support(self) -> None:
        said = answer(
            claim("Left hip replaced.", cite("hip", "Left hip replaced.")),
            claim("High fever.", cite("hip", "No fever.")),
        )
        assert scored("citation_recall", said) == 1 / 2

    def test_recall_takes_the_citations_together(self) -> None:
        said = answer(
            claim(
                "Left hip, right knee replaced".replace(",", ""),
                cite("hip", "Left hip replaced."),
                cite("knee", KNEE),
            )
        )
        assert scored("citation_recall", said) == 1.0

    def test_recall_counts_a_claim_without_citation_as_unsupported(self) -> None:
        assert scored("citation_recall", answer(claim("Left hip replaced."))) == 0.0

    def test_precision_counts_a_citation_that_adds_nothing_against_the_answer(self) -> None:
        # The first supports alone; the second does not, and the claim stands without it: 1 of 2.
        said = answer(
            claim("Left hip replaced.", cite("hip", "Left hip replaced."), cite("hip", "No fever."))
        )
        assert scored("citation_precision", said) == 1 / 2

    def test_precision_counts_two_citations_that_need_each_other(self) -> None:
        said = answer(
            claim("Left hip right knee replaced", cite("hip", "Left hip replaced."), cite("knee", KNEE))
        )
        assert scored("citation_precision", said) == 1.0

    def test_precision_counts_no_citation_of_an_unsupported_claim(self) -> None:
        # Two good citations of the first claim, one of a claim that nothing supports: 2 of 3.
        first = claim("replaced", cite("hip", "Left hip replaced."), cite("knee", KNEE))
        assert scored(
            "citation_precision", answer(first, claim("High fever.", cite("hip", "No fever.")))
        ) == pytest.approx(2 / 3)

    def test_precision_without_any_citation_is_not_defined(self) -> None:
        assert scored("citation_precision", answer(claim("Left hip replaced."))) == Unscored("no_citation")

    def test_faithfulness_accepts_a_claim_that_other_evidence_supports(self) -> None:
        said = answer(
            claim("Right knee replaced.", cite("hip", "No fever.")),
            claim("High fever."),
            shown=[evidence("hip"), evidence("knee")],
        )
        assert scored("citation_recall", said) == 0.0
        assert scored("faithfulness", said) == 1 / 2

    @pytest.mark.parametrize("metric", ["citation_recall", "citation_precision", "faithfulness"])
    def test_silence_is_not_scored(self, metric: str) -> None:
        assert scored(metric, SILENCE) == Unscored("abstained")


class TestNuggets:
    @pytest.mark.parametrize(
        ("text", "fact"),
        [
            ("Kaliémie à 4,6 mmol/L", "4.6"),
            ("dose de 22 %", "22%"),
            ("10mg par jour", "10 mg"),
            ("Voie ANTÉRIEURE", "anterieure"),
            ("échantillon hémolysé", "hémolys"),
            ("pas d’abcès", "pas d'abcès"),
            ("un cœur sain", "coeur"),
            ("deux  fois\npar jour", "deux fois par jour"),
            ("two weeks", "14 days|two weeks"),
            ("Ki‑67 élevé", "Ki-67"),
        ],
    )
    def test_writing_does_not_matter(self, text: str, fact: str) -> None:
        assert holds(text, fact)

    @pytest.mark.parametrize(
        ("text", "fact"),
        [
            ("14,6 mmol/L", "4,6"),
            ("4,65", "4,6"),
            ("110 mg", "10 mg"),
            ("80", "8"),
            ("commère", "mère"),
            ("1.40", "40"),
            ("", "10 mg"),
        ],
    )
    def test_a_part_of_a_number_or_the_end_of_a_word_is_no_match(self, text: str, fact: str) -> None:
        assert not holds(text, fact)

    def test_empty_alternatives_match_nothing(self) -> None:
        assert not holds("anything", "|")

    def test_normalising_twice_changes_nothing(self) -> None:
        once = normalised("  22 % d’œdème, 4,6 MMOL – Été ")
        assert once == normalised(once) == "22% d'oedeme, 4.6mmol - ete"

    def test_nugget_recall_is_the_share_of_facts_found(self) -> None:
        said = answer(claim("Left hip, 35 days."))
        assert scored(
            "nugget_recall", said, asked(must_have=("left|gauche", "35 days|5 weeks", "enoxaparin"))
        ) == pytest.approx(2 / 3)

    def test_abstaining_from_an_answerable_question_finds_no_fact(self) -> None:
        assert scored("nugget_recall", SILENCE, asked(must_have=("left",), answerable=True)) == 0.0

    def test_a_question_without_answer_has_no_facts_to_find(self) -> None:
        assert scored("nugget_recall", SILENCE, asked(must_have=("left",), answerable=False)) == Unscored(
            "unanswerable"
        )
        assert scored("nugget_recall", SILENCE, asked()) == Unscored("no_must_have")

    def test_a_forbidden_fact_is_a_violation(self) -> None:
        said = answer(claim("Right hip replaced."))
        assert scored("must_not", said, asked(must_not=("left", "right hip|hanche droite"))) == 1.0
        assert scored("must_not", said, asked(must_not=("left",))) == 0.0
        assert scored("must_not", said, asked()) == Unscored("no_must_not")


class TestGrounding:
    @pytest.mark.parametrize("gold", ["hip", "hip.md", "records/hip.md"])
    def test_a_gold_document_goes_by_id_or_file(self, gold: str) -> None:
        said = answer(claim("x", cite("hip", "No fever.")))
        assert scored("doc_hit", said, asked(gold_docs=(gold,))) == 1.0

    def test_a_record_of_a_file_of_many_goes_by_its_id_only(self) -> None:
        assert names_of("d1", "file:///data/corpus.jsonl#d1") == {"d1"}
        assert names_of("d1", "file:///data/note%20one.txt") == {
            "d1",
            "note one.txt",
            "note one",
            "data/note one.txt",
            "data/note one",
        }

    def test_files_of_one_name_in_two_folders_are_told_apart(self) -> None:
        names: dict[str, frozenset[str]] = {}
        for doc_id, uri in (("a", "file:///data/P1/notes.txt"), ("b", "file:///data/P2/notes.txt")):
            for name in names_of(doc_id, uri):
                names[name] = names.get(name, frozenset()) | {doc_id}
        library = Library(DOCUMENTS.get, names)
        assert library.resolve(["P1/notes.txt"]) == {"a"}
        assert library.resolve(["notes"]) == {"a", "b"}
        assert library.resolve(["P3/notes.txt"]) == frozenset()

    def test_another_document_is_no_hit(self) -> None:
        said = answer(claim("x", cite("knee", KNEE)))
        assert scored("doc_hit", said, asked(gold_docs=("hip",))) == 0.0
        assert scored("doc_hit", SILENCE, asked(gold_docs=("hip",), answerable=True)) == 0.0

    def test_gold_that_was_not_indexed_is_not_scored(self) -> None:
        said = answer(claim("x", cite("knee", KNEE)))
        assert scored("doc_hit", said, asked(gold_docs=("lost",))) == Unscored("gold_docs_not_indexed")
        assert scored("doc_hit", said, asked()) == Unscored("no_gold_docs")

    def test_a_citation_that_overlaps_the_gold_quote_is_a_hit(self) -> None:
        said = answer(claim("x", cite("hip", "hip replaced.")))
        assert scored("gold_quote_hit", said, asked(gold_docs=("hip",), gold_quotes=("Left hip",))) == 1.0
        assert scored("gold_quote_hit", said, asked(gold_docs=("hip",), gold_quotes=("No fever",))) == 0.0

    def test_a_gold_quote_without_a_gold_document_is_missed_by_other_citations_and_by_silence(self) -> None:
        gold = asked(gold_quotes=("Right knee",))
        assert scored("gold_quote_hit", answer(claim("x", cite("knee", "Right knee"))), gold) == 1.0
        assert scored("gold_quote_hit", answer(claim("x", cite("hip", "No fever."))), gold) == 0.0
        assert scored("gold_quote_hit", SILENCE, gold) == 0.0

    def test_a_gold_quote_that_stands_nowhere_is_missed_where_another_is_found(self) -> None:
        said = answer(claim("x", cite("hip", "No fever.")))
        assert (
            scored(
                "gold_quote_recall", said, asked(gold_docs=("hip",), gold_quotes=("No fever", "Not there"))
            )
            == 0.5
        )
        assert scored(
            "gold_quote_recall", said, asked(gold_docs=("hip",), gold_quotes=("Not there",))
        ) == Unscored("gold_quotes_not_found")

    def test_white_space_of_a_gold_quote_does_not_matter(self) -> None:
        said = answer(claim("x", cite("hip", "No fever.")))
        assert (
            scored("gold_quote_hit", said, asked(gold_docs=("hip",), gold_quotes=("replaced. No fever",)))
            == 1.0
        )

    def test_a_gold_quote_that_no_document_holds_is_not_scored(self) -> None:
        said = answer(claim("x", cite("hip", "No fever.")))
        assert scored("gold_quote_hit", said, asked(gold_docs=("hip",), gold_quotes=("Elbow",))) == Unscored(
            "gold_quotes_not_found"
        )

    def test_a_quote_with_wrong_offsets_or_document_is_not_exact(self) -> None:
        right = cite("hip", "No fever.")
        moved = replace(right, start=0, end=9)
        lost = replace(right, doc_id="lost")
        assert scored("quote_exact", answer(claim("x", right))) == 1.0
        assert scored("quote_exact", answer(claim("x", right, moved), claim("y", lost))) == pytest.approx(
            1 / 3
        )
        assert scored("quote_exact", SILENCE) == Unscored("abstained")

    def test_another_patients_record_is_counted_and_literature_is_not(self) -> None:
        said = answer(
            claim("x", cite("hip", "No fever."), cite("knee", KNEE), cite("paper", "Hips wear out.")),
            shown=[evidence("knee")],
        )
        assert (
            scored("wrong_patient", said, asked(patient_id="P1")) == 2.0
        )  # one citation and one piece of evidence of P2
        assert scored("wrong_patient", answer(shown=[evidence("knee")]), asked(patient_id="P2")) == 0.0
        assert scored("wrong_patient", said, asked()) == Unscored("no_patient")

    def test_the_answer_should_be_in_the_language_of_the_question(self) -> None:
        french = answer(claim("La prothèse de la hanche gauche a été posée sans difficulté."))
        assert scored("answer_language", french, asked(language="fr")) == 1.0
        assert scored("answer_language", french, asked(language="en")) == 0.0
        assert scored("answer_language", french, asked("Quelle est la dose de la patiente ?")) == 1.0
        assert scored("answer_language", answer(claim("60 mg")), asked(language="en")) == 1.0


class TestGoldQuotes:
    GOLD = asked(gold_docs=("hip",), gold_quotes=("Left hip replaced.", "No fever."), answerable=True)

    def test_precision_counts_citations_and_recall_counts_quotes(self) -> None:
        # Two of three citations lie on gold; one of two gold quotes is cited.
        said = answer(
            claim("x", cite("hip", "Left hip"), cite("hip", "replaced.")), claim("y", cite("knee", KNEE))
        )
        assert scored("gold_quote_precision", said, self.GOLD) == pytest.approx(2 / 3)
        assert scored("gold_quote_recall", said, self.GOLD) == 1 / 2

    def test_silence_finds_no_quote_and_has_no_precision(self) -> None:
        assert scored("gold_quote_recall", SILENCE, self.GOLD) == 0.0
        assert scored("gold_quote_precision", SILENCE, self.GOLD) == Unscored("abstained")

    def test_without_gold_neither_is_defined(self) -> None:
        said = answer(claim("x", cite("hip", "No fever.")))
        assert scored("gold_quote_precision", said, asked()) == Unscored("no_gold_quotes")
        assert scored("gold_quote_recall", said, asked(gold_quotes=("Elbow",))) == Unscored(
            "gold_quotes_not_found"
        )


class TestPatients:
    def test_records_of_two_patients_in_one_answer_are_a_fault_and_literature_is_not(self) -> None:
        both = answer(claim("x", cite("hip", "No fever.")), claim("y", cite("knee", KNEE)))
        one = answer(claim("x", cite("hip", "No fever."), cite("paper", "Hips wear out.")))
        assert scored("mixed_patients", both) == 1.0
        assert scored("mixed_patients", one) == 0.0
        assert scored("mixed_patients", SILENCE) == Unscored("abstained")


class TestNumbers:
    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("4 000 UI, 4,000 units, 4000", {"4000"}),
            ("1 234 567", {"1234567"}),
            ("0,5 mg or 0.50 mg", {"0.5"}),
            ("le 12 mars 2026", {"12", "3", "2026"}),
            ("2026-03-12", {"2026", "3", "12"}),
            ("no figure here", set()),
        ],
    )
    def test_a_number_is_the_same_however_it_is_written(self, text: str, found: set[str]) -> None:
        assert numbers(text) == found

    def test_a_claim_whose_number_its_quote_does_not_hold_is_counted(self) -> None:
        said = answer(
            claim("Hips, 12 of them.", cite("hip", "Left hip replaced.")),
            claim("No number.", cite("hip", "No fever.")),
            claim("Nothing 3.", cite("knee", KNEE)),
        )
        assert scored("numbers_cited", said) == 0.0

    def test_claims_without_a_number_are_left_out(self) -> None:
        assert scored("numbers_cited", answer(claim("No number.", cite("hip", "No fever.")))) == Unscored(
            "no_number"
        )
        assert scored("numbers_cited", SILENCE) == Unscored("abstained")


class TestFacts:
    FACTS = asked(
        facts=(Fact("Left hip replaced.", True), Fact("High fever.", True), Fact("No fever.", False)),
        answerable=True,
    )

    def test_vital_and_okay_facts_are_counted_apart(self) -> None:
        said = answer(claim("Left hip replaced. No fever."))
        assert scored("fact_recall_vital", said, self.FACTS) == 1 / 2
        assert scored("fact_recall_okay", said, self.FACTS) == 1.0

    def test_silence_says_no_fact(self) -> None:
        assert scored("fact_recall_vital", SILENCE, self.FACTS) == 0.0
        assert scored("fact_contradicted", SILENCE, self.FACTS) == Unscored("abstained")

    def test_without_facts_nothing_is_defined(self) -> None:
        said = answer(claim("Left hip replaced."))
        assert scored("fact_recall_vital", said, asked()) == Unscored("no_facts")
        assert scored("fact_contradicted", said, asked()) == Unscored("no_facts")
        assert scored("fact_contradicted", said, self.FACTS) == 0.0

    def test_nice_to_have_is_no_part_of_nugget_recall(self) -> None:
        question = asked(must_have=("left",), nice_to_have=("35 days", "hip"))
        said = answer(claim("Left hip."))
        assert (scored("nugget_recall", said, question), scored("nugget_recall_okay", said, question)) == (
            1.0,
            1 / 2,
        )
        assert scored("nugget_recall_okay", said, asked(must_have=("left",))) == Unscored("no_nice_to_have")


class TestCorrect:
    def right(self, said: AnswerJson, **gold: object) -> Score:
        return scored("correct", said, asked(**gold))

    def test_all_vital_facts_and_nothing_forbidden_is_right(self) -> None:
        said = answer(claim("Left hip replaced.", cite("hip", "No fever.")))
        assert self.right(said, must_have=("left", "hip")) == 1.0
        assert self.right(said, must_have=("left", "knee")) == 0.0
        assert self.right(said, must_have=("left",), must_not=("hip",)) == 0.0

    def test_a_question_without_answer_is_right_when_nothing_is_said(self) -> None:
        assert self.right(SILENCE, answerable=False) == 1.0
        assert self.right(answer(claim("x")), answerable=False) == 0.0
        assert self.right(SILENCE, answerable=True, must_have=("left",)) == 0.0

    def test_a_gold_document_stands_for_facts_that_are_not_declared(self) -> None:
        said = answer(claim("x", cite("hip", "No fever.")))
        assert self.right(said, gold_docs=("hip",)) == 1.0
        assert self.right(said, gold_docs=("knee",)) == 0.0
        assert self.right(said) == Unscored("no_gold")


class TestAbstention:
    @pytest.mark.parametrize(
        ("answerable", "said", "precision", "recall", "false"),
        [
            (False, SILENCE, 1.0, 1.0, Unscored("unanswerable")),
            (True, SILENCE, 0.0, Unscored("answerable"), 1.0),
            (False, answer(claim("x")), Unscored("answered"), 0.0, Unscored("unanswerable")),
            (True, answer(claim("x")), Unscored("answered"), Unscored("answerable"), 0.0),
            (None, SILENCE, *[Unscored("answerable_not_declared")] * 3),
        ],
    )
    def test_each_is_defined_where_it_has_a_meaning(
        self, answerable: bool | None, said: AnswerJson, precision: object, recall: object, false: object
    ) -> None:
        question = asked(answerable=answerable)
        assert scored("abstain_precision", said, question) == precision
        assert scored("abstain_recall", said, question) == recall
        assert scored("false_abstention", said, question) == false
