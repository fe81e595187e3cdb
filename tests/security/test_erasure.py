"""Erasing a patient reaches everything: a phrase that a person put wherever they can leaves no byte in the
home, nothing brings it back, and what a person must look at is listed. While the server runs, too.
"""

from __future__ import annotations

import json
import re
import shutil
import time
import zipfile
import zlib
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from rag.build import open_home
from rag.erasure.register import listed
from rag.home import OpenHome
from rag.server.services import serving
from rag.settings import Settings
from rag.store.erasures import JOURNAL, TextCopies
from rag.store.identity.tables import metadata
from rag.store.people.anchors import _mac
from tests.integration.command_line import CommandLine
from tests.server.serving import _listening, settings_for

MARK = "xylophonte"
NOTE = f"Compte rendu {MARK}\n\nProthèse {MARK} de hanche gauche. Saignement estimé à 350 ml."
OTHER = "Le patient va bien. Hémoglobine à 12,1 g/dL. Pas de transfusion."


def on_disk(folder: Path) -> Settings:
    """As a user has it: the index in files, so that only one process has it open."""
    return settings_for(folder).model_copy(update={"index": Settings().index})


def corpus(folder: Path) -> Path:
    for patient, words in (("DEMO-A", NOTE), ("DEMO-B", OTHER)):
        place = folder / "patients" / patient
        place.mkdir(parents=True, exist_ok=True)
        name = f"2026-03-12_{MARK}.txt" if patient == "DEMO-A" else "2026-03-12_note.txt"
        (place / name).write_text(words, encoding="utf-8")
    return folder


def forms(word: str) -> list[bytes]:
    return [word.encode(), word.encode("utf-16-le"), word.encode("utf-16-be"), word.upper().encode()]


def unpacked(data: bytes) -> Iterator[bytes]:
    """Yield bytes as they are, and what is packed in them."""
    yield data
    for start in (found.start() for found in re.finditer(rb"\x78(?=[\x9c\xda])", data)):
        try:
            yield zlib.decompressobj().decompress(data[start : start + (1 << 20)], 1 << 22)
        except zlib.error:
            continue


def holding(home: Path, word: str = MARK) -> list[str]:
    """Return the files of a home in which the word stands: in their name, their bytes (pages of SQLite, free
    ones and its log too), or in what is packed in them.
    """
    found = []
    for path in sorted(home.rglob("*")):
        if not path.is_file():
            continue
        pieces = list(unpacked(path.read_bytes()))
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                pieces += [archive.read(name) for name in archive.namelist()]
        if word in path.name or any(form in piece for piece in pieces for form in forms(word)):
            found.append(str(path.relative_to(home)))
    return found


def reported(home: Path, name: str, doc_id: str) -> Path:
    """A report of an evaluation that quotes the patient, as ``traboule eval`` leaves it."""
    report = home / "reports" / name
    item = {"id": "q1", "answer": NOTE, "evidence": [{"doc_id": doc_id, "patient_id": "DEMO-A"}]}
    for place in ("items/demo.jsonl", "answers/demo.jsonl", "judge/demo.jsonl"):
        (report / place).parent.mkdir(parents=True, exist_ok=True)
        (report / place).write_text(json.dumps(item, ensure_ascii=False) + "\n", encoding="utf-8")
    (report / "report.html").write_text(f"<p>{NOTE}</p>", encoding="utf-8")
    (report / "report.json").write_text('{"name": "demo"}', encoding="utf-8")
    return report


def wait_until_read(client: Any) -> None:
    until = time.monotonic() + 60
    while any(one["status"] != "done" for one in client.get("/v1/uploads").json()["uploads"]):
        assert time.monotonic() < until
        time.sleep(0.05)


