"""A report of an evaluation is shown to who may read every patient it quotes, and the audit says whom it
showed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from eval.report.patients import write_patients
from eval.report.store import ReportFolder
from rag.store.people.audit import AuditLog
from tests.server.house import House, inhabited


def report(house: House, name: str, patients: list[str] | None) -> None:
    folder = house.served.home / "reports" / name
    folder.mkdir(parents=True)
    (folder / "report.json").write_text('{"suite": "demo"}', encoding="utf-8")
    (folder / "report.html").write_text("<p>Saignement 350 ml</p>", encoding="utf-8")
    if patients is not None:
        told = {"patients": patients, "doc_ids": []}
        (folder / "patients.json").write_text(json.dumps(told), encoding="utf-8")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with inhabited(tmp_path_factory.mktemp("house")) as found:
        for name, patients in (
            ("nobody", []),
            ("a", ["DEMO-A"]),
            ("both", ["DEMO-A", "DEMO-B"]),
            ("old", None),
        ):
            report(found, name, patients)
        accounts = found.served.services.accounts
        researcher = accounts.named("researcher")
        accounts.grant(f"account:{researcher.account_id}", ["DEMO-A"])
        found.served.services.identities.forget_scopes()
        yield found


@pytest.mark.parametrize(
    ("who", "shown"), [("researcher", {"nobody", "a"}), ("admin", {"nobody", "a", "both", "old"})]
)
def test_only_reports_about_patients_in_scope_are_shown(house: House, who: str, shown: set[str]) -> None:
    with house.api(who) as client:
        assert {one["name"] for one in client.get("/v1/reports").json()["reports"]} == shown
        for name in ("nobody", "a", "both", "old"):
            for ending in ("html", "json"):
                assert client.get(f"/v1/reports/{name}.{ending}").status_code == (
                    200 if name in shown else 404
                )


def test_a_report_out_of_scope_is_told_like_one_that_is_not_there(house: House) -> None:
    with house.api("researcher") as client:
        hidden, absent = (
            client.get("/v1/reports/both.html").json(),
            client.get("/v1/reports/none.html").json(),
        )
    for told in (hidden, absent):
        told.pop("instance", None)
        told.pop("request_id", None)
    assert json.dumps(hidden).replace("both", "none") == json.dumps(absent)


def test_the_audit_of_a_patient_has_the_reports_that_quoted_them(house: House) -> None:
    with house.api("researcher") as client:
        client.get("/v1/reports/a.html")
        client.get("/v1/reports/both.html")
    entries = AuditLog(house.served.services.opened.store.database).entries(
        patient_id="DEMO-A", action="report"
    )
    assert {(one.detail["report"], one.outcome) for one in entries if one.name == "researcher"} >= {
        ("a", "allowed"),
        ("both", "denied"),
    }


def test_a_report_says_whom_its_items_answers_and_judges_quote(tmp_path: Path) -> None:
    folder = ReportFolder(tmp_path / "r")
    lines = {
        "items": {"evidence": [{"doc": "d1", "patient": "P1"}], "gold": {"docs": ["d2"]}, "patient_id": "P2"},
        "answers": {"answer": {"evidence": [{"doc_id": "d3", "patient_id": "P3"}]}},
        "judge": {"patient_id": "DEMO-P01"},  # of the bundled corpus: nobody
    }
    for part, line in lines.items():
        (folder.path / part).mkdir(parents=True)
        (folder.path / part / "x.jsonl").write_text(json.dumps(line) + "\n{cut", encoding="utf-8")
    write_patients(folder)
    told = json.loads((folder.path / "patients.json").read_text(encoding="utf-8"))
    assert told == {"patients": ["P1", "P2", "P3"], "doc_ids": ["d1", "d2", "d3"]}
