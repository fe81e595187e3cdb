"""What changes who may read whom, beside care: emergencies, protections, oppositions, dates. Whatever bars a
record bars it on every way to it, at once.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from llama_index.core.base.llms.types import CompletionResponseGen
from pydantic import PrivateAttr

from rag.store.people.access import AccessStore
from rag.testing import ScriptedLLM
from tests.server.house import House, inhabited
from tests.server.test_turns import SCRIPT

REASON = "Arrêt cardiaque au bloc, patiente d'un autre service"
SETTLED_S = 1.1
"""Callers are remembered for a second."""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with inhabited(tmp_path_factory.mktemp("house")) as found:
        yield found


@pytest.fixture
def access(house: House) -> AccessStore:
    return house.served.services.identities.access


def ways_to(client: httpx.Client, patient: str, doc_id: str) -> list[bool]:
    """Tell, for every way to a patient's documents, whether it shows any."""
    found = client.post("/v1/search", json={"query": "pertes sanguines prothèse hanche", "k": 50}).json()
    asked = client.post("/v1/ask", json={"question": "Pertes sanguines ?", "patient_id": patient})
    listed = client.get("/v1/documents").json()["documents"]
    return [
        any(hit["patient_id"] == patient for hit in found["hits"]),
        asked.status_code == 200 and bool(asked.json()["evidence"]),
        any(one["patient_id"] == patient for one in listed),
        client.get(f"/v1/documents/{doc_id}").status_code == 200,
        client.get(f"/v1/documents/{doc_id}/text").status_code == 200,
        client.get(f"/v1/patients/{patient}/timeline").status_code == 200,
        client.get(f"/v1/patients/{patient}/facts").status_code == 200,
        client.get(f"/v1/patients/{patient}/coverage").status_code == 200,
        patient in [one["patient_id"] for one in client.get("/v1/patients").json()["patients"]],
    ]


def test_an_emergency_opens_one_record_with_a_reason_is_told_and_ends_with_its_review(house: House) -> None:
    with house.api("clinician") as client, house.api("admin") as admin:
        assert not any(ways_to(client, "DEMO-B", "demo-b-op"))
        short = client.post("/v1/emergencies", json={"patient_id": "DEMO-B", "reason": "vite"})
        assert short.status_code == 422
        unknown = client.post("/v1/emergencies", json={"patient_id": "DEMO-X", "reason": REASON})
        assert unknown.json()["code"] == "patient_not_found"
        opened = client.post("/v1/emergencies", json={"patient_id": "DEMO-B", "reason": REASON})
        assert opened.status_code == 201
        assert all(ways_to(client, "DEMO-B", "demo-b-op"))
        until = datetime.fromisoformat(opened.json()["until"])
        assert timedelta(hours=7) < until - datetime.now(UTC) <= timedelta(hours=8)
        entries = admin.get("/v1/audit", params={"patient_id": "DEMO-B"}).json()["entries"]
        actions = {(one["action"], one["outcome"]) for one in entries}
        assert {("emergency_open", "allowed"), ("alert", "allowed")} & actions
        assert REASON not in str(entries)  # the audit holds no words
        (waiting,) = admin.get("/v1/emergencies").json()["emergencies"]
        assert (waiting["name"], waiting["reason"], waiting["verdict"]) == ("clinician", REASON, None)
        place = f"/v1/emergencies/{waiting['emergency_id']}/review"
        assert client.post(place, json={"verdict": "justified"}).status_code == 403
        admin.post(place, json={"verdict": "unjustified", "remark": "pas d'urgence"}).raise_for_status()
        assert not any(ways_to(client, "DEMO-B", "demo-b-op"))


def test_an_emergency_ends_by_itself(house: House) -> None:
    now = [1_000_000.0]
    store = AccessStore(house.served.services.opened.store.database, lambda: now[0])
    store.open_emergency("somebody", "somebody", "DEMO-B", REASON, "", 2)
    assert store.opened_by("somebody") == {"DEMO-B"}
    now[0] += 2 * 3600
    assert store.opened_by("somebody") == frozenset()


@pytest.mark.parametrize("role", ["researcher", "service", "admin"])
def test_only_clinicians_open_emergencies(house: House, role: str) -> None:
    with house.api(role) as client:
        refused = client.post("/v1/emergencies", json={"patient_id": "DEMO-B", "reason": REASON})
        assert refused.status_code == 403


