"""Editions of one record in different files: a newer one takes the place of the older, whatever their
order.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from tests.unit.ingesting import open_home
from tests.unit.test_record_versions import PATIENT, PID, oru

SODIUM = "OBX|2|NM|NA^Sodium^L||139|mmol/L|||||F"


def texts(folder: Path, *contents: tuple[str, str]) -> list[str]:
    """Ingest files one by one, then all again, and return the texts that stand."""
    folder.mkdir()
    paths = [folder / f"{number}{suffix}" for number, (suffix, _) in enumerate(contents)]
    for path, (_, content) in zip(paths, contents, strict=True):
        path.write_text(content, encoding="utf-8", newline="")
    with open_home(folder / "home") as kept:
        for path in paths:
            assert not kept.only(path).counts.failed
        kept.ingest(*paths)
        kept.assert_sound()
        found = [kept.store.whole(doc_id) for doc_id in sorted(kept.ids())]
        for document in found:
            assert document is not None
            for fact in document.facts:
                assert all(document.text[start:end].strip() for start, end in fact.spans)
        return [document.text for document in found if document is not None]


def orders(*contents: tuple[str, str]) -> Iterator[tuple[tuple[str, str], ...]]:
    return permutations(contents)


def cda(
    number: str, said: str, *, parent: str = "", how: str = "RPLC", version: str = "", set_id: str = ""
) -> str:
    related = (
        f'<relatedDocument typeCode="{how}"><parentDocument><id root="1.2" extension="{parent}"/>'
        "</parentDocument></relatedDocument>"
        if parent
        else ""
    )
    sets = f'<setId root="1.9" extension="{set_id}"/><versionNumber value="{version}"/>' if set_id else ""
    return (
        '<ClinicalDocument xmlns="urn:hl7-org:v3">'
        f'<id root="1.2" extension="{number}"/><code code="11488-4" codeSystem="2.16.840.1.113883.6.1"/>'
        f'<title>Consultation</title><effectiveTime value="20260301"/>{sets}'
        '<recordTarget><patientRole><id root="1.3" extension="P1"/></patientRole></recordTarget>'
        f"{related}<component><structuredBody><component><section><title>Suite</title>"
        f"<text>{said}</text></section></component></structuredBody></component></ClinicalDocument>"
    )


def test_the_newer_version_of_a_cda_document_stands(tmp_path: Path) -> None:
    pair = (
        (".xml", cda("a", "Genou gauche.", set_id="s", version="1")),
        (".xml", cda("b", "Genou droit.", set_id="s", version="2")),
    )
    for number, files in enumerate(orders(*pair)):
        (text,) = texts(tmp_path / str(number), *files)
        assert "Genou droit" in text


def test_a_chain_of_replaced_cda_documents_leaves_the_last(tmp_path: Path) -> None:
    chain = (
        (".xml", cda("a", "Premier.")),
        (".xml", cda("b", "Deuxième.", parent="a")),
        (".xml", cda("c", "Troisième.", parent="b")),
    )
    for number, files in enumerate(orders(*chain)):
        (text,) = texts(tmp_path / str(number), *files)
        assert "Troisième" in text


def test_an_addendum_stands_beside_what_it_adds_to(tmp_path: Path) -> None:
    first, second = (".xml", cda("a", "Premier.")), (".xml", cda("b", "Ajout.", parent="a", how="APND"))
    found = texts(tmp_path / "x", first, second)
    assert len(found) == 2
    assert any("Complète un document antérieur" in text for text in found)


def test_documents_of_other_sets_and_equal_versions_stand(tmp_path: Path) -> None:
    files = [cda("a", "Un.", set_id="s", version="1"), cda("b", "Deux.", set_id="t", version="2")]
    files.append(cda("c", "Trois.", set_id="s", version="1"))
    assert len(texts(tmp_path / "x", *((".xml", one) for one in files))) == 3


def fhir(*resources: dict[str, Any]) -> tuple[str, str]:
    entries = [{"resource": one} for one in (PATIENT, *resources)]
    return ".json", json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries})


def report(said: str, **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "DiagnosticReport",
        "id": "r1",
        "status": "final",
        "code": {"text": "Scanner"},
        "subject": {"reference": "Patient/a"},
        "conclusion": said,
        **more,
    }


def reference(name: str, said: str, **more: Any) -> dict[str, Any]:
    import base64

    data = base64.b64encode(said.encode()).decode()
    return {
        "resourceType": "DocumentReference",
        "id": name,
        "status": "current",
        "subject": {"reference": "Patient/a"},
        "description": "Courrier",
        "content": [{"attachment": {"contentType": "text/plain", "data": data}}],
        **more,
    }


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        (
            report("Nodule gauche.", meta={"versionId": "1"}),
            report("Nodule droit.", meta={"versionId": "2"}),
        ),
        (
            report("Nodule gauche.", meta={"lastUpdated": "2026-03-01T08:00:00Z"}),
            report("Nodule droit.", meta={"lastUpdated": "2026-03-02T08:00:00Z"}),
        ),
        (
            reference("d1", "Nodule gauche."),
            reference(
                "d2",
                "Nodule droit.",
                relatesTo=[{"code": "replaces", "target": {"reference": "DocumentReference/d1"}}],
            ),
        ),
        (
            reference("d1", "Nodule gauche."),
            reference(
                "d2",
                "Nodule droit.",
                relatesTo=[
                    {
                        "code": {"coding": [{"code": "replaces"}]},
                        "target": {"reference": "http://x/fhir/DocumentReference/d1"},
                    }
                ],
            ),
        ),
    ],
    ids=["version", "time", "relates R4", "relates R5"],
)
def test_the_newer_of_two_resources_stands(
    tmp_path: Path, older: dict[str, Any], newer: dict[str, Any]
) -> None:
    for number, files in enumerate(orders(fhir(older), fhir(newer))):
        (text,) = texts(tmp_path / str(number), *files)
        assert "Nodule droit" in text


def test_a_document_entered_in_error_is_taken_back_in_every_file(tmp_path: Path) -> None:
    for number, files in enumerate(
        orders(fhir(report("Nodule gauche.")), fhir(report("Nodule gauche.", status="entered-in-error")))
    ):
        (text,) = texts(tmp_path / str(number), *files)
        assert "Nodule" not in text
        assert "a été annulé" in text


def test_resources_of_one_id_that_nothing_tells_apart_stand(tmp_path: Path) -> None:
    assert len(texts(tmp_path / "x", fhir(report("Un.")), fhir(report("Deux.")))) == 2


def mdm(event: str, number: str, parent: str = "", said: str = "Geste sans incident.", at: str = "08") -> str:
    head = f"MSH|^~\\&|A|B|C|D|20260301{at}00||MDM^{event}|{event}{number}|P|2.5|||||FRA|UNICODE UTF-8|fr"
    txa = f"TXA|1|CR^Compte rendu|TX|2026030108||||||||{number}|{parent}||||LA"
    return "\r".join((head, PID, txa, f"OBX|1|TX|CR^Compte rendu||{said}||||||F", ""))


def test_a_replacement_of_a_document_stands_alone(tmp_path: Path) -> None:
    pair = (".hl7", mdm("T02", "D1", said="Côté gauche.")), (".hl7", mdm("T10", "D2", "D1", "Côté droit."))
    for number, files in enumerate(orders(*pair)):
        (text,) = texts(tmp_path / str(number), *files)
        assert "Côté droit" in text


def test_an_edit_under_the_same_number_stands_alone(tmp_path: Path) -> None:
    edited = (".hl7", mdm("T08", "D1", said="Côté droit.", at="09"))
    for number, files in enumerate(orders((".hl7", mdm("T02", "D1", said="Côté gauche.")), edited)):
        (text,) = texts(tmp_path / str(number), *files)
        assert "Côté droit" in text


def test_an_addendum_to_a_document_stands_beside_it(tmp_path: Path) -> None:
    assert (
        len(texts(tmp_path / "x", (".hl7", mdm("T02", "D1")), (".hl7", mdm("T06", "D2", "D1", "Ajout."))))
        == 2
    )


def test_a_document_taken_back_in_another_file_is_gone(tmp_path: Path) -> None:
    pair = (".hl7", mdm("T02", "D1", said="Côté gauche.")), (".hl7", mdm("T11", "D1"))
    for number, files in enumerate(orders(*pair)):
        (text,) = texts(tmp_path / str(number), *files)
        assert "gauche" not in text
        assert "D1" in text


def test_of_an_older_order_the_results_stand_that_the_newer_does_not_carry(tmp_path: Path) -> None:
    note = "NTE|1||Tube hémolysé"
    pair = (
        (".hl7", oru("1", "6.8", more=f"{note}\r{SODIUM}")),
        (".hl7", oru("2", "4.2", "C", at="1130")),
    )
    for number, files in enumerate(orders(*pair)):
        found = texts(tmp_path / str(number), *files)
        said = "\n".join(found)
        assert len(found) == 2
        assert "6.8" not in said
        assert "hémolysé" not in said
        assert said.count("4.2 mmol/L") == said.count("139 mmol/L") == 1


def test_values_of_other_times_in_other_files_stand(tmp_path: Path) -> None:
    files = [
        oru("1", "4.2", observed="202603010800"),
        oru("2", "4.9", at="1130", observed="202603011100"),
    ]
    found = texts(tmp_path / "x", *((".hl7", one) for one in files))
    assert sum("4.2 mmol/L" in text for text in found) == sum("4.9 mmol/L" in text for text in found) == 1


def test_a_preliminary_result_of_another_file_never_replaces_a_final_one(tmp_path: Path) -> None:
    pair = (".hl7", oru("1", "4.2")), (".hl7", oru("2", "4.9", "P", at="1130"))
    for number, files in enumerate(orders(*pair)):
        (text,) = texts(tmp_path / str(number), *files)
        assert "4.2" in text


def test_a_record_of_another_patient_replaces_nothing(tmp_path: Path) -> None:
    other = cda("b", "Deuxième.", parent="a").replace('extension="P1"', 'extension="P2"')
    assert len(texts(tmp_path / "x", (".xml", cda("a", "Premier.")), (".xml", other))) == 2
