"""Uploads, erasing, and what may not be added."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from rag.store.people.accounts import NewAccount
from tests.server.serving import Served, served

NOTE = "# Suivi\nLe patient marche sans canne. Saignement de 120 mL noté à la reprise.\n"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Served]:
    with served(tmp_path, demo=False) as found:
        yield found


def api(home: Served, role: str, *patients: str, everyone: bool = False) -> httpx.Client:
    account = home.services.accounts.add(
        NewAccount(f"{role}-{time.monotonic_ns()}", role, None, all_patients=everyone)
    )  # type: ignore[arg-type]
    home.services.accounts.grant(f"account:{account.account_id}", patients)
    return home.client(
        Authorization=f"Bearer {home.services.accounts.make_token(account.account_id, '', None)[1]}"
    )


def send(client: httpx.Client, *files: tuple[str, str | bytes], **declared: str) -> httpx.Response:
    return client.post("/v1/documents", files=[("files", file) for file in files], data=declared)


def outcome(client: httpx.Client, sent: httpx.Response) -> list[dict[str, object]]:
    """Follow an upload to its end; return its files."""
    assert sent.status_code == 202, sent.text
    while (found := client.get(f"/v1/uploads/{sent.json()['upload_id']}").json())["status"] != "done":
        time.sleep(0.02)
    files: list[dict[str, object]] = found["files"]
    return files


def test_an_upload_is_read_found_and_left_nowhere_else(home: Served) -> None:
    with api(home, "clinician", "DEMO-A") as client:
        (file,) = outcome(
            client,
            send(client, ("suivi.md", NOTE), patient_id="DEMO-A", kind="note", authored_at="2026-05-02"),
        )
        assert file["status"] == "added"
        (doc_id,) = file["doc_ids"]  # type: ignore[misc]
        found = client.get(f"/v1/documents/{doc_id}").json()
        assert (found["patient_id"], found["kind"], found["authored_at"]) == ("DEMO-A", "note", "2026-05-02")
        assert (
            client.post("/v1/search", json={"query": "canne", "patient_id": "DEMO-A"}).json()["hits"][0][
                "doc_id"
            ]
            == doc_id
        )
        assert [path for path in (home.home / "uploads").rglob("*") if path.is_file()] == []


def test_the_same_upload_again_changes_nothing_and_another_of_its_name_replaces_nothing(home: Served) -> None:
    with api(home, "clinician", "DEMO-A") as client:
        first, again, other = (
            outcome(client, send(client, ("suivi.md", text), patient_id="DEMO-A"))[0]
            for text in (NOTE, NOTE, NOTE + "Bis.\n")
        )
        assert [first["status"], again["status"], other["status"]] == ["added", "unchanged", "added"]
        assert first["doc_ids"] == again["doc_ids"] != other["doc_ids"]


def test_each_file_has_its_own_result_in_the_language_asked_for(home: Served) -> None:
    with api(home, "clinician", "DEMO-A") as client:
        sent = send(
            client,
            ("bon.md", NOTE),
            ("vide.md", ""),
            ("../../etc/<script>.xyz", b"\x00\x01"),
            patient_id="DEMO-A",
        )
        good, empty, odd = outcome(client, sent)
        assert (good["status"], empty["status"], odd["status"]) == ("added", "failed", "failed")
        french = client.get(
            f"/v1/uploads/{sent.json()['upload_id']}", headers={"Accept-Language": "fr-FR,fr;q=0.9"}
        ).json()
        (problem,) = french["files"][1]["problems"]
        assert problem.startswith("vide.md")
        assert str(home.home) not in str(french)


def test_documents_of_other_patients_are_not_added(home: Served) -> None:
    foreign = "---\npatient_id: DEMO-B\n---\n" + NOTE
    with api(home, "clinician", "DEMO-A") as client:
        assert send(client, ("a.md", NOTE), patient_id="DEMO-B").json()["code"] == "patient_not_allowed"
        statuses = [
            outcome(client, send(client, ("a.md", text), **declared))[0]
            for text, declared in (
                (foreign, {}),  # declares another patient
                (foreign, {"patient_id": "DEMO-A"}),  # contradicts what the form says
            )
        ]
        assert [file["status"] for file in statuses] == ["failed"] * 2
    assert set(home.services.opened.store.patients().items()) == {("DEMO-A", 2), ("DEMO-B", 1)}


def test_an_upload_cannot_take_the_place_of_another_document(home: Served) -> None:
    stolen = "---\nid: demo-a-op\npatient_id: DEMO-A\n---\n" + NOTE
    with api(home, "clinician", "DEMO-A") as client:
        (file,) = outcome(client, send(client, ("a.md", stolen)))
        assert file["status"] == "failed"
        assert "Coxarthrose" in client.get("/v1/documents/demo-a-op/text").text


def test_an_administrator_adds_and_erases_literature_a_clinician_does_not(home: Served) -> None:
    with api(home, "admin", everyone=True) as admin, api(home, "clinician", "DEMO-A") as clinician:
        (file,) = outcome(admin, send(admin, ("article.md", NOTE), literature="true"))
        (doc_id,) = file["doc_ids"]  # type: ignore[misc]
        assert clinician.delete(f"/v1/documents/{doc_id}").json()["code"] == "role_not_allowed"
        assert admin.delete(f"/v1/documents/{doc_id}").json()["doc_ids"] == [doc_id]
        assert admin.get(f"/v1/documents/{doc_id}").status_code == 404
        assert clinician.delete("/v1/documents/demo-b-op").status_code == 404


def test_an_upload_of_another_account_is_not_there(home: Served) -> None:
    with api(home, "clinician", "DEMO-A") as one, api(home, "clinician", "DEMO-A") as other:
        sent = send(one, ("a.md", NOTE), patient_id="DEMO-A")
        outcome(one, sent)
        assert other.get(f"/v1/uploads/{sent.json()['upload_id']}").status_code == 404


def test_too_large_a_body_is_refused_whether_it_says_so_or_not(tmp_path: Path) -> None:
    with served(tmp_path, max_upload_mb=0.1, max_request_kb=16) as home, home.client() as client:
        assert send(client, ("big.md", "a" * 200_000), patient_id="DEMO-A").status_code == 413
        said = client.post("/v1/search", json={"query": "a" * 9_000, "kind": ["b" * 9_000]})
        unsaid = client.post(
            "/v1/search",
            content=(b"a" * 1000 for _ in range(20)),
            headers={"Content-Type": "application/json"},
        )
        assert (
            (said.status_code, said.json()["code"])
            == (unsaid.status_code, unsaid.json()["code"])
            == (413, "request_too_large")
        )


def test_an_upload_that_the_servers_end_interrupts_goes_on_at_its_start(tmp_path: Path) -> None:
    from rag.build import open_home
    from rag.server.monitoring.metrics import Metrics
    from rag.server.uploads.inbox import Inbox
    from rag.store.people.uploads import Right
    from tests.server.serving import settings_for

    settings = settings_for(tmp_path)
    with open_home(settings, tmp_path / "home", allow_fallback=True) as opened:
        stopped = Inbox(opened, tmp_path / "home", Metrics())
        stopped.close()
        with (tmp_path / "a.md").open("wb+") as file:
            file.write(NOTE.encode())
            file.seek(0)
            taken = stopped.take("one", Right(None, curate=True), {"patient_id": "DEMO-A"}, [("a.md", file)])
        assert stopped.store.get(taken.upload_id, "one").status == "queued"  # type: ignore[union-attr]
        started = Inbox(opened, tmp_path / "home", Metrics())
        while (found := started.store.get(taken.upload_id, "one")) is not None and found.status != "done":
            time.sleep(0.02)
        started.close()
        assert found is not None
        assert [one.status for one in found.files] == ["added"]
