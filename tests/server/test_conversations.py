"""Conversations, feedback, and what becomes of them when a document or a right goes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from rag.store.people.accounts import NewAccount
from tests.server.serving import Served, events_of, served

QUESTION = {"question": "Quelles ont été les pertes sanguines ?", "patient_id": "DEMO-A"}


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Served]:
    with served(tmp_path, demo=False) as found:
        yield found


def api(home: Served, name: str) -> httpx.Client:
    accounts = home.services.accounts
    account = accounts.find(name) or accounts.add(NewAccount(name, "clinician", None))
    accounts.grant(f"account:{account.account_id}", ["DEMO-A"])
    return home.client(Authorization=f"Bearer {accounts.make_token(account.account_id, '', None)[1]}")


def asked(client: httpx.Client) -> dict[str, str]:
    conversation_id = client.post("/v1/conversations", json={"patient_id": "DEMO-A"}).json()[
        "conversation_id"
    ]
    with client.stream(
        "POST", "/v1/ask", json={**QUESTION, "stream": True, "conversation_id": conversation_id}
    ) as response:
        done = json.loads(dict(events_of(response))["done"])
    return {"conversation_id": done["conversation_id"], "turn_id": done["turn_id"]}


def test_a_conversation_keeps_answers_takes_a_title_and_is_its_owners_alone(home: Served) -> None:
    with api(home, "one") as one, api(home, "other") as other:
        ids = asked(one)
        path = f"/v1/conversations/{ids['conversation_id']}"
        found = one.get(path).json()
        assert found["title"] == QUESTION["question"]
        assert found["turns"][0]["turn_id"] == ids["turn_id"]
        assert "350 mL" in found["turns"][0]["answer"]["answer"]
        assert found["turns"][0]["stale"] is False
        assert one.patch(path, json={"title": "Hanche"}).json()["title"] == "Hanche"
        assert [item["title"] for item in one.get("/v1/conversations").json()["conversations"]] == ["Hanche"]
        assert other.get("/v1/conversations").json()["conversations"] == []
        for answer in (other.get(path), other.patch(path, json={"title": "x"}), other.delete(path)):
            assert answer.status_code == 404
        refused = other.post("/v1/ask", json={**QUESTION, "conversation_id": ids["conversation_id"]})
        assert (refused.status_code, refused.json()["code"]) == (404, "conversation_not_found")
        assert one.delete(path).status_code == 204
        assert one.get(path).status_code == 404


def test_feedback_is_kept_once_a_sentence_and_for_own_answers_alone(home: Served) -> None:
    with api(home, "one") as one, api(home, "other") as other:
        ids = asked(one)
        said = {"turn_id": ids["turn_id"], "claim": 0, "verdict": "wrong", "comment": "<b>non</b>"}
        assert one.post("/v1/feedback", json=said).status_code == 201
        assert one.post("/v1/feedback", json={**said, "verdict": "good"}).status_code == 201
        (turn,) = one.get(f"/v1/conversations/{ids['conversation_id']}").json()["turns"]
        assert turn["feedback"] == [{"claim": 0, "verdict": "good", "comment": "<b>non</b>"}]
        assert one.post("/v1/feedback", json={**said, "claim": 99}).json()["code"] == "claim_not_there"
        assert other.post("/v1/feedback", json=said).status_code == 404


def test_a_patient_out_of_scope_takes_conversations_out_of_sight(home: Served) -> None:
    with api(home, "one") as one:
        ids = asked(one)
    accounts = home.services.accounts
    account_id = accounts.named("one").account_id
    accounts.revoke(f"account:{account_id}", ["DEMO-A"])
    with home.client(Authorization=f"Bearer {accounts.make_token(account_id, '', None)[1]}") as one:
        assert one.get("/v1/conversations").json()["conversations"] == []
        assert one.get(f"/v1/conversations/{ids['conversation_id']}").status_code == 404
        assert (
            one.post("/v1/feedback", json={"turn_id": ids["turn_id"], "verdict": "good"}).status_code == 404
        )


def test_forgetting_a_document_erases_what_was_answered_from_it(home: Served) -> None:
    with api(home, "one") as one:
        ids = asked(one)
        erased = one.delete("/v1/documents/demo-a-op").json()
        assert erased["turns"] == 1
        assert one.get(f"/v1/conversations/{ids['conversation_id']}").status_code == 404
    written = b"".join(path.read_bytes() for path in home.home.glob("traboule.db*"))
    assert b"350 mL" not in written


def test_an_answer_whose_source_has_changed_is_marked_stale(home: Served) -> None:
    with api(home, "one") as one:
        ids = asked(one)
        file = home.home.parent / "corpus" / "patients" / "DEMO-A" / "operative.md"
        file.write_text(file.read_text(encoding="utf-8").replace("350 mL", "650 mL"), encoding="utf-8")
        home.services.opened.ingestor.ingest([home.home.parent / "corpus"])
        (turn,) = one.get(f"/v1/conversations/{ids['conversation_id']}").json()["turns"]
        assert turn["stale"] is True


def test_reports_are_listed_sandboxed_and_nothing_outside_is_read(tmp_path: Path) -> None:
    with served(tmp_path) as home, home.client() as client:
        run = home.home / "reports" / "2026-05-02_demo"
        run.mkdir(parents=True)
        (run / "report.json").write_text('{"suite": "demo", "passed": true}', encoding="utf-8")
        (run / "report.html").write_text("<script>1</script>", encoding="utf-8")
        (item,) = client.get("/v1/reports").json()["reports"]
        assert (item["name"], item["suite"], item["passed"], item["has_html"]) == (
            "2026-05-02_demo",
            "demo",
            True,
            True,
        )
        shown = client.get("/v1/reports/2026-05-02_demo.html")
        assert shown.headers["content-security-policy"].startswith("sandbox allow-scripts;")
        assert client.get("/v1/reports/2026-05-02_demo.json").json()["suite"] == "demo"
        for name in ("..", "%2e%2e", "..%2f..%2ftraboule.db", "2026-05-02_demo%2f..%2f..", "none", "%00"):
            assert client.get(f"/v1/reports/{name}.html").status_code == 404
