"""What records mean: dosages, what was not done, specimens, encodings whose label lies, embedded files in any
wrapping.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from rag.core.errors import ParseError
from rag.core.types import Document
from tests.golden import everything

PATIENT = {"resourceType": "Patient", "id": "a", "name": [{"family": "ANNE"}]}
PID = "PID|1||P1^^^H^PI||NOM^Prénom||19500101|F"
ORDER = "OBR|1||F1|X^Scanner^L|||20260301070000"
Found = tuple[list[Document], list[str], list[str]]


def read(path: Path, content: str | bytes) -> Found:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    documents, errors, warnings = everything(path)
    return documents, [error.key for error in errors], [warning.key for warning in warnings]


def fhir(folder: Path, *resources: dict[str, Any]) -> Found:
    whole = [
        PATIENT,
        *({"subject": {"reference": "Patient/a"}, "id": f"r{at}", **one} for at, one in enumerate(resources)),
    ]
    bundle = {
        "resourceType": "Bundle",
        "type": "collection",
        "language": "fr",
        "entry": [{"resource": one} for one in whole],
    }
    return read(
        folder / "f.json",
        json.dumps({**bundle, "entry": [{"resource": {**one, "language": "fr"}} for one in whole]}),
    )


def hl7(
    folder: Path,
    *segments: str,
    charset: str = "UNICODE UTF-8",
    encoding: str = "utf-8",
    kind: str = "ORU^R01",
) -> Found:
    head = f"MSH|^~\\&|A|B|C|D|20260301080000||{kind}|1|P|2.5|||||FRA|{charset}|fr"
    return read(folder / "f.hl7", ("\r".join((head, PID, *segments)) + "\r").encode(encoding))


def quantity(value: float, unit: str, code: str = "") -> dict[str, Any]:
    return {"value": value, "unit": unit, "code": code or unit}


TWICE = {"repeat": {"frequency": 2, "period": 1, "periodUnit": "d"}}


@pytest.mark.parametrize(
    ("dosage", "words"),
    [
        (
            {"timing": {"repeat": {"frequency": 1, "frequencyMax": 4, "period": 1, "periodUnit": "d"}}},
            "1 à 4 fois par jour",
        ),
        (
            {"timing": {"repeat": {"frequency": 1, "period": 4, "periodMax": 6, "periodUnit": "h"}}},
            "1 fois / 4 à 6 heures",
        ),
        (
            {
                "timing": {
                    "repeat": {"frequency": 1, "period": 1, "periodUnit": "wk", "dayOfWeek": ["mon", "thu"]}
                }
            },
            "le lundi, le jeudi",
        ),
        (
            {"timing": {**TWICE, "repeat": {**TWICE["repeat"], "boundsDuration": quantity(7, "jours", "d")}}},
            "pendant 7 jours",
        ),
        (
            {
                "timing": {
                    "repeat": {
                        "boundsRange": {"low": {"value": 5, "code": "d"}, "high": {"value": 7, "code": "d"}}
                    }
                }
            },
            "pendant 5 à 7 jours",
        ),
        (
            {"timing": {"repeat": {"boundsPeriod": {"start": "2026-03-01", "end": "2026-03-08"}}}},
            "1er mars 2026 – 8 mars 2026",
        ),
        (
            {"timing": {"repeat": {"count": 3, "duration": 30, "durationUnit": "min"}}},
            "en 30 min, 3 prises en tout",
        ),
        ({"timing": {"repeat": {"when": ["MORN"], "timeOfDay": ["08:00:00"]}}}, "le matin, 08:00"),
        ({"timing": {"event": ["2026-03-01T09:00:00Z"]}}, "1er mars 2026 à 09:00"),
        ({"timing": {"code": {"coding": [{"code": "BID"}]}}}, "2 fois par jour"),
        ({"doseAndRate": [{"doseRange": {"low": quantity(1, "mg"), "high": quantity(2, "mg")}}]}, "1 à 2 mg"),
        (
            {
                "doseAndRate": [
                    {"rateRatio": {"numerator": quantity(1000, "UI"), "denominator": quantity(1, "h")}}
                ]
            },
            "débit 1000 UI/h",
        ),
        ({"doseAndRate": [{"rateQuantity": quantity(5, "mL/h")}]}, "débit 5 mL/h"),
        (
            {"rateRatio": {"numerator": quantity(1000, "UI"), "denominator": quantity(1, "h")}},
            "débit 1000 UI/h",
        ),
        ({"doseQuantity": quantity(500, "mg")}, "500 mg"),
        ({"quantityQuantity": quantity(500, "mg")}, "500 mg"),
        (
            {"maxDosePerPeriod": {"numerator": quantity(4, "g"), "denominator": quantity(24, "h", "h")}},
            "maximum 4 g en 24 heures",
        ),
        (
            {"maxDosePerPeriod": [{"numerator": quantity(4, "g"), "denominator": quantity(1, "d", "d")}]},
            "maximum 4 g en 1 jour",
        ),
        ({"maxDosePerAdministration": quantity(1, "g")}, "maximum 1 g par prise"),
        ({"asNeededCodeableConcept": {"text": "douleur"}}, "si besoin (douleur)"),
        ({"asNeeded": True, "asNeededFor": [{"text": "douleur"}]}, "si besoin (douleur)"),
        ({"additionalInstruction": [{"text": "à jeun"}, {"text": "sans alcool"}]}, "à jeun, sans alcool"),
        ({"text": "1 cp le soir", "patientInstruction": "avaler sans croquer"}, "avaler sans croquer"),
    ],
)
def test_all_of_a_dosage_is_said(tmp_path: Path, dosage: dict[str, Any], words: str) -> None:
    request = {
        "resourceType": "MedicationRequest",
        "status": "active",
        "medicationCodeableConcept": {"text": "Remède"},
    }
    (document,), errors, _ = fhir(tmp_path, {**request, "dosageInstruction": [dosage]})
    assert not errors
    assert words in document.text


def test_dosages_stand_in_their_order(tmp_path: Path) -> None:
    dosages = [{"sequence": 2, "text": "puis 20 mg"}, {"sequence": 1, "text": "40 mg"}]
    request = {
        "resourceType": "MedicationRequest",
        "status": "active",
        "medicationCodeableConcept": {"text": "Prednisone"},
    }
    (document,), _, _ = fhir(tmp_path, {**request, "dosageInstruction": dosages})
    assert document.text.index("40 mg") < document.text.index("puis 20 mg")


@pytest.mark.parametrize(
    ("resource", "line"),
    [
        (
            {
                "resourceType": "Procedure",
                "status": "completed",
                "notDone": True,
                "notDoneReason": {"text": "refus"},
            },
            "Non réalisé : Chose — motif : refus",
        ),
        (
            {
                "resourceType": "Procedure",
                "status": "completed",
                "notPerformed": True,
                "reasonNotPerformed": [{"text": "refus"}],
            },
            "Non réalisé : Chose — motif : refus",
        ),
        (
            {"resourceType": "Immunization", "status": "completed", "notGiven": True},
            "Vaccin non fait : Chose",
        ),
        (
            {"resourceType": "Immunization", "status": "completed", "wasNotGiven": True},
            "Vaccin non fait : Chose",
        ),
        (
            {
                "resourceType": "MedicationAdministration",
                "status": "completed",
                "notGiven": True,
                "reasonNotGiven": [{"text": "absent"}],
            },
            "Non administré : Chose — motif : absent",
        ),
        (
            {
                "resourceType": "MedicationStatement",
                "status": "active",
                "taken": "n",
                "reasonNotTaken": [{"text": "nausées"}],
            },
            "Non pris : Chose",
        ),
        (
            {"resourceType": "MedicationStatement", "status": "active", "wasNotTaken": True},
            "Non pris : Chose",
        ),
        (
            {
                "resourceType": "MedicationStatement",
                "status": "recorded",
                "adherence": {"code": {"coding": [{"code": "not-taking"}]}},
            },
            "Non pris : Chose",
        ),
        (
            {"resourceType": "MedicationOrder", "status": "active", "dateWritten": "2026-03-01"},
            "Chose — actif",
        ),
        (
            {"resourceType": "ProcedureRequest", "status": "active", "doNotPerform": True},
            "NE PAS FAIRE : Chose",
        ),
        (
            {"resourceType": "AllergyIntolerance", "status": "refuted", "substance": {"text": "Latex"}},
            "Pas d'allergie",
        ),
    ],
)
def test_what_was_not_done_says_so_in_every_version(
    tmp_path: Path, resource: dict[str, Any], line: str
) -> None:
    named = {name: {"text": "Chose"} for name in ("code", "vaccineCode", "medicationCodeableConcept")}
    documents, errors, _ = fhir(tmp_path, {**({} if "substance" in resource else named), **resource})
    assert not errors
    assert line in "\n".join(document.text for document in documents)


def test_the_specimen_and_whom_a_range_is_for_are_part_of_a_result(tmp_path: Path) -> None:
    specimen = {"resourceType": "Specimen", "id": "s", "type": {"text": "LCR"}, "note": [{"text": "trouble"}]}
    culture = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"text": "Protéines"},
        "valueQuantity": quantity(0.4, "g/L"),
        "specimen": {"reference": "Specimen/s"},
        "referenceRange": [
            {"high": quantity(0.45, "g/L"), "appliesTo": [{"text": "adulte"}], "text": "après ponction"}
        ],
    }
    (document,), _, _ = fhir(tmp_path, culture, specimen)
    assert "| Protéines (LCR) | 0.4 g/L | < 0.45 g/L (après ponction) (adulte) |" in document.text
    assert "trouble" in document.text


@pytest.mark.parametrize(
    ("kind", "shown"), [("valueReference", "Staphylocoque"), ("valueRatio", "1 / 128"), ("valueInteger", "3")]
)
def test_values_of_every_kind_are_shown(tmp_path: Path, kind: str, shown: str) -> None:
    value = {
        "valueReference": {"display": "Staphylocoque"},
        "valueRatio": {"numerator": {"value": 1}, "denominator": {"value": 128}},
        "valueInteger": 3,
    }
    (document,), errors, warnings = fhir(
        tmp_path,
        {"resourceType": "Observation", "status": "final", "code": {"text": "Titre"}, kind: value[kind]},
    )
    assert (errors, warnings) == ([], [])
    assert f"| Titre | {shown} |" in document.text


@pytest.mark.parametrize("mark", [b"\xef\xbb\xbf", b""])
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_json_is_read_with_a_mark_and_in_the_encoding_that_it_has(
    tmp_path: Path, mark: bytes, encoding: str
) -> None:
    condition = {
        "resourceType": "Condition",
        "id": "c",
        "subject": {"reference": "Patient/a"},
        "code": {"text": "Œdème opéré"},
    }
    written = json.dumps(
        {"resourceType": "Bundle", "entry": [{"resource": PATIENT}, {"resource": condition}]},
        ensure_ascii=False,
    )
    (document,), errors, _ = read(
        tmp_path / "f.json", (mark if encoding == "utf-8" else b"") + written.encode(encoding)
    )
    assert not errors
    assert "Œdème opéré" in document.text


@pytest.mark.parametrize(
    ("declared", "used"),
    [
        ("ISO-8859-1", "utf-8"),
        ("ISO-8859-1", "cp1252"),
        ("UTF-8", "cp1252"),
        ("windows-1252", "utf-8"),
        ("UTF-8", "utf-8"),
    ],
)
def test_xml_is_read_in_the_encoding_that_it_has(tmp_path: Path, declared: str, used: str) -> None:
    written = (
        f'<?xml version="1.0" encoding="{declared}"?><ClinicalDocument xmlns="urn:hl7-org:v3"><id'
        ' root="1"/><code code="11488-4"/><title>Note</title><effectiveTime'
        ' value="20260312"/><recordTarget><patientRole><id root="1"'
        ' extension="P1"/></patientRole></recordTarget><component><structuredBody><component><section>'
        "<title>Examen</title><text>L’œdème"
        " est opéré.</text></section></component></structuredBody></component></ClinicalDocument>"
    )
    (document,), errors, _ = read(tmp_path / "n.xml", written.encode(used))
    assert not errors
    assert "L’œdème est opéré." in document.text


@pytest.mark.parametrize("declared", ["8859/1", "8859/15", "ASCII", "UNICODE UTF-8", "WINDOWS-1252"])
def test_letters_of_windows_1252_are_read_under_any_label(tmp_path: Path, declared: str) -> None:
    (document,), _, warnings = hl7(
        tmp_path, ORDER, "OBX|1|TX|C^Texte^L||L’œdème est opéré…||||||F", charset=declared, encoding="cp1252"
    )
    assert "L’œdème est opéré…" in document.text
    assert warnings == ([] if declared == "WINDOWS-1252" else ["hl7_encoding"])


RTF = r"{\rtf1\ansi Fracture du col f\'e9moral.\par Pas de l\'e9sion.}"


@pytest.mark.parametrize("kind", ["TX", "FT", "ST"])
def test_rtf_in_a_text_is_read(tmp_path: Path, kind: str) -> None:
    (document,), _, _ = hl7(
        tmp_path, ORDER, f"OBX|1|{kind}|C^Texte^L||{RTF.replace(chr(92), chr(92) + 'E' + chr(92))}||||||F"
    )
    assert "Fracture du col fémoral." in document.text
    assert "\\par" not in document.text


def test_rtf_over_several_observations_and_in_a_note_is_read(tmp_path: Path) -> None:
    first, second = RTF[:30], RTF[30:]
    lines = [
        f"OBX|{at}|TX|C^Texte^L||{part.replace(chr(92), chr(92) + 'E' + chr(92))}||||||F"
        for at, part in enumerate((first, second), 1)
    ]
    (document,), _, _ = hl7(
        tmp_path, ORDER, *lines, f"NTE|1||{RTF.replace(chr(92), chr(92) + 'E' + chr(92))}"
    )
    assert document.text.count("fémoral") == 2


PDF = base64.b64encode(
    b"%PDF-1.1\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj 3"
    b" 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 144]/Contents 4 0 R/Resources<</Font<</F1 5 0"
    b" R>>>>>>endobj 4 0 obj<</Length 54>>stream\nBT /F1 18 Tf 10 80 Td (Nodule du foie.) Tj ET\nendstream"
    b" endobj 5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"
).decode()


@pytest.mark.parametrize(
    "value",
    [
        "ED|C^Lettre^L||^AP^PDF^Base64^{}",
        "ED|C^Lettre^L||^^^^{}",
        "ED|C^Lettre^L||^AP^PDF^^{}",
        "ED|C^Lettre^L||PDF^Base64^{}",
        "ED|C^Lettre^L||^AP^PDF^Base64^data:application/pdf;base64,{}",
        "TX|C^Lettre^L||{}",
        "ST|C^Lettre^L||{}",
    ],
)
def test_an_embedded_file_is_read_in_any_wrapping(tmp_path: Path, value: str) -> None:
    documents, errors, _ = hl7(tmp_path, ORDER, f"OBX|1|{value.format(PDF)}||||||F")
    assert not errors
    assert "Nodule du foie." in documents[-1].text


def test_a_file_in_several_observations_is_one(tmp_path: Path) -> None:
    parts = [PDF[at : at + 160] for at in range(0, len(PDF), 160)]
    documents, errors, _ = hl7(
        tmp_path, ORDER, *(f"OBX|{at}|TX|C^Lettre^L||{part}||||||F" for at, part in enumerate(parts, 1))
    )
    assert not errors
    assert ["Nodule du foie." in document.text for document in documents] == [True]


CDA = (
    '<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><id'
    ' root="1"/><code code="11488-4"/><title>Note</title><effectiveTime'
    ' value="20260312"/><recordTarget><patientRole><id root="1"'
    ' extension="P1"/></patientRole></recordTarget><component>{}</component></ClinicalDocument>'
)
MEDIA = (
    '<structuredBody><component><section><title>Joint</title><entry><observationMedia classCode="OBS"'
    ' moodCode="EVN"><value {}>{}</value></observationMedia></entry></section></component></structuredBody>'
)


@pytest.mark.parametrize(
    "body",
    [
        '<nonXMLBody><text mediaType="application/pdf" representation="B64">{}</text></nonXMLBody>',
        '<nonXMLBody><text mediaType="application/pdf">{}</text></nonXMLBody>',
        '<nonXMLBody><text representation="B64">{}</text></nonXMLBody>',
        '<nonXMLBody><text><reference value="data:application/pdf;base64,{}"/></text></nonXMLBody>',
        MEDIA.format('mediaType="application/pdf" representation="B64"', "{}"),
        MEDIA.format("", "{}"),
        MEDIA.format('representation="B64"', '<reference value="#a"/>{}'),
    ],
)
def test_an_embedded_file_of_cda_is_read_in_any_wrapping(tmp_path: Path, body: str) -> None:
    documents, errors, _ = read(tmp_path / "n.xml", CDA.format(body.format(PDF)))
    assert not errors
    assert "Nodule du foie." in documents[-1].text


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (
            "n.xml",
            CDA.format(
                '<nonXMLBody><text mediaType="application/pdf" representation="B64">@@@</text></nonXMLBody>'
            ),
        ),
        ("n.xml", CDA.format('<nonXMLBody><text><reference value="letter.pdf"/></text></nonXMLBody>')),
        ("n.xml", CDA.format(MEDIA.format('representation="B64"', "@@@"))),
        (
            "f.hl7",
            f"MSH|^~\\&|A|B|C|D|20260301||ORU^R01|1|P|2.5\r{PID}\r{ORDER}\rOBX|1|ED|C^L^L||^AP^PDF^Base64^@@@||||||F\r",
        ),
        (
            "f.hl7",
            f"MSH|^~\\&|A|B|C|D|20260301||ORU^R01|1|P|2.5\r{PID}\r{ORDER}\rOBX|1|RP|C^L^L||http://ailleurs/1||||||F\r",
        ),
        ("f.json", {"resourceType": "DocumentReference", "content": [{"attachment": {"data": "@@@"}}]}),
        (
            "f.json",
            {"resourceType": "DocumentReference", "content": [{"attachment": {"url": "http://ailleurs/1"}}]},
        ),
        (
            "f.json",
            {
                "resourceType": "DiagnosticReport",
                "status": "final",
                "code": {"text": "Scanner"},
                "presentedForm": [{"url": "http://ailleurs/1"}],
            },
        ),
    ],
)
def test_a_record_whose_whole_content_cannot_be_read_fails(
    tmp_path: Path, name: str, content: str | dict[str, Any]
) -> None:
    _, errors, _ = fhir(tmp_path, content) if isinstance(content, dict) else read(tmp_path / name, content)
    assert len(errors) == 1


PAGE = "<html><head><meta charset='{}'><title>Bilan</title></head><body><p>{}</p></body></html>"


@pytest.mark.parametrize(
    "struck",
    [
        "<s>{}</s>",
        "<strike>{}</strike>",
        "<del>{}</del>",
        "<span style='text-decoration: line-through'>{}</span>",
    ],
)
def test_what_a_page_strikes_out_is_left_out_and_counted(tmp_path: Path, struck: str) -> None:
    (document,), _, warnings = read(
        tmp_path / "p.html", PAGE.format("utf-8", f"Aspirine. {struck.format('Warfarine 5 mg.')}")
    )
    assert document.text == "Aspirine."
    assert warnings == ["aside_struck"]


def test_raised_figures_of_a_page_are_not_read_into_numbers(tmp_path: Path) -> None:
    shown = (
        "Hb 13,4<sup>1</sup> g/dL, GB 7,2 × 10<sup>9</sup>/L, K 4,2<span style='vertical-align:"
        " super'>2</span>"
    )
    (document,), _, _ = read(tmp_path / "p.html", PAGE.format("utf-8", shown))
    assert document.text == "Hb 13,4 (1) g/dL, GB 7,2 × 10⁹/L, K 4,2 (2)"


@pytest.mark.parametrize(
    ("declared", "used"),
    [("iso-8859-1", "utf-8"), ("iso-8859-1", "cp1252"), ("utf-8", "cp1252"), ("utf-8", "utf-8")],
)
def test_a_page_is_read_in_the_encoding_that_it_has(tmp_path: Path, declared: str, used: str) -> None:
    (document,), _, _ = read(tmp_path / "p.html", PAGE.format(declared, "L’œdème est opéré.").encode(used))
    assert document.text == "L’œdème est opéré."


def test_text_of_an_unknown_media_type_is_read_as_text(tmp_path: Path) -> None:
    data = base64.b64encode("Lésion mélanique.".encode("cp1252")).decode()
    reference = {
        "resourceType": "DocumentReference",
        "content": [{"attachment": {"contentType": "ASCII Text", "data": data}}],
    }
    (document,), errors, _ = fhir(tmp_path, reference)
    assert not errors
    assert document.text == "Lésion mélanique."


def test_a_file_that_no_resource_refers_to_is_named(tmp_path: Path) -> None:
    _, _, warnings = fhir(tmp_path, {"resourceType": "Binary", "contentType": "text/plain", "data": "QQ=="})
    assert warnings == ["aside_unread_text"]


def test_an_error_names_its_message_in_both_languages() -> None:
    for key in ("struck", "segments", "superseded", "in_error", "deleted", "administrative", "unread_text"):
        error = ParseError(f"aside_{key}", file="f", count=1, where="x")
        assert error.describe("fr") != error.describe("en")
