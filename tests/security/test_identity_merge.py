"""Whatever a low-privileged account uploads under its own patient, it reads, erases and hides nothing of
another's.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from rag.store.people.accounts import NewAccount
from tests.security.records import FORMATS, Id, bundle, fhir_id, ins, record
from tests.server.serving import Served, served

VICTIM_INS, SOLO_INS = ins("2550699001122"), ins("1550699001122")
SECRET = "Sérologie VIH positive connue depuis dix ans."


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Served]:
    """A hospital where patient B-1 is known by number and INS, patient C by INS alone."""
    folder = tmp_path / "feed"
    folder.mkdir()
    with served(tmp_path, demo=False) as found:
        for number, ids in enumerate(([Id("B-1"), Id(VICTIM_INS, True)], [Id("B-1")], [Id(SOLO_INS, True)])):
            name, content = record("hl7", SECRET, *ids)
            (folder / f"{number}{name}").write_text(content, newline="")
        report = found.services.opened.ingestor.ingest([folder])
        assert report.counts.added == 3
        yield found


def account(home: Served, role: str, *patients: str, everyone: bool = False) -> httpx.Client:
    made = home.services.accounts.add(
        NewAccount(f"{role}-{time.monotonic_ns()}", role, None, all_patients=everyone)
    )  # type: ignore[arg-type]
    home.services.accounts.grant(f"account:{made.account_id}", patients)
    return home.client(
        Authorization=f"Bearer {home.services.accounts.make_token(made.account_id, '', None)[1]}"
    )


def upload(client: httpx.Client, name: str, content: str) -> dict[str, object]:
    sent = client.post("/v1/documents", files=[("files", (name, content))])
    assert sent.status_code == 202, sent.text
    while (found := client.get(f"/v1/uploads/{sent.json()['upload_id']}").json())["status"] != "done":
        time.sleep(0.02)
    file: dict[str, object] = found["files"][0]
    return file


def readable(client: httpx.Client) -> dict[str, str]:
    """What an account lists and opens of patients: document → patient. What it finds is among these."""
    listed = client.get("/v1/documents", params={"limit": 1000}).json()["documents"]
    ids = {one["doc_id"]: one["patient_id"] for one in listed if one["patient_id"] is not None}
    assert all(client.get(f"/v1/documents/{doc_id}").status_code == 200 for doc_id in ids)
    hits = client.post("/v1/search", json={"query": "sérologie VIH positive", "k": 50}).json()["hits"]
    assert {hit["doc_id"] for hit in hits if hit["patient_id"] is not None} <= ids.keys()
    return ids


ATTACKS = {
    "number and INS of another": ("A-1", [Id("A-1"), Id(VICTIM_INS, True)]),
    "INS of a patient known by it alone": ("A-1", [Id("A-1"), Id(SOLO_INS, True)]),
    "INS of another first": ("A-1", [Id(VICTIM_INS, True), Id("A-1")]),
    "two numbers": ("A-1", [Id("A-1"), Id("B-1")]),
    "two numbers, another's first": ("A-1", [Id("B-1"), Id("A-1")]),
    "everything": ("A-1", [Id("A-1"), Id("B-1"), Id(VICTIM_INS, True), Id(SOLO_INS, True)]),
}


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("attack", ATTACKS)
def test_a_message_of_ones_own_patient_takes_nothing_from_another(
    home: Served, form: str, attack: str
) -> None:
    own, ids = ATTACKS[attack]
    with account(home, "clinician", own) as mallory, account(home, "clinician", "B-1", SOLO_INS) as carer:
        before = readable(carer)
        assert set(before.values()) == {"B-1", SOLO_INS}
        file = upload(mallory, *record(form, "Rien à signaler.", *ids))
        assert str(file["problems"]) + str(file["warnings"]) == "[][]" or VICTIM_INS not in str(file)
        assert set(readable(mallory).values()) <= {own}
        for doc_id in before:
            assert mallory.get(f"/v1/documents/{doc_id}").status_code == 404
            assert mallory.delete(f"/v1/documents/{doc_id}").status_code == 404
        assert SECRET not in mallory.post("/v1/ask", json={"question": "Quelle est la sérologie VIH ?"}).text
        assert readable(carer) == before


def merge_message(old: str, new: str) -> str:
    return f"MSH|^~\\&|A|B|C|D|20260302080000||ADT^A40|1|P|2.5\rPID|1||{new}^^^H^PI\rMRG|{old}^^^H^PI\r"


def link_bundle(old: str, new: str) -> str:
    patients = [
        {"resourceType": "Patient", "id": "n", "identifier": [fhir_id(Id(new))]},
        {
            "resourceType": "Patient",
            "id": "o",
            "identifier": [fhir_id(Id(old))],
            "link": [{"type": "replaced-by", "other": {"reference": "Patient/n"}}],
        },
    ]
    return bundle(*patients)


@pytest.mark.parametrize(("name", "make"), [("a.hl7", merge_message), ("a.json", link_bundle)])
@pytest.mark.parametrize("pair", [("B-1", "A-1"), ("A-1", "B-1")])
def test_a_merge_with_a_patient_one_may_not_read_is_refused_and_unknown_to_the_desk(
    home: Served, name: str, make: Callable[[str, str], str], pair: tuple[str, str]
) -> None:
    with account(home, "clinician", "A-1") as mallory, account(home, "admin", everyone=True) as admin:
        assert upload(mallory, name, make(*pair))["status"] == "failed"
        assert admin.get("/v1/identities").json() == {"proposals": [], "held": []}
        assert readable(mallory) == {}


def test_the_uploader_of_what_waits_cannot_read_it_and_the_desk_can_assign_or_erase_it(home: Served) -> None:
    with account(home, "clinician", "A-1") as mallory, account(home, "admin", everyone=True) as admin:
        sent = [
            upload(mallory, *record(form, "Rien à signaler.", Id("A-1"), Id(VICTIM_INS, True)))
            for form in ("hl7", "cda")
        ]
        assert [file["status"] for file in sent] == ["held", "held"]
        assert readable(mallory) == {}
        held = admin.get("/v1/identities").json()["held"]
        assert [(one["patient_id"], one["other_id"]) for one in held] == [("A-1", "B-1")] * 2
        ids = [one["doc_id"] for one in held]
        assert all(mallory.get(f"/v1/documents/{doc_id}").status_code == 404 for doc_id in ids)
        assert all(mallory.delete(f"/v1/documents/{doc_id}").status_code == 404 for doc_id in ids)
        assert (
            admin.post(f"/v1/identities/held/{ids[0]}/assign", json={"patient_id": "A-1"}).json()[
                "patient_id"
            ]
            == "A-1"
        )
        assert admin.delete(f"/v1/identities/held/{ids[1]}").json()["doc_ids"] == [ids[1]]
        assert readable(mallory) == {ids[0]: "A-1"}
        assert admin.get("/v1/identities").json()["held"] == []


def audited(client: httpx.Client, patient_id: str) -> set[tuple[str, str]]:
    found = client.get("/v1/audit", params={"patient_id": patient_id, "limit": 1000}).json()["entries"]
    seen = {(entry["action"], entry["patient_id"]) for entry in found}
    return {one for one in seen if one[0] != "audit_read"}  # looking at the audit is written there too


def test_a_decision_moves_documents_and_grants_is_told_and_audited_and_can_be_taken_back(
    home: Served,
) -> None:
    upload_ids = [Id("A-1"), Id(SOLO_INS, True)]
    people = (("clinician", "A-1", False), ("clinician", SOLO_INS, False), ("admin", "A-1", True))
    with ExitStack() as stack:
        one, other, admin = (
            stack.enter_context(account(home, role, patient, everyone=all_)) for role, patient, all_ in people
        )
        upload(one, *record("fhir", "Rien à signaler.", *upload_ids))
        (proposal,) = admin.get("/v1/identities").json()["proposals"]
        assert (proposal["old_id"], proposal["new_id"], proposal["origin"][:7]) == (
            SOLO_INS,
            "A-1",
            "upload:",
        )
        before = readable(one), readable(other)
        place = f"/v1/identities/{proposal['proposal_id']}"
        done = admin.post(f"{place}/confirm").json()
        assert (len(done["moved"]), done["proposal"]["status"]) == (1, "confirmed")
        assert readable(one) == readable(other) == {**dict.fromkeys(before[1], "A-1"), **before[0]}
        assert audited(admin, "A-1") == audited(admin, SOLO_INS) >= {("list", "A-1"), ("list", SOLO_INS)}
        assert [notice["status"] for notice in other.get("/v1/identities/notices").json()["notices"]] == [
            "confirmed"
        ]
        assert admin.post(f"{place}/confirm").status_code == 422
        assert admin.post(f"{place}/reverse").json()["moved"] == done["moved"]
        assert (readable(one), readable(other)) == before
        assert {patient for _, patient in audited(admin, SOLO_INS)} == {SOLO_INS}
        actions = [
            entry["action"]
            for entry in admin.get("/v1/audit", params={"patient_id": SOLO_INS}).json()["entries"]
        ]
        assert {"identity_confirm", "identity_reverse"} <= set(actions)


def test_the_desk_is_for_curators_who_may_read_every_patient(home: Served) -> None:
    with account(home, "clinician", "A-1", "B-1") as clinician, account(home, "admin", "A-1") as narrow:
        assert clinician.get("/v1/identities").json()["code"] == "role_not_allowed"
        assert narrow.get("/v1/identities").json()["code"] == "identity_desk_scope"
        assert narrow.post("/v1/identities/x/confirm").json()["code"] == "identity_desk_scope"
        assert clinician.get("/v1/identities/notices").json() == {"notices": []}
