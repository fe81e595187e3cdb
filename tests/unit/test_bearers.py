"""A question that names its patient by a titled name is bound to that patient, or asks which one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.access import Scope
from rag.build import open_home
from rag.core.types import Answer, Done, Filters
from rag.home import OpenHome
from rag.pipeline import Question
from rag.settings import Settings

NOTES = {
    "P1/2026-03-02_note.txt": "Patiente : Mme CONFLUENCE Anne, née le 3 mai 1950\nFurosémide 60 mg par jour.",
    "P2/2026-03-02_note.txt": "Patient : M. GERLAND Jean, né le 3 mai 1951\nFurosémide 20 mg par jour.",
    "P3/2026-03-02_note.txt": "Patient : M. GERLAND Paul, né le 3 mai 1952\nFurosémide 40 mg par jour.",
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenHome]:
    folder = tmp_path_factory.mktemp("bearers")
    for name, text in NOTES.items():
        path: Path = folder / "patients" / name
        path.parent.mkdir(parents=True)
        path.write_text(text, encoding="utf-8")
    table = {"models": {"dir": str(folder / "models")}, "llm": {"kind": "none"}, "index": {"kind": "memory"}}
    with open_home(Settings.model_validate(table), folder / "home", allow_fallback=True) as opened:
        assert opened.ingestor.ingest([folder / "patients"]).counts.added == 3
        yield opened


def asked(home: OpenHome, question: str, patient: str | None = None, scope: Scope | None = None) -> Answer:
    filters = Filters() if patient is None else Filters.for_patient(patient, literature=False)
    *_, last = home.pipeline(scope).stream(Question(question, filters=filters), use_llm=False)
    assert isinstance(last, Done)
    return last.answer


@pytest.mark.parametrize("name", ["Mme Confluence", "Mme CONFLUENCE", "Mme Conflunce", "madame Confluence"])
def test_the_one_who_bears_the_name_is_meant(home: OpenHome, name: str) -> None:
    answer = asked(home, f"Dose de furosémide chez {name.replace('madame', 'Madame')} ?")
    assert answer.notices == ("patient_from_question",) or "patient_from_question" in answer.notices
    assert answer.coverage.patient_id == "P1"
    assert "60 mg" in " ".join(claim.text for claim in answer.claims)


def test_of_two_who_bear_it_none_is_picked(home: OpenHome) -> None:
    answer = asked(home, "Dose de furosémide chez M. Gerland ?")
    assert answer.abstained
    assert "several_patients" in answer.notices


def test_one_out_of_scope_is_not_known(home: OpenHome) -> None:
    answer = asked(home, "Dose de furosémide chez M. Gerland ?", scope=Scope(frozenset({"P2"})))
    assert answer.coverage.patient_id == "P2"
    hidden = asked(home, "Dose de furosémide chez Mme Confluence ?", scope=Scope(frozenset({"P2"})))
    assert "60 mg" not in " ".join(claim.text for claim in hidden.claims)


def test_another_than_the_chosen_patient_is_refused(home: OpenHome) -> None:
    answer = asked(home, "Dose de furosémide chez Mme Confluence ?", patient="P2")
    assert answer.abstained
    assert "other_patient_named" in answer.notices
    assert not asked(home, "Dose de furosémide chez M. Gerland ?", patient="P2").abstained
