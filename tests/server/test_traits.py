"""Who patients are over HTTP: read from the headers of real files, within the caller's scope."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.house import House, inhabited

LETTERS = {
    "patients/DEMO-A/2026-01-02_letter.txt": (
        "Patiente : Mme FOURVIÈRE Anne, née le 3 mai 1950\nLettre de sortie. Suites simples."
    ),
    "patients/DEMO-B/2026-01-03_letter.txt": (
        "Nom : FOURVIÈRE\nPrénom : Anne\nNé(e) le : 12/03/1961\nSexe : F\nConsultation. Pas de fièvre."
    ),
}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("traits")
    with inhabited(folder / "house") as found:
        for name, text in LETTERS.items():
            path: Path = folder / "in" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert found.served.services.opened.ingestor.ingest([folder / "in"]).counts.failed == 0
        yield found


def listed(house: House, who: str) -> dict[str, dict[str, object]]:
    with house.api(who) as client:
        return {one["patient_id"]: one for one in client.get("/v1/patients").json()["patients"]}


def test_patients_are_listed_with_who_they_are(house: House) -> None:
    found = listed(house, "admin")
    assert {name: found["DEMO-A"][name] for name in ("family_name", "given_name", "birth_date", "sex")} == {
        "family_name": "FOURVIÈRE",
        "given_name": "Anne",
        "birth_date": "1950-05-03",
        "sex": "f",
    }
    assert found["DEMO-A"]["homonyms"] == ["DEMO-B"]
    assert found["DEMO-B"]["birth_date"] == "1961-03-12"


def test_a_homonym_outside_the_scope_is_not_told(house: House) -> None:
    found = listed(house, "clinician")
    assert set(found) == {"DEMO-A"}
    assert found["DEMO-A"]["homonyms"] == []