def put_everywhere(home: Path, opened: OpenHome, client: Any, folder: Path) -> str:
    """Put the phrase wherever a user can; return the id of the document."""
    (doc_id,) = opened.store.of_patient("DEMO-A")
    # an earlier version, whose vectors were kept
    earlier = folder / "patients" / "DEMO-A" / f"2026-03-12_{MARK}.txt"
    earlier.write_text(NOTE + f" Suite {MARK}.", encoding="utf-8")
    opened.ingestor.ingest([folder])
    # a file that cannot be read, and an upload, by name and by content
    (folder / "patients" / "DEMO-A" / f"{MARK}_broken.txt").write_bytes(b"\x00\x00")
    opened.ingestor.ingest([folder])
    files = [("files", (f"{MARK}.txt", f"Lettre {MARK} au médecin traitant.".encode(), "text/plain"))]
    client.post("/v1/documents", data={"patient_id": "DEMO-A"}, files=files).raise_for_status()
    wait_until_read(client)
    # a conversation: its title, what was typed, the answer, a remark
    new = {"patient_id": "DEMO-A", "title": f"Dossier {MARK}"}
    conversation = client.post("/v1/conversations", json=new).json()["conversation_id"]
    asked = {"question": f"Quelle prothèse {MARK} ?", "patient_id": "DEMO-A", "no_llm": True}
    answer = client.post("/v1/ask", json={**asked, "conversation_id": conversation}).json()
    remark = {"turn_id": answer["turn_id"], "verdict": "good", "comment": f"exact, {MARK}"}
    client.post("/v1/feedback", json=remark).raise_for_status()
    # evaluations: a report, an older one without a list of patients, a home of a corpus, a cache
    reported(home, "one", doc_id)
    reported(home, "two", doc_id).joinpath("patients.json").write_text(
        json.dumps({"patients": ["DEMO-A"], "doc_ids": []}), encoding="utf-8"
    )
    with open_home(settings_for(folder.parent), home / "eval" / "corpus-1", allow_fallback=True) as kept:
        kept.ingestor.ingest([folder])
    (home / "eval" / "judge").mkdir()
    (home / "eval" / "judge" / "x.jsonl").write_text(
        json.dumps({"doc_id": doc_id, "text": NOTE}) + "\n", encoding="utf-8"
    )
    # a copy made before an upgrade
    with opened.store.database.read() as connection:
        connection.execute(text("select 1"))
    shutil.copy(home / "traboule.db", home / "traboule.db.before-0008-20260101T000000Z")
    return doc_id


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return corpus(tmp_path / "corpus")


def test_no_byte_of_an_erased_patient_is_left_while_the_server_runs(tmp_path: Path, folder: Path) -> None:
    settings, home = on_disk(tmp_path), tmp_path / "home"
    elsewhere = tmp_path / "elsewhere.jsonl"
    command = CommandLine(
        home, {"TRABOULE_MODELS__DIR": str(tmp_path / "no-models"), "TRABOULE_LLM__KIND": "none"}
    )
    with open_home(settings, home, allow_fallback=True) as opened:
        opened.ingestor.ingest([folder])
        with serving(settings, home, opened, demo=True) as services, _listening(services) as url:
            import httpx

            with httpx.Client(base_url=url, timeout=30) as client:
                put_everywhere(home, opened, client, folder)
                for output in (home / "candidates.jsonl", elsewhere):
                    assert command.run("eval", "feedback", "export", "--output", output).code == 0
                before = holding(home)
                assert {"traboule.db-wal", "candidates.jsonl"} <= set(before)
                assert any(one.startswith("reports/") for one in before)
                assert any(one.startswith("eval/") for one in before)
                assert any(one.startswith("sources/") for one in before)

                certificate = tmp_path / "certificate.json"
                ended = command.run("forget", "--patient", "DEMO-A", "--certificate", certificate, "--json")
                assert (ended.code, ended.err) == (0, "")
                told = json.loads(certificate.read_text(encoding="utf-8"))
                assert len(told["documents"]) == 2
                assert told["left"] == {}
                assert told["files_elsewhere"] == [str(elsewhere)]
                assert {"conversations", "reports", "evaluations", "vectors"} <= {
                    name for name, count in told["erased"].items() if count
                }
                assert holding(home) == []
                assert elsewhere.exists()  # it is its owner's
                found = client.post("/v1/search", json={"query": f"prothèse {MARK}", "k": 50}).json()
                assert all(hit["patient_id"] != "DEMO-A" for hit in found["hits"])
                assert client.get("/v1/conversations").json()["conversations"] == []
        assert opened.store.patients() == {"DEMO-B": 1}
    assert holding(home) == []
    seal = told.pop("seal")
    assert seal == _mac((home / "audit" / "key").read_bytes().strip(), told)


