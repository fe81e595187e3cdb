"""Pictures over HTTP: by words, like a file and like a document, within the scope, noted in the audit."""

from __future__ import annotations

import io
from collections.abc import Iterator

import httpx
import pytest
from PIL import Image

from rag.demo import pictures_folder
from rag.server.identity.callers import PERMISSIONS
from tests.server.house import House, inhabited


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with inhabited(tmp_path_factory.mktemp("images")) as found:
        found.served.services.opened.ingestor.ingest([pictures_folder()])
        accounts = found.served.services.accounts
        accounts.grant(f"account:{accounts.named('clinician').account_id}", ["DEMO-I02"])
        yield found


def hits(client: httpx.Client, **body: object) -> list[dict[str, object]]:
    answer = client.post("/v1/images/search", json=body)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, object]] = answer.json()["hits"]
    return found


def test_each_caller_finds_the_pictures_of_the_own_patients(house: House) -> None:
    with house.api("admin") as admin, house.api("clinician") as clinician:
        everything = {hit["patient_id"] for hit in hits(admin, query="épanchement pleural")}
        assert everything == {"DEMO-I01", "DEMO-I02", None}
        mine = hits(clinician, query="épanchement pleural")
        assert {hit["patient_id"] for hit in mine} == {"DEMO-I02", None}
        shown = clinician.get(f"/v1/documents/{mine[0]['doc_id']}/image.png")
        assert shown.headers["content-type"] == "image/png"
        refused = clinician.post("/v1/images/search", json={"query": "thorax", "patient_id": "DEMO-I01"})
        assert refused.status_code == 403


def test_the_like_of_a_document_are_its_priors(house: House) -> None:
    with house.api("clinician") as clinician, house.api("researcher") as other:
        found = clinician.get("/v1/documents/di-0203-image/similar").json()["hits"]
        assert {hit["patient_id"] for hit in found} == {"DEMO-I02"}
        assert found[0]["reasons"][0] == "prior"
        assert clinician.get("/v1/documents/di-0402-image/similar").status_code == 404
        assert other.get("/v1/documents/di-0203-image/similar").status_code == 404
    entries = house.served.services.audit.entries(patient_id=None, account=None, before=None, limit=50)
    assert "images" in {entry.action for entry in entries}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"query": ""},
        {"query": "a", "k": 0},
        {"query": "a", "unknown": 1},
        {"query": "a", "from": "demain"},
    ],
)
def test_what_does_not_fit_is_refused(house: House, body: dict[str, object]) -> None:
    with house.api("admin") as admin:
        assert admin.post("/v1/images/search", json=body).status_code == 422
        assert admin.post("/v1/images/search", content=b"{").status_code == 422
        assert admin.post("/v1/images/search", json={"query": "a", "modality": "weather"}).status_code == 422
        assert admin.post("/v1/images/search", files={"other": b"x"}).status_code == 422


def test_a_file_that_is_sent_is_looked_at_where_something_looks(house: House) -> None:
    out = io.BytesIO()
    Image.new("L", (40, 40), 90).save(out, "PNG")
    with house.api("admin") as admin:
        answer = admin.post("/v1/images/search", files={"file": ("a.png", out.getvalue())}, data={"k": "3"})
        assert answer.status_code == 422  # no image encoder is here
        assert "efficientnet" in answer.text


def test_a_picture_tells_its_spacing_or_none(house: House) -> None:
    with house.api("admin") as admin:
        (knee,) = hits(admin, query="montre la radio du genou droit", patient_id="DEMO-I09")
        assert admin.get(f"/v1/documents/{knee['doc_id']}/image.json").json()["spacing"] == [1.4, 1.4]
        assert admin.get("/v1/documents/di-0902-image/image.json").json()["spacing"] is None


def test_every_role_that_reads_finds_pictures(house: House) -> None:
    for role in PERMISSIONS:
        with house.api(role) as client:
            assert client.post("/v1/images/search", json={"query": "figure"}).status_code == 200
