"""FHIR: each resource to its own patient, whatever its bundle says; exports of several files; what is broken
is named, the rest goes on.
"""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from rag.core.errors import ParseError
from rag.core.types import Document
from tests.golden import everything

Json = Mapping[str, Any]
ANNE = {"resourceType": "Patient", "id": "a", "name": [{"family": "ANNE"}]}
PAUL = {"resourceType": "Patient", "id": "b", "name": [{"family": "PAUL"}]}


def condition(name: str, patient: str | None = "Patient/a", **more: object) -> dict[str, Any]:
    subject = {} if patient is None else {"subject": {"reference": patient}}
    return {"resourceType": "Condition", "id": name, "code": {"text": f"Maladie {name}"}, **subject, **more}


def bundle(*resources: Json) -> Json:
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": resource} for resource in resources],
    }


def write(folder: Path, value: Json | str, name: str = "f.json") -> Path:
    path = folder / name
    path.write_text(
        value if isinstance(value, str) else json.dumps(value, ensure_ascii=False), encoding="utf-8"
    )
    return path


def lines(folder: Path, *resources: Json | str, name: str = "Condition.ndjson") -> Path:
    return write(
        folder, "\n".join(one if isinstance(one, str) else json.dumps(one) for one in resources), name
    )


def texts(documents: list[Document]) -> dict[str, str]:
    return {str(document.patient_id): document.text for document in documents}


def test_a_resource_of_another_patient_than_its_bundle_is_refused(tmp_path: Path) -> None:
    documents, errors, warnings = everything(
        write(tmp_path, bundle(ANNE, condition("1"), condition("2", "Patient/zoe")))
    )
    assert not errors
    assert [warning.key for warning in warnings] == ["fhir_other_patient"]
    assert "Maladie 1" in documents[0].text
    assert "Maladie 2" not in documents[0].text


def test_a_resource_of_another_patient_than_its_encounter_is_refused(tmp_path: Path) -> None:
    stay = {
        "resourceType": "Encounter",
        "id": "e",
        "status": "finished",
        "subject": {"reference": "Patient/b"},
    }
    found = bundle(ANNE, PAUL, stay, condition("1", encounter={"reference": "Encounter/e"}))
    documents, _, warnings = everything(write(tmp_path, found))
    assert [warning.key for warning in warnings] == ["fhir_other_patient"]
    assert [document.kind for document in documents] == ["encounter"]


def test_two_patients_of_one_bundle_stay_apart(tmp_path: Path) -> None:
    documents, _, warnings = everything(
        write(tmp_path, bundle(ANNE, PAUL, condition("1"), condition("2", "Patient/b")))
    )
    assert not warnings
    assert {who: text.splitlines()[-1] for who, text in texts(documents).items()} == {
        "a": "- Maladie 1",
        "b": "- Maladie 2",
    }


def test_a_resource_without_patient_is_refused(tmp_path: Path) -> None:
    documents, _, warnings = everything(
        write(tmp_path, bundle(ANNE, condition("1", None), condition("2", "Group/g")))
    )
    assert [warning.key for warning in warnings] == ["fhir_no_patient", "fhir_no_patient"]
    assert documents == []


def test_a_report_shows_no_result_of_another_patient(tmp_path: Path) -> None:
    theirs = {
        "resourceType": "Observation",
        "id": "o",
        "code": {"text": "HIV"},
        "valueString": "positif",
        "subject": {"reference": "Patient/b"},
    }
    report = {
        "resourceType": "DiagnosticReport",
        "id": "r",
        "code": {"text": "Sérologie"},
        "conclusion": "Voir tableau.",
        "subject": {"reference": "Patient/a"},
        "result": [{"reference": "Observation/o"}],
    }
    documents, _, _ = everything(write(tmp_path, bundle(ANNE, PAUL, report, theirs)))
    assert all("HIV" not in document.text for document in documents if document.patient_id == "a")


def test_the_number_of_the_hospital_is_the_id_and_an_identifier_names_it(tmp_path: Path) -> None:
    numbered = {
        **ANNE,
        "identifier": [
            {"use": "old", "type": {"coding": [{"code": "PI"}]}, "value": "OLD"},
            {"type": {"coding": [{"code": "PI"}]}, "value": "IPP-1"},
        ],
    }
    by_number = {**condition("1", None), "subject": {"identifier": {"value": "IPP-1"}}}
    (document,), _, warnings = everything(write(tmp_path, bundle(numbered, by_number)))
    assert (document.patient_id, warnings) == ("IPP-1", [])