def test_a_protected_record_needs_the_right_whatever_else_one_may_read(
    house: House, access: AccessStore
) -> None:
    with house.api("clinician") as client, house.api("admin") as admin:
        access.protect("DEMO-A", "", "staff")
        time.sleep(SETTLED_S)
        assert not any(ways_to(client, "DEMO-A", "demo-a-op"))
        assert not any(ways_to(admin, "DEMO-A", "demo-a-op"))  # all patients is not all rights
        account = house.served.services.accounts.named("clinician").account_id
        access.grant_right(f"account:{account}", "psychiatry")
        time.sleep(SETTLED_S)
        assert not any(ways_to(client, "DEMO-A", "demo-a-op"))  # another kind
        access.grant_right(f"account:{account}", "staff")
        time.sleep(SETTLED_S)
        assert all(ways_to(client, "DEMO-A", "demo-a-op"))
        access.unprotect("DEMO-A", "", "staff")
        access.revoke_right(f"account:{account}", "staff")


def test_a_protected_document_is_on_no_way_while_the_rest_of_the_record_is(
    house: House, access: AccessStore
) -> None:
    access.protect("DEMO-A", "demo-a-op", "psychiatry")
    time.sleep(SETTLED_S)
    try:
        with house.api("admin") as admin:
            assert admin.get("/v1/documents/demo-a-op").status_code == 404
            asked = admin.post("/v1/ask", json={"question": "Pertes sanguines ?", "patient_id": "DEMO-A"})
            shown = [
                admin.post("/v1/search", json={"query": "pertes sanguines", "k": 50}).text,
                asked.text,
                admin.get("/v1/documents").text,
                admin.get("/v1/patients/DEMO-A/timeline").text,
                admin.get("/v1/patients/DEMO-A/facts").text,
            ]
            assert not any("demo-a-op" in text for text in shown)
            assert "DEMO-A" in shown[2]
    finally:
        access.unprotect("DEMO-A", "demo-a-op", "psychiatry")


def test_opposition_to_research_keeps_researchers_out_at_once_and_carers_in(
    house: House, access: AccessStore
) -> None:
    accounts = house.served.services.accounts
    accounts.grant(f"account:{accounts.named('researcher').account_id}", ["DEMO-A"])
    time.sleep(SETTLED_S)
    with house.api("researcher") as researcher, house.api("clinician") as carer:
        assert any(ways_to(researcher, "DEMO-A", "demo-a-op"))
        access.oppose("DEMO-A", "research")
        time.sleep(SETTLED_S)
        assert not any(ways_to(researcher, "DEMO-A", "demo-a-op"))
        assert all(ways_to(carer, "DEMO-A", "demo-a-op"))
        access.withdraw("DEMO-A", "research")


class ListeningLLM(ScriptedLLM):
    """Keeps what it was shown."""

    _shown: list[str] = PrivateAttr(default_factory=list)

    def stream_complete(
        self, prompt: str, formatted: bool = False, **kwargs: object
    ) -> CompletionResponseGen:
        self._shown.append(prompt)
        return super().stream_complete(prompt, formatted, **kwargs)


def test_opposition_to_language_models_keeps_them_from_the_record(tmp_path: Path) -> None:
    llm = ListeningLLM(script=SCRIPT)
    with inhabited(tmp_path, llm=llm) as house, house.api("clinician") as client:
        asked = {"question": "Quelles ont été les pertes sanguines ?", "no_llm": False}
        client.post("/v1/ask", json={**asked, "patient_id": "DEMO-A"}).raise_for_status()
        assert llm._shown
        house.served.services.identities.access.oppose("DEMO-A", "ai")
        llm._shown.clear()
        after = client.post("/v1/ask", json={**asked, "patient_id": "DEMO-A"}).json()
        assert after["evidence"]  # in the documents' own words
        assert llm._shown == []
        whole = client.post("/v1/ask", json=asked).json()
        assert "DEMO-A" not in {item["patient_id"] for item in whole["evidence"]}


@pytest.mark.parametrize(
    ("first", "last", "may_read"), [(-1, 1, True), (0, 0, True), (1, None, False), (None, -1, False)]
)
def test_care_counts_from_its_first_day_to_its_last(
    house: House, first: int | None, last: int | None, may_read: bool
) -> None:
    def day(offset: int | None) -> str | None:
        return None if offset is None else (datetime.now(UTC) + timedelta(days=offset)).date().isoformat()

    accounts = house.served.services.accounts
    accounts.grant("account:somebody", ["DEMO-B"], day(first), day(last))
    assert accounts.patients_of("somebody", ()) == ({"DEMO-B"} if may_read else frozenset())