def test_every_table_and_every_file_of_a_home_is_in_the_register(tmp_path: Path, folder: Path) -> None:
    tables, files = listed()["tables"], listed()["files"]
    assert set(metadata.tables) - tables.keys() == set()
    assert tables.keys() - set(metadata.tables) == {"alembic_version"}
    settings, home = on_disk(tmp_path), tmp_path / "home"
    with open_home(settings, home, allow_fallback=True) as opened:
        opened.ingestor.ingest([folder])
        with serving(settings, home, opened, demo=True):
            opened.forget(patient_id="DEMO-A")
            made = [str(path.relative_to(home)) for path in home.rglob("*") if path.is_file()]
        places = {place.name for place in opened.register.places}
    assert [one for one in made if not any(fnmatch(one, pattern) for pattern in files)] == []
    named = {place for place in (*tables.values(), *files.values()) if not place.startswith("- ")}
    assert named - {"sources"} <= places


def test_what_was_erased_does_not_come_back_until_it_is_lifted(tmp_path: Path, folder: Path) -> None:
    settings, home = settings_for(tmp_path), tmp_path / "home"
    command = CommandLine(home)
    with open_home(settings, home, allow_fallback=True) as opened:
        opened.sync(folder)
        opened.forget(patient_id="DEMO-A")
        # the same file, the same words in another file under another name, by a feed and by a caller
        (folder / "patients" / "DEMO-A" / "2027-01-01_autre.txt").write_text(NOTE, encoding="utf-8")
        report = opened.sync(folder)
        assert dict(report.read.ledger.aside)["erased"] == 2
        opened.ingestor.ingest([folder], origin="upload:anne")
        assert opened.store.patients() == {"DEMO-B": 1}
        assert holding(home) == []
    ended = command.run("forget", "--lift", "--patient", "DEMO-A", "--json")
    assert json.loads(ended.out) == {"lifted": ["DEMO-A"]}
    with open_home(settings, home, allow_fallback=True) as opened:
        opened.sync(folder)
        assert opened.store.patients() == {"DEMO-A": 2, "DEMO-B": 1}


def test_a_document_erased_stays_away_from_feeds_and_comes_back_when_somebody_sends_it(
    tmp_path: Path, folder: Path
) -> None:
    with open_home(settings_for(tmp_path), tmp_path / "home", allow_fallback=True) as opened:
        opened.ingestor.ingest([folder])
        (doc_id,) = opened.store.of_patient("DEMO-A")
        opened.forget(doc_ids=[doc_id])
        assert opened.ingestor.ingest([folder]).counts.added == 0
        assert opened.store.patients() == {"DEMO-B": 1}
        opened.ingestor.ingest([folder], origin="upload:anne")
        assert opened.store.patients() == {"DEMO-A": 1, "DEMO-B": 1}


def test_one_of_two_documents_with_the_same_words_stays_when_it_is_read_again(
    tmp_path: Path, folder: Path
) -> None:
    (folder / "patients" / "DEMO-A" / "2027-01-01_copie.txt").write_text(NOTE, encoding="utf-8")
    with open_home(settings_for(tmp_path), tmp_path / "home", allow_fallback=True) as opened:
        opened.ingestor.ingest([folder])
        first, second = opened.store.of_patient("DEMO-A")
        opened.forget(doc_ids=[first])
        opened.ingestor.inputs.delete([path.as_uri() for path in folder.rglob("*.txt")])  # all is read anew
        opened.ingestor.ingest([folder])
        assert opened.store.of_patient("DEMO-A") == (second,)


