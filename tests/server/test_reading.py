"""Search, answers and documents over HTTP, in the demonstration."""

from __future__ import annotations

import json

import httpx
import pytest

from tests.server.serving import Served, events_of

QUESTION = {"question": "Quelles ont été les pertes sanguines ?", "patient_id": "DEMO-A"}


def test_search_gives_the_contract_and_exact_text(client: httpx.Client) -> None:
    found = client.post(
        "/v1/search", json={"query": "pertes sanguines", "patient_id": "DEMO-B", "k": 3}
    ).json()
    assert {hit["patient_id"] for hit in found["hits"]} == {"DEMO-B"}
    first = found["hits"][0]
    text = client.get(f"/v1/documents/{first['doc_id']}/text").text
    assert text[first["start"] : first["end"]] == first["text"]


def test_an_answer_is_cited_word_for_word(client: httpx.Client) -> None:
    answer = client.post("/v1/ask", json=QUESTION).json()
    assert "350 mL" in answer["answer"]
    for claim in answer["claims"]:
        for citation in claim["citations"]:
            assert (
                citation["quote"]
                == client.get(f"/v1/documents/{citation['doc_id']}/text").text[
                    citation["start"] : citation["end"]
                ]
            )


def test_events_come_in_order_and_end_with_the_answer(client: httpx.Client) -> None:
    with client.stream("POST", "/v1/ask", json={**QUESTION, "stream": True}) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        events = [(name, json.loads(data)) for name, data in events_of(response)]
    names = [name for name, _ in events]
    assert names[0] == "evidence"
    assert names[-1] == "done"
    assert set(names[1:-1]) == {"claim"}
    assert [data["text"] for name, data in events if name == "claim"] == [
        claim["text"] for claim in events[-1][1]["claims"]
    ]


def test_a_misspelt_filter_is_refused_not_ignored(client: httpx.Client) -> None:
    refused = client.post(
        "/v1/search", json={"query": "x", "patient": "DEMO-A"}, headers={"Accept-Language": "fr"}
    )
    assert refused.status_code == 422
    assert refused.headers["content-type"] == "application/problem+json"
    problem = refused.json()
    assert problem["code"] == "request_invalid"
    assert problem["errors"][0]["field"] == "body.patient"
    assert problem["detail"].startswith("La requête ne convient pas")


@pytest.mark.parametrize("date", ["2026-02-31", "hier", "", "2026-3", 2026, "2026\x00"])
def test_a_date_that_is_none_is_refused(client: httpx.Client, date: object) -> None:
    assert client.post("/v1/search", json={"query": "hanche", "from": date}).status_code == 422


@pytest.mark.parametrize("date", ["9999-12-31", "0001-01-01T00:00+23:00"])
def test_a_date_at_the_end_of_the_calendar_breaks_nothing(client: httpx.Client, date: str) -> None:
    assert client.post("/v1/search", json={"query": "hanche", "from": date}).status_code in (200, 422)


def test_text_that_no_database_keeps_is_refused(client: httpx.Client) -> None:
    assert client.post("/v1/ask", json={"question": "hanche\0"}).status_code == 422
    assert client.post("/v1/conversations", json={"title": "a\0"}).status_code == 422
    assert client.get("/v1/documents/a%00").status_code in (404, 422)


def test_a_patients_documents_come_in_order_of_time(client: httpx.Client) -> None:
    found = client.get("/v1/patients/DEMO-A/timeline").json()
    assert [item["doc_id"] for item in found["documents"]] == ["demo-a-op", "demo-a-letter"]


@pytest.mark.parametrize(
    "path",
    [
        "/v1/documents/none",
        "/v1/documents/none/text",
        "/v1/patients/none/timeline",
        "/v1/nothing",
        "/nothing",
    ],
)
def test_what_is_not_there_is_a_problem(client: httpx.Client, path: str) -> None:
    found = client.get(path)
    assert found.status_code == 404
    assert found.json()["type"].startswith("urn:traboule:problem:")
    assert found.json()["request_id"] == found.headers["x-request-id"]


def test_a_foreign_host_name_is_refused(demo: Served) -> None:
    with demo.client(Host="evil.example") as client:
        assert client.get("/v1/patients").status_code == 421


def test_the_page_may_run_its_own_files_and_nothing_else(client: httpx.Client) -> None:
    policy = client.get("/").headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_coverage_says_what_a_search_would_look_at(client: httpx.Client) -> None:
    of_a = client.get("/v1/coverage", params={"patient_id": "DEMO-A"}).json()
    assert of_a == {
        "documents_searched": 2,
        "kinds": {"discharge_letter": 1, "operative_report": 1},
        "from": "2026-03-12",
        "to": "2026-03-16",
        "patient_id": "DEMO-A",
    }
    assert client.get("/v1/coverage").json()["documents_searched"] == 4
    assert (
        client.get("/v1/coverage", params={"patient_id": "DEMO-A", "with_literature": True}).json()["kinds"][
            "article"
        ]
        == 1
    )


def test_literature_alone_opens_no_record(client: httpx.Client) -> None:
    found = client.post(
        "/v1/search",
        json={"query": "thromboprophylaxis after hip replacement", "literature_only": True, "kind": None},
    ).json()
    assert {hit["patient_id"] for hit in found["hits"]} == {None}
    refused = client.post(
        "/v1/search", json={"query": "prothèse de hanche", "literature_only": True, "patient_id": "DEMO-A"}
    )
    assert refused.status_code == 422