def test_a_subject_whose_reference_and_identifier_differ_is_refused(tmp_path: Path) -> None:
    two = {**condition("1"), "subject": {"reference": "Patient/a", "identifier": {"value": "IPP-9"}}}
    documents, _, warnings = everything(write(tmp_path, bundle(ANNE, two)))
    assert ([warning.key for warning in warnings], documents) == (["fhir_other_patient"], [])


def test_a_single_resource_and_a_list_of_them_are_read(tmp_path: Path) -> None:
    (document,), _, _ = everything(
        write(tmp_path, condition("1", "https://serveur.invalid/fhir/Patient/77/_history/2"))
    )
    assert document.patient_id == "77"
    (document,), _, _ = everything(write(tmp_path, json.dumps([ANNE, condition("1")]), "g.json"))
    assert document.patient_id == "a"


@pytest.mark.parametrize("name", ["Condition.ndjson", "Condition.ndjson.gz"])
def test_an_export_knows_its_patients_from_the_file_beside(tmp_path: Path, name: str) -> None:
    lines(
        tmp_path,
        {**ANNE, "identifier": [{"type": {"coding": [{"code": "MR"}]}, "value": "IPP-1"}]},
        name="Patient.ndjson",
    )
    path = lines(tmp_path, condition("1"), condition("2"), condition("3", "Patient/b"), name=name)
    if name.endswith(".gz"):
        path.write_bytes(gzip.compress(path.read_bytes()))
    documents, _, warnings = everything(path)
    assert not warnings
    assert [(document.patient_id, document.text.count("Maladie")) for document in documents] == [
        ("IPP-1", 2),
        ("b", 1),
    ]
    assert documents[0].text.startswith("Patient : ANNE") or documents[0].text.startswith("Patient: ANNE")


def test_an_export_finds_the_binary_of_a_document_in_the_file_beside(tmp_path: Path) -> None:
    data = base64.b64encode(b"Lettre de sortie.").decode()
    lines(
        tmp_path,
        {"resourceType": "Binary", "id": "x", "contentType": "text/plain", "data": data},
        name="Binary.ndjson",
    )
    letter = {
        "resourceType": "DocumentReference",
        "id": "d",
        "status": "current",
        "subject": {"reference": "Patient/a"},
    }
    letter["content"] = [{"attachment": {"contentType": "text/plain", "url": "Binary/x"}}]
    (document,), _, _ = everything(lines(tmp_path, letter, name="DocumentReference.ndjson"))
    assert (document.patient_id, document.text) == ("a", "Lettre de sortie.")


def test_a_bad_line_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    documents, errors, _ = everything(
        lines(tmp_path, condition("1"), '{"resourceType": "Condition", ', "[]", condition("2"))
    )
    assert [(error.key, error.variables["line"]) for error in errors] == [
        ("fhir_line_not_json", 2),
        ("fhir_line_not_json", 3),
    ]
    assert documents[0].text.count("Maladie") == 2


@pytest.mark.parametrize(
    ("content", "key"),
    [
        ('{"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Patient"', "fhir_not_json"),
        ('{"resourceType": "Observation", "valueInteger": NaN}', "fhir_not_json"),
        ('{"resourceType": "Bundle", "x": ' + "[" * 100_000, "fhir_not_json"),
    ],
)
def test_damaged_json_is_refused(tmp_path: Path, content: str, key: str) -> None:
    _, errors, _ = everything(write(tmp_path, content))
    assert [error.key for error in errors] == [key]


def test_wrong_encoding_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "f.json"
    path.write_bytes(json.dumps(condition("é"), ensure_ascii=False).encode("latin-1"))
    _, errors, _ = everything(path)
    assert [error.key for error in errors] == ["text_encoding"]


@pytest.mark.parametrize(
    "broken",
    [
        {"code": "diabète"},
        {"code": {"coding": "x"}},
        {"clinicalStatus": {"coding": ["active"]}},
        {"note": [{"text": {"a": "b"}}]},
        {"subject": "Patient/a"},
        {"encounter": "Encounter/e"},
    ],
)
def test_a_resource_of_another_shape_is_named_and_the_others_are_read(tmp_path: Path, broken: Json) -> None:
    documents, errors, warnings = everything(
        write(tmp_path, bundle(ANNE, {**condition("1"), **broken}, condition("2")))
    )
    assert not errors
    assert [warning.key for warning in warnings] == ["fhir_bad_resource"]
    assert [document.text.count("Maladie") for document in documents] == [1]