def test_a_restored_copy_of_the_home_is_erased_again(tmp_path: Path, folder: Path) -> None:
    settings, home = settings_for(tmp_path), tmp_path / "home"
    with open_home(settings, home, allow_fallback=True) as opened:
        opened.ingestor.ingest([folder])
    shutil.copytree(home, tmp_path / "backup")
    with open_home(settings, home, allow_fallback=True) as opened:
        opened.forget(patient_id="DEMO-A")
    journal = (home / "audit" / JOURNAL).read_bytes()
    assert b"DEMO-A" not in journal  # it tells nobody whom
    shutil.rmtree(home)
    shutil.copytree(tmp_path / "backup", home)
    (home / "audit").mkdir(exist_ok=True)
    (home / "audit" / JOURNAL).write_bytes(journal)
    with open_home(settings, home, allow_fallback=True) as opened:
        assert opened.store.patients() == {"DEMO-B": 1}
        opened.ingestor.ingest([folder])
        assert opened.store.patients() == {"DEMO-B": 1}
    assert holding(home) == []


def test_free_text_that_speaks_of_the_patient_is_listed_and_not_told(tmp_path: Path, folder: Path) -> None:
    (folder / "patients" / "DEMO-A" / "2026-05-05_lettre.md").write_text(
        "---\npatient_id: DEMO-A\nkind: letter\n---\nPatient : DURAND Hélène, née le 02/03/1950\n\nBien.\n",
        encoding="utf-8",
    )
    (folder / "patients" / "DEMO-B" / "2026-05-06_mere.txt").write_text(
        "Sa mère, Hélène Durand, est suivie ici.", encoding="utf-8"
    )
    with open_home(settings_for(tmp_path), tmp_path / "home", allow_fallback=True) as opened:
        opened.ingestor.ingest([folder])
        from rag.store.people.conversations import ConversationStore, NewTurn

        store = ConversationStore(opened.store.database)
        kept = store.start("anne", "Divers")
        turn = store.append(kept.conversation_id, NewTurn("Et DEMO-A, quelle dose ?", {"answer": ""}, {}))
        review = opened.forget(patient_id="DEMO-A").certificate["review"]
    places = {(one["where"], one["by"]) for one in review}
    assert ("turn", "id") in places
    assert [one["id"] for one in review if one["where"] == "turn"] == [turn]
    assert ("document", "name") in places
    assert "Durand" not in json.dumps(review)


def test_an_erasure_that_was_cut_short_goes_on_when_the_home_is_opened(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, home = settings_for(tmp_path), tmp_path / "home"
    with open_home(settings, home, allow_fallback=True) as opened:
        opened.ingestor.ingest([folder])
        reported(home, "one", "x")
        with monkeypatch.context() as patched:
            patched.setattr("rag.store.people.conversations.ConversationStore.forget", lambda *_: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                opened.forget(patient_id="DEMO-A")
        assert "reports/one/items/demo.jsonl" in holding(home)
    with open_home(settings, home, allow_fallback=True):
        assert holding(home) == []


def test_a_copy_written_by_an_export_is_known(tmp_path: Path) -> None:
    with open_home(settings_for(tmp_path), tmp_path / "home", allow_fallback=True) as opened:
        copies = TextCopies(opened.store.database)
        copies.note(tmp_path / "a.jsonl", "feedback", ["P1"], ["d1"])
        assert [one.path for one in copies.of(["d1"], [])] == [str(tmp_path / "a.jsonl")]
        assert copies.of(["d2"], ["P2"]) == []
