"""What must be in the audit, is: reading by the command line and over HTTP, administration, refusals, bad
tokens, reports, which model saw what, from which address; and no word of a document or a question.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from rag.cli.app import app
from rag.store.people.alerts import AlertRules, ReadingWatch
from rag.store.people.audit_entries import Accessor, AuditEntry
from tests.integration.conftest import write_corpus
from tests.server.house import House, inhabited

WORDS = ("pertes", "hanche", "350 mL", "Zorbalexine")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with inhabited(tmp_path_factory.mktemp("audited")) as found:
        yield found


def entries(house: House, request_id: str) -> list[AuditEntry]:
    return [one for one in house.served.services.audit.entries(limit=1000) if one.request_id == request_id]


def test_what_a_question_reads_names_the_models_and_the_address(house: House) -> None:
    with house.api("clinician", **{"X-Request-ID": "audit-models"}) as client:
        body = {"question": "Quelles ont été les pertes sanguines ?", "patient_id": "DEMO-A"}
        assert client.post("/v1/ask", json=body).status_code == 200
    [entry] = entries(house, "audit-models")
    assert (entry.action, entry.patient_id, entry.address) == ("ask", "DEMO-A", "127.0.0.1")
    assert entry.detail == {"embedder": "multilingual-e5-small @ here"}


def test_refused_roles_forged_tokens_and_unknown_documents_are_there(house: House) -> None:
    with house.api("researcher", **{"X-Request-ID": "audit-role"}) as client:
        assert client.get("/v1/audit").status_code == 403
    [entry] = entries(house, "audit-role")
    assert (entry.action, entry.outcome, entry.detail["permission"]) == ("refused", "denied", "audit")
    with house.served.client(Authorization="Bearer trb_forged", **{"X-Request-ID": "audit-token"}) as client:
        for _ in range(50):
            assert client.get("/v1/patients").status_code == 401
    forged = entries(house, "audit-token")
    assert 1 <= len(forged) <= 6  # a stranger fills no disk
    assert {(one.action, one.outcome) for one in forged} == {("credentials", "denied")}
    for name in ("demo-b-op", "nothing-of-this-name"):
        with house.api("clinician", **{"X-Request-ID": f"audit-{name}"}) as client:
            assert client.get(f"/v1/documents/{name}").status_code == 404
        [denied] = entries(house, f"audit-{name}")  # there or not: as much work
        assert (denied.action, denied.outcome, denied.patient_id) == ("read", "denied", None)


def test_reading_the_audit_and_reports_is_in_the_audit(house: House) -> None:
    folder = house.served.home / "reports" / "one"
    folder.mkdir(parents=True)
    (folder / "report.json").write_text("{}")
    with house.api("admin", **{"X-Request-ID": "audit-admin"}) as client:
        assert client.get("/v1/audit", params={"patient_id": "DEMO-A"}).status_code == 200
        assert client.get("/v1/reports/one.json").status_code == 200
    assert {one.action for one in entries(house, "audit-admin")} == {"audit_read", "report"}


def test_the_audit_is_read_by_pages(house: House) -> None:
    with house.api("admin") as client:
        client.get("/v1/patients")
        first = client.get("/v1/audit", params={"limit": 2}).json()
        then = client.get("/v1/audit", params={"limit": 2, "before": first["next_before"]}).json()
    numbers = [one["entry"] for one in (*first["entries"], *then["entries"])]
    assert numbers == sorted(numbers, reverse=True)
    assert len(set(numbers)) == 4


@pytest.mark.models
def test_the_command_line_is_in_the_audit_and_exports_who_read_a_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, corpus = tmp_path / "home", write_corpus(tmp_path / "corpus")
    home.mkdir()
    (home / "traboule.toml").write_text('[llm]\nkind = "none"\n[embedder]\nkind = "onnx"\n')

    def run(*words: str, code: int = 0) -> str:
        ran = CliRunner().invoke(app, ["--home", str(home), *words])
        assert ran.exit_code == code, ran.output
        return ran.output

    run("ingest", str(corpus))
    run("search", "hanche", "--patient", "DEMO-A", "--json")
    run("ask", "Quelles ont été les pertes sanguines ?", "--patient", "DEMO-A", "--no-llm", "--json")
    run("documents", "--json")
    run("show", "demo-a-op", "--json")
    run("facts", "--patient", "DEMO-A", "--json")
    run("timeline", "--patient", "DEMO-A", "--json")
    run("users", "add", "claire", "--role", "clinician", "--patient", "DEMO-A", "--json")
    run("users", "allow", "claire", "--patient", "DEMO-A", "--remove")
    run("users", "disable", "claire")
    run("forget", "--doc", "demo-a-op", "--json")
    told = json.loads(run("audit", "export", "--patient", "DEMO-A", "--json"))
    done = {one["action"] for one in told["entries"]}
    assert {"search", "ask", "list", "read", "facts", "timeline", "account_add", "care_revoke"} <= done
    assert {"delete", "audit_export"} <= done
    assert all(one["via"] == "cli" and one["name"] for one in told["entries"])
    everything = json.loads(run("audit", "--json", "--limit", "1000"))["entries"]
    assert {"ingest", "account_disable"} <= {one["action"] for one in everything}
    assert not any(word in json.dumps(everything, ensure_ascii=False) for word in WORDS)
    page = json.loads(run("audit", "export", "--patient", "DEMO-A", "--json", "--limit", "3"))
    assert page["next_before"] == page["entries"][-1]["entry"]
    sheet = run("audit", "export", "--patient", "DEMO-A").splitlines()
    assert sheet[0].startswith("entry,at,name")
    assert len(sheet) > 10
    assert json.loads(run("audit", "verify", "--json"))["holds"] is True


def test_unusual_reading_is_told_once_an_hour() -> None:
    watch = ReadingWatch(AlertRules(patients=3, refusals=2, night=(22, 5)))
    who = Accessor("a1", "anne", "session", "r")

    def entry(minute: int, patient: str | None, outcome: str = "allowed", action: str = "read") -> AuditEntry:
        at = f"2026-11-28T{12 + minute // 60:02}:{minute % 60:02}:00+00:00"
        return AuditEntry(
            who.account_id,
            who.name,
            who.via,
            action,
            f"r{minute}",
            outcome,
            patient,
            at=at,  # type: ignore[arg-type]
        )

    assert watch.hear([entry(minute, f"P{minute}") for minute in range(3)]) == []
    [alert] = watch.hear([entry(3, "P3"), entry(4, "P4")])
    assert (alert.kind, alert.count) == ("many_patients", 4)
    assert watch.hear([entry(20, f"P{number}", action="search") for number in range(90)]) == []
    [refused] = watch.hear([entry(30 + number, None, "denied") for number in range(4)])
    assert (refused.kind, refused.count) == ("many_refusals", 3)
    [again] = watch.hear([entry(63 + number, f"Q{number}") for number in range(5)])
    assert again.kind == "many_patients"
    night = AuditEntry("a2", "b", "session", "read", "r", patient_id="P", at="2026-11-28T23:10:00+00:00")
    assert [one.kind for one in watch.hear([night])] == ["night"]