def test_a_value_that_cannot_be_shown_is_not_dropped_from_its_observation(tmp_path: Path) -> None:
    odd = {
        "resourceType": "Observation",
        "id": "o",
        "code": {"text": "X"},
        "valueMolecule": {"x": "y"},
        "subject": {"reference": "Patient/a"},
    }
    documents, _, warnings = everything(write(tmp_path, bundle(ANNE, odd)))
    assert ([warning.key for warning in warnings], documents) == (["fhir_bad_resource"], [])


def test_two_versions_of_a_resource_are_reported_and_the_last_counts(tmp_path: Path) -> None:
    documents, _, warnings = everything(
        write(tmp_path, bundle(ANNE, condition("1"), {**condition("1"), "code": {"text": "Maladie neuve"}}))
    )
    assert [warning.key for warning in warnings] == ["fhir_twice"]
    assert documents[0].text.endswith("- Maladie neuve")


def test_a_date_in_the_future_is_not_believed(tmp_path: Path) -> None:
    late = {
        "resourceType": "DiagnosticReport",
        "id": "r",
        "code": {"text": "NFS"},
        "conclusion": "Normal.",
        "effectiveDateTime": "2999-01-01",
    }
    (document,), _, warnings = everything(
        write(tmp_path, bundle(ANNE, {**late, "subject": {"reference": "Patient/a"}}))
    )
    assert (document.authored_at, [warning.key for warning in warnings]) == (None, ["record_future_date"])


def test_a_panel_stands_before_its_members_and_nothing_is_shown_twice(tmp_path: Path) -> None:
    def observed(name: str, **more: object) -> dict[str, Any]:
        return {
            "resourceType": "Observation",
            "id": name,
            "status": "final",
            "code": {"text": name},
            "subject": {"reference": "Patient/a"},
            **more,
        }

    members = {"hasMember": [{"reference": "Observation/Sodium"}, {"reference": "Observation/Chlore"}]}
    found = bundle(
        ANNE,
        observed("Chlore", valueString="101"),
        observed("Iono", **members),
        observed("Sodium", valueString="139"),
    )
    (document,), _, _ = everything(write(tmp_path, found))
    assert [line for line in document.text.splitlines() if line.startswith("| ")][1:] == [
        "| Sodium | 139 |",
        "| Chlore | 101 |",
    ]


def test_xml_says_the_same_as_json(tmp_path: Path) -> None:
    xml = """<Bundle xmlns="http://hl7.org/fhir"><type value="collection"/>
      <entry><resource><Patient><id value="a"/>
        <name><family value="ANNE"/></name></Patient></resource></entry>
      <entry><resource><Condition><id value="1"/>
        <code><coding><code value="c"/></coding><text value="Maladie 1"/></code>
        <subject><reference value="Patient/a"/></subject></Condition></resource></entry></Bundle>"""
    (from_xml,), _, _ = everything(write(tmp_path, xml, "f.xml"))
    (from_json,), _, _ = everything(write(tmp_path, bundle(ANNE, condition("1"))))
    assert (from_xml.text, from_xml.patient_id) == (from_json.text, from_json.patient_id)


def test_an_attachment_that_is_no_base64_is_reported(tmp_path: Path) -> None:
    report = {
        "resourceType": "DiagnosticReport",
        "id": "r",
        "code": {"text": "NFS"},
        "conclusion": "Normal.",
        "subject": {"reference": "Patient/a"},
    }
    documents, _, warnings = everything(
        write(
            tmp_path,
            bundle(ANNE, {**report, "presentedForm": [{"contentType": "text/plain", "data": "$$$"}]}),
        )
    )
    assert ([warning.key for warning in warnings], len(documents)) == (["attachment_not_base64"], 1)


def test_numbers_stay_as_they_were_written(tmp_path: Path) -> None:
    value = '{"value": 5.60, "unit": "mmol/L"}'
    text = (
        '{"resourceType":"Observation","id":"o","code":{"text":"K"},"subject":{"reference":"Patient/a"},"valueQuantity":'
        + value
        + "}"
    )
    (document,), _, _ = everything(write(tmp_path, text))
    assert "5.60 mmol/L" in document.text


def test_other_json_is_left_to_others(tmp_path: Path) -> None:
    with pytest.raises(ParseError):
        everything(write(tmp_path, {"some": "thing"}))
