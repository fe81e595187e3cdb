"""Who may read what: sign-in, sessions, tokens, scope, forgery, and the audit of it all."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from rag.server.identity import passwords
from rag.store.people.accounts import NewAccount
from tests.server.house import PASSWORD, House, inhabited
from tests.server.serving import Served, served


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with inhabited(tmp_path_factory.mktemp("house")) as found:
        yield found


def sign_in(client: httpx.Client, name: str, password: str = PASSWORD) -> httpx.Response:
    return client.post("/v1/session", json={"name": name, "password": password})


def test_nothing_of_a_patient_is_read_without_signing_in(house: House) -> None:
    with house.served.client() as client:
        for path in (
            "/v1/documents",
            "/v1/documents/demo-a-op",
            "/v1/patients",
            "/v1/patients/DEMO-A/timeline",
        ):
            refused = client.get(path)
            assert (refused.status_code, refused.json()["code"]) == (401, "not_signed_in")
            assert refused.headers["www-authenticate"].startswith("Bearer")
        assert client.get("/v1/session").json()["signed_in"] is False


def test_another_patients_document_is_reported_as_one_that_does_not_exist(house: House) -> None:
    with house.api("clinician") as client:
        assert client.get("/v1/documents/demo-a-op").status_code == 200
        foreign, unknown = client.get("/v1/documents/demo-b-op"), client.get("/v1/documents/demo-x-op")
        assert foreign.status_code == unknown.status_code == 404
        assert foreign.json()["detail"].replace("demo-b-op", "demo-x-op") == unknown.json()["detail"]
        foreign, unknown = (
            client.get("/v1/patients/DEMO-B/timeline"),
            client.get("/v1/patients/DEMO-X/timeline"),
        )
        assert foreign.status_code == unknown.status_code == 404
        assert [item["patient_id"] for item in client.get("/v1/patients").json()["patients"]] == ["DEMO-A"]
        assert {item["patient_id"] for item in client.get("/v1/documents").json()["documents"]} == {
            "DEMO-A",
            None,
        }


def test_search_and_answers_stay_within_the_scope(house: House) -> None:
    with house.api("clinician") as client:
        hits = client.post(
            "/v1/search", json={"query": "pertes sanguines prothèse de hanche", "k": 50}
        ).json()["hits"]
        assert {hit["patient_id"] for hit in hits} <= {"DEMO-A", None}
        for patient in ("DEMO-B", "DEMO-X"):
            refused = client.post(
                "/v1/ask", json={"question": "Pertes sanguines ?", "patient_id": patient, "stream": True}
            )
            assert (refused.status_code, refused.json()["code"]) == (403, "patient_not_allowed")


def test_a_session_reads_writes_with_its_token_and_ends(house: House) -> None:
    with house.served.client() as client:
        session = sign_in(client, "clinician").json()
        cookie = client.get("/v1/session")  # the cookie came back by itself
        assert cookie.json()["name"] == "clinician"
        assert session["scope"] == {"patient_ids": ["DEMO-A"], "literature": True}
        without = client.post("/v1/search", json={"query": "hanche"})
        assert (without.status_code, without.json()["code"]) == (403, "csrf_missing")
        forged = client.post("/v1/search", json={"query": "hanche"}, headers={b"X-CSRF-Token": "é".encode()})
        assert forged.status_code == 403
        assert (
            client.post(
                "/v1/search", json={"query": "hanche"}, headers={"X-CSRF-Token": session["csrf"]}
            ).status_code
            == 200
        )
        assert client.delete("/v1/session", headers={"X-CSRF-Token": session["csrf"]}).status_code == 204
        assert client.get("/v1/patients").status_code == 401


def test_a_session_may_be_narrowed_to_the_patients_in_care_never_widened(house: House) -> None:
    with house.served.client() as client:
        body = {"name": "clinician", "password": PASSWORD, "patient_ids": ["DEMO-B"]}
        assert client.post("/v1/session", json=body).json()["scope"]["patient_ids"] == []


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(house: House) -> None:
    with house.served.client() as client:
        cookie = sign_in(client, "clinician").headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie


@pytest.mark.parametrize(
    "credentials", ["Bearer trb_forged", "Bearer", "Basic YWRtaW46YWRtaW4=", "Bearer a.b.c", "x"]
)
def test_forged_credentials_are_refused_alike(house: House, credentials: str) -> None:
    with house.served.client(Authorization=credentials) as client:
        refused = client.get("/v1/patients")
        assert (refused.status_code, refused.json()["code"]) == (401, "not_signed_in")


def test_an_expired_token_is_refused(house: House) -> None:
    accounts = house.served.services.accounts
    _, secret = accounts.make_token(accounts.named("clinician").account_id, "old", expires_at=1.0)
    with house.served.client(Authorization=f"Bearer {secret}") as client:
        assert client.get("/v1/patients").status_code == 401


def test_a_token_may_be_narrower_than_its_account(house: House) -> None:
    accounts = house.served.services.accounts
    _, secret = accounts.make_token(accounts.named("admin").account_id, "narrow", None, ["DEMO-B"])
    with house.served.client(Authorization=f"Bearer {secret}") as client:
        assert [item["patient_id"] for item in client.get("/v1/patients").json()["patients"]] == ["DEMO-B"]


def test_a_closed_account_is_refused_everywhere(house: House) -> None:
    accounts = house.served.services.accounts
    account = accounts.add(NewAccount("leaver", "clinician", passwords.digest(PASSWORD)), must_change=False)
    _, secret = accounts.make_token(account.account_id, "", None)
    accounts.set_disabled(account.account_id, True)
    with house.served.client(Authorization=f"Bearer {secret}") as client:
        assert client.get("/v1/patients").status_code == 401
    with house.served.client() as client:
        assert sign_in(client, "leaver").status_code == 401


def test_wrong_name_and_wrong_password_are_told_alike_and_guessing_is_slowed(house: House) -> None:
    accounts = house.served.services.accounts
    accounts.add(NewAccount("guessed", "clinician", passwords.digest(PASSWORD)), must_change=False)
    with house.served.client() as client:
        answers = [sign_in(client, name, "wrong-wrong-wrong") for name in ("nobody", *["guessed"] * 5)]
        assert {(answer.status_code, answer.json()["detail"]) for answer in answers} == {
            (401, answers[0].json()["detail"])
        }
        assert sign_in(client, "guessed").status_code == 401  # the right one, while the account is locked


def test_a_one_time_password_serves_to_choose_another_and_for_nothing_else(house: House) -> None:
    house.served.services.accounts.add(NewAccount("newcomer", "clinician", passwords.digest(PASSWORD)))
    with house.served.client() as client:
        session = sign_in(client, "newcomer").json()
        assert session["must_change_password"] is True
        assert session["permissions"] == []
        headers = {"X-CSRF-Token": session["csrf"]}
        assert client.get("/v1/patients").json()["code"] == "password_must_change"
        short = client.post(
            "/v1/session/password", json={"current": PASSWORD, "new": "short"}, headers=headers
        )
        assert short.json()["code"] == "password_length"
        chosen = {"current": PASSWORD, "new": "another-fine-password"}
        assert client.post("/v1/session/password", json=chosen, headers=headers).status_code == 204
        assert client.get("/v1/session").json()["signed_in"] is False
        assert sign_in(client, "newcomer", "another-fine-password").json()["must_change_password"] is False


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}]
)
def test_a_page_of_another_site_cannot_write(demo: Served, headers: dict[str, str]) -> None:
    with demo.client(**headers) as client:
        refused = client.post("/v1/search", json={"query": "hanche"})
        assert (refused.status_code, refused.json()["code"]) == (403, "origin_refused")


def test_the_first_administrator_is_made_once(house: House, tmp_path_factory: pytest.TempPathFactory) -> None:
    assert house.served.services.identities.first_admin() is None
    with served(tmp_path_factory.mktemp("new"), demo=False) as new:
        password = new.services.identities.first_admin()
        assert password is not None
        with new.client() as client:
            assert sign_in(client, "admin", password).json()["must_change_password"] is True


def test_the_audit_says_who_read_which_patient_and_no_word_of_it(house: House) -> None:
    audit = house.served.services.audit
    with house.api("clinician", **{"X-Request-ID": "audited-request"}) as client:
        client.get("/v1/documents/demo-a-op")
        client.get("/v1/documents/demo-b-op")
        client.post(
            "/v1/ask",
            json={
                "question": "Quelles ont été les pertes sanguines ?",
                "patient_id": "DEMO-A",
                "no_llm": True,
            },
        )
        client.post("/v1/search", json={"query": "hanche", "patient_id": "DEMO-B"})
    entries = [
        entry
        for entry in audit.entries(account="clinician", limit=50)
        if entry.request_id == "audited-request"
    ]
    told = {(entry.action, entry.outcome, entry.patient_id) for entry in entries}
    assert told == {
        ("read", "allowed", "DEMO-A"),
        ("read", "denied", None),
        ("ask", "allowed", "DEMO-A"),
        ("search", "denied", "DEMO-B"),
    }
    assert "demo-a-op" in next(entry for entry in entries if entry.action == "ask").doc_ids
    assert "pertes" not in repr(entries)
