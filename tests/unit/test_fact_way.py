"""From facts to a shown answer: exact quotes, dates only where a document writes them, and nothing that its
quotes do not carry.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from rag.answer.from_facts.citing import cited
from rag.answer.from_facts.values import Fragment, quoted, statement
from rag.answer.from_facts.wording.dates_written import is_written, witnesses, written_at
from rag.build import open_home
from rag.core.facts import Fact, FactKind, FactStatus, Period, Side
from rag.core.types import Answer, ClaimChecked, Done, EvidenceFound, Filters
from rag.home import OpenHome
from rag.pipeline import Pipeline, Question
from rag.settings import Settings
from rag.testing import FactList

LETTER = """# Consultation du 21/05/2026

M. Essai, 70 ans.

## Biologie du 18/05/2026
Créatinine 112 µmol/L, K 4,7 mmol/L.

## Décisions
Furosémide diminué à 60 mg par jour.
Drain retiré le 12/02. Pas de thrombose veineuse profonde.
Intervention : prothèse totale de hanche droite. Voie de Moore.
"""
OTHER = """# Consultation du 02/06/2026

M. Autre, 54 ans. Créatinine 300 µmol/L le 01/06/2026.
"""


def fact_at(words: str, kind: FactKind, concept: str, text: str = LETTER, **more: object) -> Fact:
    start = text.index(words)
    values: dict[str, object] = {
        "doc_id": "letter",
        "patient_id": "TEST-A",
        "recorded_at": "2026-05-21",
        "label": words,
        **more,
    }
    return Fact(kind, concept, spans=((start, start + len(words)),), **values)  # type: ignore[arg-type]


def lab_at(words: str, concept: str, value: float, unit: str, at: str, **more: object) -> Fact:
    number = words.split(" ", 1)[1]
    return fact_at(
        words, "lab", concept, value=value, unit=unit, value_text=number, at=Period(at, at), **more
    )


CREATININE = lab_at("Créatinine 112 µmol/L", "creatinine", 112, "umol/L", "2026-05-18")
POTASSIUM = lab_at("K 4,7 mmol/L", "potassium", 4.7, "mmol/L", "2026-05-18")


def operation(side: Side = "right", status: FactStatus = "done") -> Fact:
    at = Period("2026-05-21", "2026-05-21")
    return fact_at(
        "prothèse totale de hanche", "procedure", "total_hip_arthroplasty", side=side, status=status, at=at
    )


# --- dates that documents write


def test_a_date_is_found_however_it_is_written() -> None:
    for written in (
        "18/05/2026",
        "18.05.2026",
        "2026-05-18",
        "18 mai 2026",
        "May 18, 2026",
        "18th of May 2026",
    ):
        assert is_written([f"Biologie du {written} :"], "2026-05-18"), written
    assert not is_written(["18/05/2025", "19/05/2026", "118/05/2026"], "2026-05-18")


def test_the_date_nearest_before_the_value_is_its_witness() -> None:
    text = "Biologie du 18/05/2026\nK 4,7\n\nRappel : biologie du 18/05/2026"
    assert written_at(text, "2026-05-18", text.index("K 4,7")) == (0, len("Biologie du 18/05/2026"))


def test_a_day_without_its_year_is_witnessed_with_the_year_of_the_document() -> None:
    shown = [LETTER[start:end] for start, end in witnesses(LETTER, "2026-02-12", LETTER.index("Drain"))]
    assert "12/02" in shown[0]
    assert "2026" in shown[1]
    assert witnesses(LETTER, "2026-02-13", 0) == ()


# --- statements and their quotes


def test_a_statement_cites_its_value_and_what_dates_it() -> None:
    line = statement(
        [CREATININE], "Créatinine : ", "112 µmol/L", Fragment(" le 18 mai 2026", date="2026-05-18"), "."
    )
    found = cited(line, {"letter": LETTER})
    assert found is not None
    assert found.text == "Créatinine : 112 µmol/L le 18 mai 2026."
    assert [LETTER[start:end] for _, (start, end) in found.places] == [
        "Créatinine 112 µmol/L",
        "## Biologie du 18/05/2026",
    ]


def test_a_date_that_no_document_writes_is_left_out() -> None:
    line = statement(
        [CREATININE], "Créatinine : ", "112 µmol/L", Fragment(" le 3 mars 2019", date="2019-03-03"), "."
    )
    found = cited(line, {"letter": LETTER})
    assert found is not None
    assert found.text == "Créatinine : 112 µmol/L."


@pytest.mark.parametrize(
    "wrong",
    [
        statement([CREATININE], "Créatinine : 121 µmol/L."),
        statement([operation()], "Prothèse totale de hanche à gauche."),
        statement([POTASSIUM], "Kaliémie : 4,7 g/L."),
        statement(
            [fact_at("thrombose veineuse profonde", "condition", "deep_vein_thrombosis")],
            "Thrombose veineuse profonde : confirmé.",
        ),
    ],
    ids=["number", "side", "unit", "negation"],
)
def test_what_the_quotes_do_not_carry_is_withheld_and_the_document_speaks(
    wrong: object, caplog: pytest.LogCaptureFixture
) -> None:
    found = cited(wrong, {"letter": LETTER})  # type: ignore[arg-type]
    assert found is not None
    assert not found.is_computed
    assert found.withheld == wrong.text  # type: ignore[attr-defined]
    assert found.text in " ".join(LETTER.split())
    assert "not carried by its quotes" in caplog.text


def test_a_side_beside_the_operation_is_found_in_its_sentence() -> None:
    found = cited(statement([operation()], "Prothèse totale de hanche à droite."), {"letter": LETTER})
    assert found is not None
    assert found.is_computed
    assert LETTER[slice(*found.places[0][1])] == "Intervention : prothèse totale de hanche droite."


def test_a_quoted_statement_says_the_sentence_of_the_document() -> None:
    found = cited(
        quoted(fact_at("Furosémide diminué à 60 mg par jour", "drug", "furosemide")), {"letter": LETTER}
    )
    assert found is not None
    assert found.text == "Furosémide diminué à 60 mg par jour."


def test_a_fact_of_a_document_that_is_gone_says_nothing() -> None:
    assert cited(statement([CREATININE], "Créatinine : 112 µmol/L."), {}) is None


# --- the whole way, on a home


def write(folder: Path) -> Path:
    for doc_id, patient, date, text in (
        ("letter", "TEST-A", "2026-05-21", LETTER),
        ("other", "TEST-B", "2026-06-02", OTHER),
    ):
        head = (
            f"---\nid: {doc_id}\ntitle: Consultation\npatient_id: {patient}\nkind: consultation\ndate:"
            f" {date}\nlanguage: fr\n---\n"
        )
        folder.mkdir(exist_ok=True)
        (folder / f"{doc_id}.md").write_text(head + text, encoding="utf-8")
    return folder


@contextmanager
def house(folder: Path, facts: Iterable[Fact]) -> Iterator[tuple[OpenHome, Pipeline]]:
    settings = Settings.model_validate(
        {
            "models": {"dir": str(folder / "none"), "use_registry": False, "hub_url": "http://127.0.0.1:9"},
            "llm": {"kind": "none"},
            "index": {"kind": "memory"},
            "ingest": {"workers": 0},
        }
    )
    with open_home(settings, folder / "home", allow_fallback=True) as opened:
        opened.ingestor.ingest([write(folder / "corpus")])
        way = opened.stages.facts
        assert way is not None
        text = opened.store.texts(["letter"])["letter"]
        shift = text.index("Créatinine 112") - LETTER.index("Créatinine 112")
        placed = [
            replace(fact, spans=tuple((start + shift, end + shift) for start, end in fact.spans))
            for fact in facts
        ]
        yield (
            opened,
            replace(
                opened.pipeline(), stages=replace(opened.stages, facts=replace(way, facts=FactList(placed)))
            ),
        )


@pytest.fixture
def asked(tmp_path: Path) -> Iterator[Pipeline]:
    other = fact_at(
        "Créatinine 300 µmol/L",
        "lab",
        "creatinine",
        OTHER,
        doc_id="other",
        patient_id="TEST-B",
        value=300.0,
        unit="umol/L",
    )
    with house(tmp_path, [CREATININE, POTASSIUM, operation(), other]) as (_, pipeline):
        yield pipeline


def ask(pipeline: Pipeline, question: str, patient: str | None = "TEST-A", *history: str) -> Answer:
    filters = Filters.for_patient(patient, literature=False) if patient else Filters()
    events = list(pipeline.stream(Question(question, filters=filters, history=history)))
    assert isinstance(events[0], EvidenceFound)
    assert isinstance(events[-1], Done)
    answer = events[-1].answer
    shown = [event.claim.text for event in events if isinstance(event, ClaimChecked) and not event.withheld]
    assert shown == [claim.text for claim in answer.claims]
    keep_promises(pipeline, answer)
    return answer


def keep_promises(pipeline: Pipeline, answer: Answer) -> None:
    markers = {item.marker: item for item in answer.evidence}
    assert len(markers) == len(answer.evidence)
    assert answer.abstained == (not answer.claims)
    for claim in answer.claims:
        assert answer.answer[claim.start : claim.end] == claim.text
        assert claim.citations
        for citation in claim.citations:
            assert pipeline.document(citation.doc_id).text[citation.start : citation.end] == citation.quote
            assert markers[citation.marker].scored.passage.doc_id == citation.doc_id
    for item in answer.evidence:
        assert pipeline.document(item.scored.passage.doc_id).text[item.start : item.end] == item.text
    assert sorted(place for part in answer.parts for place in part.claims) == list(range(len(answer.claims)))


def test_a_value_is_computed_from_facts_and_cited(asked: Pipeline) -> None:
    answer = ask(asked, "Dernière créatinine ?")
    assert answer.answer == "Créatinine, dernière valeur : 112 µmol/L le 18 mai 2026."
    assert [claim.origin for claim in answer.claims] == ["computed"]
    assert [part.status for part in answer.parts] == ["answered"]
    assert answer.trace.model == "none"


def test_a_follow_up_is_answered_of_what_the_conversation_named(asked: Pipeline) -> None:
    assert "4,7 mmol/L" in ask(asked, "et la kaliémie ?", "TEST-A", "Dernière créatinine ?").answer


def test_each_part_says_what_became_of_it(asked: Pipeline) -> None:
    answer = ask(asked, "Quel côté a été opéré ? Créatinine en janvier 2020 ?")
    assert [part.status for part in answer.parts] == ["answered", "not_found"]
    assert answer.parts[0].claims == (0,)
    assert "droite" in answer.answer
    assert "Créatinine" in answer.parts[1].note
    assert answer.parts[1].near[0].quote == "Créatinine 112 µmol/L"


def test_a_value_of_another_day_is_no_answer_and_is_told_as_near(asked: Pipeline) -> None:
    answer = ask(asked, "Créatinine en janvier 2020 ?")
    assert answer.abstained
    assert answer.abstain_reason == "no_evidence"
    assert "112 µmol/L" in answer.parts[0].note


def test_what_facts_leave_open_is_answered_by_sentences(asked: Pipeline) -> None:
    answer = ask(asked, "Dernière créatinine ? Quelle est la décision pour le furosémide ?")
    assert [claim.origin for claim in answer.claims][:2] == ["computed", "quoted"]
    assert "60 mg par jour" in answer.answer


def test_facts_of_another_patient_never_answer(asked: Pipeline) -> None:
    assert "300" not in ask(asked, "Dernière créatinine ?").answer
    assert "112" not in ask(asked, "Dernière créatinine ?", "TEST-B").answer


def test_without_a_patient_facts_answer_of_nobody(asked: Pipeline) -> None:
    assert all(claim.origin == "quoted" for claim in ask(asked, "Dernière créatinine ?", None).claims)


def test_the_contract_says_how_each_claim_came_about(asked: Pipeline) -> None:
    from rag.contract import answer_json

    shown = answer_json(ask(asked, "Dernière créatinine ?")).to_json()
    assert shown["claims"][0]["origin"] == "computed"  # type: ignore[index]
    assert shown["parts"] == [
        {"question": "Dernière créatinine ?", "status": "answered", "claims": [0], "note": "", "near": []}
    ]
