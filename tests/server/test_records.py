"""A patient's record over HTTP: facts with their sources, the care pathway, what was looked at; within the
scope, and audited.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from rag.store.inputs import InputStore
from rag.store.records import InputRecord
from tests.server.house import House, inhabited
from tests.server.stating import at, said, state

PARTS = ("timeline", "facts", "coverage")
LETTER = "demo-a-letter"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with inhabited(tmp_path_factory.mktemp("records")) as found:
        store = found.served.services.opened.store
        drug = said(
            "drug",
            "~zorbalexine",
            "Zorbalexine",
            status="started",
            at=at("2026-03-16", ""),
            details={"dose": "40 mg"},
        )
        state(store, LETTER, drug)
        hip = said(
            "procedure",
            "total_hip_arthroplasty",
            "Prothèse totale de hanche",
            status="done",
            side="right",
            at=at("2026-03-12"),
        )
        left = said(
            "procedure", "total_hip_arthroplasty", "hanche", status="done", side="left", at=at("2026-03-12")
        )
        loss = said("lab", "blood_loss", "350 mL", value=350.0, unit="mL", value_text="350 mL")
        state(store, "demo-a-op", hip, left, loss)
        state(
            store,
            "demo-b-op",
            said("procedure", "total_hip_arthroplasty", "Prothèse totale de hanche", status="done"),
        )
        failed = InputRecord(
            "file:///srv/drop/scan%20illisible.pdf",
            "d",
            "f",
            "failed",
            patient_id="DEMO-A",
            problem="pdf_broken",
        )
        InputStore(store.database).put_all(
            [failed, replace(failed, uri="file:///srv/drop/b.pdf", patient_id="DEMO-B")]
        )
        yield found


def test_every_fact_stands_word_for_word_in_its_document(house: House) -> None:
    with house.api("clinician") as client:
        body = client.get("/v1/patients/DEMO-A/facts").json()
        assert body["patient_id"] == "DEMO-A"
        assert len(body["facts"]) == 4
        for fact in body["facts"]:
            text = client.get(f"/v1/documents/{fact['doc_id']}/text").text
            assert all(text[span["start"] : span["end"]] == span["quote"] for span in fact["spans"])


def test_facts_are_narrowed_by_kind_and_concept(house: House) -> None:
    with house.api("clinician") as client:

        def of(**asked: object) -> list[str]:
            found = client.get("/v1/patients/DEMO-A/facts", params=asked).json()["facts"]
            return [fact["concept"] for fact in found]

        assert of(kind="drug") == ["~zorbalexine"]
        assert of(concept=["~zorbalexine", "blood_loss"]) == ["~zorbalexine", "blood_loss"]
        assert of(kind="drug", concept="blood_loss") == []
        assert client.get("/v1/patients/DEMO-A/facts", params={"kind": "weather"}).status_code == 422


def test_things_are_named_in_the_language_of_the_reader(house: House) -> None:
    for language, name in (("en", "total hip arthroplasty"), ("fr", "prothèse totale de hanche")):
        with house.api("clinician", **{"Accept-Language": language}) as client:
            facts = client.get("/v1/patients/DEMO-A/facts", params={"kind": "procedure"}).json()["facts"]
            events = client.get("/v1/patients/DEMO-A/timeline", params={"kind": "procedure"}).json()["events"]
            assert {fact["name"].lower() for fact in facts} == {name}
            assert {event["title"].lower() for event in events} == {name}
            assert {fact["label"] for fact in facts} == {
                "Prothèse totale de hanche",
                "hanche",
            }  # the document's own words stay


def test_the_timeline_keeps_the_documents_and_adds_events_and_conflicts(house: House) -> None:
    with house.api("clinician") as client:
        found = client.get("/v1/patients/DEMO-A/timeline").json()
        known = {fact["fact_id"] for fact in client.get("/v1/patients/DEMO-A/facts").json()["facts"]}
    assert [item["doc_id"] for item in found["documents"]] == ["demo-a-op", LETTER]
    assert [(event["kind"], event["at"]["from"][:10], event["at"]["to"]) for event in found["events"]] == [
        ("lab", "2026-03-12", "2026-03-12"),
        ("procedure", "2026-03-12", "2026-03-12"),
        ("procedure", "2026-03-12", "2026-03-12"),
        ("drug", "2026-03-16", None),
    ]
    assert (found["events"][3]["state"], found["events"][3]["last"]) == (
        "open",
        found["events"][3]["facts"][0],
    )
    assert [(one["why"], len(one["facts"])) for one in found["conflicts"]] == [("side", 2)]
    assert {name for event in found["events"] for name in event["facts"]} <= known
    assert found["coverage"]["facts"] == 4


def test_a_period_narrows_documents_and_events_but_not_what_contradicts_itself(house: House) -> None:
    with house.api("clinician") as client:
        late = client.get("/v1/patients/DEMO-A/timeline", params={"from": "2026-03-14"}).json()
        assert [item["doc_id"] for item in late["documents"]] == [LETTER]
        assert [event["kind"] for event in late["events"]] == ["drug"]
        assert len(late["conflicts"]) == 1
        none = client.get("/v1/patients/DEMO-A/timeline", params={"to": "2020"})
        assert (none.status_code, none.json()["documents"], none.json()["events"]) == (200, [], [])
        assert client.get("/v1/patients/DEMO-A/timeline", params={"from": "demain"}).status_code == 422


def test_coverage_says_what_was_read_and_what_was_not(house: House) -> None:
    with house.api("clinician") as client:
        found = client.get("/v1/patients/DEMO-A/coverage").json()
    assert found["kinds"] == [
        {"kind": "discharge_letter", "documents": 1, "from": "2026-03-16", "to": "2026-03-16"},
        {"kind": "operative_report", "documents": 1, "from": "2026-03-12", "to": "2026-03-12"},
    ]
    assert found["documents"]["documents_searched"] == 2
    assert (found["failed_files"], found["failed"]) == (
        1,
        [{"file": "scan illisible.pdf", "problem": "pdf_broken"}],
    )  # not where it lies
    assert (found["facts"], found["copied_share"], found["pages_without_text"]) == (4, 0.0, 0)


@pytest.mark.parametrize("part", PARTS)
def test_a_foreign_patient_is_told_as_an_unknown_one_and_the_refusal_is_audited(
    house: House, part: str
) -> None:
    with house.api("clinician") as client:
        foreign, unknown = (
            client.get(f"/v1/patients/DEMO-B/{part}"),
            client.get(f"/v1/patients/DEMO-X/{part}"),
        )
    assert foreign.status_code == unknown.status_code == 404
    assert foreign.json()["detail"].replace("DEMO-B", "DEMO-X") == unknown.json()["detail"]
    with house.api("admin") as client:
        entries = client.get("/v1/audit", params={"patient_id": "DEMO-B"}).json()["entries"]
    action = {"coverage": "record_coverage"}.get(part, part)
    assert (action, "denied") in {(one["action"], one["outcome"]) for one in entries}


@pytest.mark.parametrize(
    ("part", "documents"),
    [("facts", {"demo-a-op", LETTER}), ("timeline", {"demo-a-op", LETTER}), ("coverage", set())],
)
def test_every_reading_of_a_record_is_audited(house: House, part: str, documents: set[str]) -> None:
    with house.api("clinician") as client:
        request_id = client.get(f"/v1/patients/DEMO-A/{part}").headers["x-request-id"]
    with house.api("admin") as client:
        entries = client.get("/v1/audit", params={"patient_id": "DEMO-A"}).json()["entries"]
    (entry,) = [one for one in entries if one["request_id"] == request_id]
    assert (entry["name"], set(entry["doc_ids"])) == ("clinician", documents)


def test_the_facts_of_an_erased_document_are_gone_with_it(house: House) -> None:
    with house.api("admin") as client:
        assert len(client.get("/v1/patients/DEMO-B/facts").json()["facts"]) == 1
        assert client.delete("/v1/documents/demo-b-op").status_code == 200
        assert client.get("/v1/patients/DEMO-B/facts").status_code == 404
