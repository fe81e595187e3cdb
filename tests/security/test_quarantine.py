"""A file that names no patient is no literature for that: it waits where nobody finds it until somebody says
whose it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import cast

import pytest

from rag.core.errors import NotFound
from rag.ingest.sources.literature import is_literature, publication_marks
from tests.server.serving import served
from tests.server.test_writing import api, outcome, send
from tests.unit.ingesting import Home, open_home, read

INS = "1 55 12 69 123 456 71"  # 97 - 1551269123456 mod 97 = 71
LABORATORY = (
    f"Laboratoire des Brotteaux\nMme Ainay Odile\nNée le 04/12/1955\nN° INS : {INS}\n\nKaliémie 3,1 mmol/L.\n"
)
ABSTRACT = (
    "Apixaban after hip surgery\n\nBACKGROUND: Thrombosis follows surgery.\n\nMETHODS: Adults.\n\n"
    "RESULTS: Fewer events were seen.\n\nCONCLUSION: It may be used.\n\ndoi: 10.9999/fict.2024.17\n"
)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with open_home(tmp_path / "home") as made:
        yield made


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def letter(path: Path) -> Path:
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = "Résultats", "labo@example.org", "dr@example.org"
    mail.set_content("Bonjour, la kaliémie de Mme Ainay est à 3,1 mmol/L.")
    path.write_bytes(mail.as_bytes())
    return path


def held(home: Home) -> list[str]:
    return [one.doc_id for one in home.ingestor.desk.identities.held()]


def test_the_papers_of_a_patient_wait_and_are_found_nowhere(home: Home, tmp_path: Path) -> None:
    files = [
        write(tmp_path / "bio.txt", LABORATORY),
        write(tmp_path / "note.txt", "Vue ce jour, va mieux. Poursuite du traitement."),
        letter(tmp_path / "mail.eml"),
        write(tmp_path / "table.csv", "texte,date\nKaliémie 3,2026-01-01\n"),
        write(tmp_path / "page.html", "<p>Courrier de sortie. La patiente rentre à domicile.</p>"),
        write(tmp_path / "kind.md", "---\nkind: discharge_letter\n---\nSortie le 12 mars."),
    ]
    report = home.ingestor.ingest(files)
    assert [result.status for result in report.files] == ["held"] * len(files)
    assert {w.key for result in report.files for w in result.warnings} >= {"document_quarantined"}
    assert home.ids() == set()
    assert home.index.count() == 0
    assert len(held(home)) == len(files)
    assert not report.has_failures


def test_literature_by_its_own_form_stays(home: Home, tmp_path: Path) -> None:
    files = [
        write(tmp_path / "a.txt", ABSTRACT),
        write(
            tmp_path / "g.md", "---\nkind: guideline\ntitle: Apixaban\n---\nIl est recommandé de l'arrêter."
        ),
        write(tmp_path / "d.md", "---\nid: d1\nlanguage: fr\n---\nLe drain est retiré au troisième jour."),
        write(
            tmp_path / "corpus.jsonl", json.dumps({"_id": "1", "title": "T", "text": "Drains are removed."})
        ),
    ]
    report = home.ingestor.ingest(files)
    assert [result.status for result in report.files] == ["added"] * len(files)


@pytest.mark.parametrize(
    "text",
    [
        LABORATORY + ABSTRACT,
        f"---\nid: d1\n---\n{LABORATORY}",
        "---\nid: d1\n---\nIPP 8001234 : suites simples.",
        "---\nid: d1\n---\nNé le 4 mars 1955, suites simples.",
        "---\nid: d1\nipp: 8001\n---\nSuites simples.",
    ],
)
def test_a_sign_of_a_patient_outweighs_the_form(tmp_path: Path, text: str) -> None:
    assert not is_literature(read(write(tmp_path / "a.md", text)))


def test_letters_that_speak_of_guidance_are_no_publication() -> None:
    said = "Dyspnée NYHA classe III. Il est recommandé de poursuivre. Recommandation forte.\nStable."
    assert publication_marks(said) < 3


def test_a_folder_of_articles_is_literature_where_that_is_said(home: Home, tmp_path: Path) -> None:
    file = write(tmp_path / "a.txt", "Le drain est retiré au troisième jour.")
    assert home.ingestor.ingest([file]).files[0].status == "held"
    assert home.ingestor.ingest([file], of_nobody="literature").files[0].status == "added"
    assert held(home) == []
    assert home.ingestor.ingest([file]).files[0].status == "unchanged"
    assert len(home.ids()) == 1


def test_what_was_assigned_stays_with_its_patient_until_its_words_change(home: Home, tmp_path: Path) -> None:
    file = write(tmp_path / "bio.txt", LABORATORY)
    home.ingestor.ingest([file])
    (doc_id,) = held(home)
    assert home.ingestor.desk.assign(doc_id, "P1") == "P1"
    assert home.store.patients() == {"P1": 1}
    home.inputs.delete([file.as_uri()])
    assert home.ingestor.ingest([file]).files[0].status == "unchanged"
    assert home.store.patients() == {"P1": 1}
    write(file, "Kaliémie 2,9 mmol/L.")
    assert home.ingestor.ingest([file]).files[0].status == "held"


def test_what_was_said_to_be_literature_is_read_by_all(home: Home, tmp_path: Path) -> None:
    home.ingestor.ingest([write(tmp_path / "a.txt", "Le drain est retiré au troisième jour.")])
    (doc_id,) = held(home)
    home.ingestor.desk.mark_literature(doc_id)
    document = home.store.get(doc_id)
    assert document is not None
    assert (document.patient_id, document.kind) == (None, "article")
    assert home.index.count() == 1
    with pytest.raises(NotFound):
        home.ingestor.desk.mark_literature(doc_id)


def test_what_was_deleted_leaves_nothing(home: Home, tmp_path: Path) -> None:
    home.ingestor.ingest([write(tmp_path / "bio.txt", LABORATORY)])
    assert home.blobs()
    home.ingestor.forget(held(home))
    assert held(home) == []
    assert home.blobs() == []


def test_at_the_server_who_sent_it_and_curators_see_it(tmp_path: Path) -> None:
    with (
        served(tmp_path, demo=False) as house,
        api(house, "clinician", "DEMO-A") as sender,
        api(house, "clinician", "DEMO-A") as colleague,
        api(house, "admin", everyone=True) as curator,
    ):
        (file,) = outcome(sender, send(sender, ("ainay odile.txt", LABORATORY)))
        assert file["status"] == "held"
        (doc_id,) = cast(list[str], file["doc_ids"])
        place = f"/v1/quarantine/{doc_id}"
        assert sender.get("/v1/quarantine").json()["documents"][0]["doc_id"] == doc_id
        assert "Kaliémie 3,1" in sender.get(place).json()["text"]
        assert colleague.get("/v1/quarantine").json()["documents"] == []
        for reader in (sender, colleague):
            assert reader.get(f"/v1/documents/{doc_id}").status_code == 404
            found = reader.post("/v1/search", json={"query": "kaliémie Ainay"}).json()["hits"]
            assert doc_id not in {hit["doc_id"] for hit in found}
        assert colleague.get(place).status_code == 404
        assert colleague.post(f"{place}/assign", json={"patient_id": "DEMO-A"}).status_code == 404
        assert colleague.delete(place).status_code == 404
        assert sender.post(f"{place}/literature").json()["code"] == "role_not_allowed"
        refused = sender.post(f"{place}/assign", json={"patient_id": "DEMO-B"})
        assert refused.json()["code"] == "patient_not_allowed"
        with api(house, "admin", everyone=True) as curator:
            assert [one["doc_id"] for one in curator.get("/v1/quarantine").json()["documents"]] == [doc_id]
        assert sender.post(f"{place}/assign", json={"patient_id": "DEMO-A"}).json()["patient_id"] == "DEMO-A"
        assert colleague.get(f"/v1/documents/{doc_id}").json()["patient_id"] == "DEMO-A"


def test_at_the_server_a_curator_marks_literature_and_deletes(tmp_path: Path) -> None:
    with served(tmp_path, demo=False) as house, api(house, "admin", everyone=True) as curator:
        ids = []
        for text in ("Le drain est retiré au troisième jour.", "Le drain est retiré au quatrième jour."):
            (file,) = outcome(curator, send(curator, ("a.txt", text)))
            ids += cast(list[str], file["doc_ids"])
        again = outcome(curator, send(curator, ("a.txt", "Le drain est retiré au troisième jour.")))
        assert (again[0]["status"], again[0]["doc_ids"]) == ("held", ids[:1])
        assert curator.post(f"/v1/quarantine/{ids[0]}/literature").json()["patient_id"] is None
        assert curator.get(f"/v1/documents/{ids[0]}").json()["kind"] == "article"
        assert curator.delete(f"/v1/quarantine/{ids[1]}").json()["doc_ids"] == [ids[1]]
        assert curator.get("/v1/quarantine").json()["documents"] == []


def test_nobody_takes_the_place_of_what_another_sent(tmp_path: Path) -> None:
    with (
        served(tmp_path, demo=False) as house,
        api(house, "clinician", "DEMO-A") as one,
        api(house, "clinician", "DEMO-A") as other,
    ):
        (mine,) = outcome(one, send(one, ("a.md", "---\nid: shared\n---\nKaliémie 3,1 mmol/L.")))
        assert mine["status"] == "held"
        (theirs,) = outcome(other, send(other, ("a.md", "---\nid: shared\n---\nAutre texte.")))
        assert theirs["status"] == "failed"
        assert "3,1" in one.get("/v1/quarantine/shared").json()["text"]
