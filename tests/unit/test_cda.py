"""CDA documents: what is refused, and what of a broken one is still shown."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from rag.core.errors import ParseError
from rag.core.types import Document
from tests.golden import everything

HEADER = (
    '<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><id'
    ' root="1.2.3"/><code code="11504-8"/><title>Operative note</title><effectiveTime'
    ' value="{date}"/><languageCode code="en-US"/>{patients}'
)
PATIENT = '<recordTarget><patientRole><id root="1.2.4" extension="{id}"/></patientRole></recordTarget>'
BODY = (
    "<component><structuredBody><component><section><title>Findings</title><text>{text}</text>{more}</section></component>"
    "</structuredBody></component>"
)
FLAT = "<component><nonXMLBody><text {how}>{data}</text></nonXMLBody></component>"


def cda(
    folder: Path,
    *,
    date: str = "20260312",
    patients: str = PATIENT.format(id="P1"),
    body: str = "",
    text: str = "A hernia.",
) -> Path:
    path = folder / "note.xml"
    whole = (
        HEADER.format(date=date, patients=patients)
        + (body or BODY.format(text=text, more=""))
        + "</ClinicalDocument>"
    )
    path.write_text(whole, encoding="utf-8")
    return path


def only(path: Path) -> Document:
    (document,), errors, _ = everything(path)
    assert not errors
    return document


def refused(path: Path) -> str:
    try:
        documents, errors, _ = everything(path)
    except ParseError as error:
        return error.key
    assert not documents
    return errors[0].key


def media(text: str, *, name: str = "A1", how: str = 'mediaType="text/plain" representation="B64"') -> str:
    data = base64.b64encode(text.encode()).decode()
    value = f"<value {how}>{data}</value>"
    return (
        '<entry><observationMedia classCode="OBS" moodCode="EVN"'
        f' ID="{name}">{value}</observationMedia></entry>'
    )


def test_header_says_whose_what_and_when(tmp_path: Path) -> None:
    document = only(cda(tmp_path, date="20260312143000-0500"))
    assert (document.patient_id, document.kind, document.authored_at, document.language) == (
        "P1",
        "operative_report",
        "2026-03-12T14:30:00-05:00",
        "en",
    )


def test_two_patients_in_one_document_are_refused(tmp_path: Path) -> None:
    assert (
        refused(cda(tmp_path, patients=PATIENT.format(id="P1") + PATIENT.format(id="P2")))
        == "cda_two_patients"
    )


def test_a_record_without_patient_never_becomes_literature(tmp_path: Path) -> None:
    assert refused(cda(tmp_path, patients="")) == "record_without_patient"
    level_one = FLAT.format(how='mediaType="text/plain"', data="Plain words.")
    assert refused(cda(tmp_path, patients="", body=level_one)) == "record_without_patient"


def test_a_sidecar_names_the_patient_that_a_record_lacks(tmp_path: Path) -> None:
    path = cda(tmp_path, patients="")
    path.with_name("note.xml.meta.yaml").write_text("patient_id: P9")
    assert only(path).patient_id == "P9"


@pytest.mark.parametrize("cut", [60, 300, 420])
def test_a_truncated_document_is_refused(tmp_path: Path, cut: int) -> None:
    path = cda(tmp_path)
    path.write_bytes(path.read_bytes()[:cut])
    assert refused(path) in ("xml_damaged", "xml_entities")


def test_a_document_of_another_namespace_is_refused_by_name(tmp_path: Path) -> None:
    path = cda(tmp_path)
    path.write_text(path.read_text().replace("urn:hl7-org:v3", "urn:hl7-org:v2"))
    assert refused(path) == "cda_namespace"


def test_entities_are_refused_before_anything_is_expanded(tmp_path: Path) -> None:
    path = cda(tmp_path, text="&b;")
    bomb = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'
    path.write_text(bomb + path.read_text())
    assert refused(path) == "xml_entities"
    path.write_text(
        '<!DOCTYPE x [<!ENTITY b SYSTEM "file:///etc/passwd">]>' + cda(tmp_path, text="&b;").read_text()
    )
    assert refused(path) == "xml_entities"


def test_an_encoding_in_which_entities_could_hide_is_refused(tmp_path: Path) -> None:
    path = cda(tmp_path)
    path.write_bytes(b'<?xml version="1.0" encoding="UTF-7"?>' + path.read_bytes())
    assert refused(path) == "xml_encoding"


def test_a_fragment_is_refused_with_the_reason(tmp_path: Path) -> None:
    path = tmp_path / "section.xml"
    path.write_text(
        '<section><templateId root="2.16.840.1.113883.10.20.22.2.7.1"/><value xsi:type="CD"/></section>'
    )
    assert refused(path) == "cda_fragment"


def test_a_date_in_the_future_is_not_believed(tmp_path: Path) -> None:
    (document,), _, warnings = everything(cda(tmp_path, date="29990101"))
    assert document.authored_at is None
    assert [warning.key for warning in warnings] == ["record_future_date"]


def test_a_date_that_is_none_is_reported(tmp_path: Path) -> None:
    (document,), _, warnings = everything(cda(tmp_path, date="20260231"))
    assert document.authored_at is None
    assert [warning.key for warning in warnings] == ["record_bad_date"]


def test_level_one_is_the_embedded_file_under_the_facts_of_the_header(tmp_path: Path) -> None:
    data = base64.b64encode(b"Hernie inguinale.").decode()
    document = only(
        cda(tmp_path, body=FLAT.format(how='mediaType="text/plain" representation="B64"', data=data))
    )
    assert (document.text, document.title, document.patient_id) == (
        "Hernie inguinale.",
        "Operative note",
        "P1",
    )


@pytest.mark.parametrize(
    ("how", "data", "key"),
    [
        ('mediaType="application/pdf" representation="B64"', "%%%", "attachment_not_base64"),
        ('mediaType="application/pdf" representation="B64"', "AAAA", "pdf_cut_short"),
        (
            'mediaType="application/pdf"',
            '<reference value="http://elsewhere/a.pdf"/>',
            "attachment_elsewhere",
        ),
    ],
)
def test_a_body_that_cannot_be_read_is_reported(tmp_path: Path, how: str, data: str, key: str) -> None:
    assert refused(cda(tmp_path, body=FLAT.format(how=how, data=data))) == key


def test_an_attachment_of_another_patient_is_refused_and_the_document_stays(tmp_path: Path) -> None:
    inside = cda(tmp_path, patients=PATIENT.format(id="P2")).read_text()
    how = 'mediaType="text/xml" representation="B64"'
    (document,), _, warnings = everything(
        cda(tmp_path, body=BODY.format(text="A hernia.", more=media(inside, how=how)))
    )
    assert document.patient_id == "P1"
    assert [warning.key for warning in warnings] == ["attachment_other_patient"]


def test_an_attachment_that_names_another_national_identity_is_refused(tmp_path: Path) -> None:
    ours = (
        '<recordTarget><patientRole><id root="1.2.250.1.213.1.4.10"'
        ' extension="255069900112233"/></patientRole></recordTarget>'
    )
    theirs, same = "Matricule INS : 1 55 06 99 001 122 44", "Matricule INS : 255069900112233"
    more = media(theirs, name="A") + media(same, name="B")
    documents, _, warnings = everything(
        cda(tmp_path, patients=ours, body=BODY.format(text="Texte.", more=more))
    )
    assert [document.text for document in documents[1:]] == [same]
    assert [warning.key for warning in warnings] == ["attachment_other_patient"]


def test_what_is_negated_or_a_relatives_is_no_code_of_the_patient(tmp_path: Path) -> None:
    value = (
        '<value xsi:type="CD" code="I48" displayName="Atrial fibrillation"'
        ' codeSystem="2.16.840.1.113883.6.3"/>'
    )
    negated = f'<entry><observation negationInd="true">{value}</observation></entry>'
    document = only(cda(tmp_path, body=BODY.format(text="Seen.", more=negated)))
    assert "No atrial fibrillation (coded)" in document.text
    assert [code.code for code in document.codes] == ["11504-8"]


def test_a_table_cell_of_a_million_rows_is_not_believed(tmp_path: Path) -> None:
    rows = (
        "<table><tbody><tr><td rowspan='1000000'"
        " colspan='1000000'>a</td><td>b</td></tr><tr><td>c</td></tr></tbody></table>"
    )
    assert len(only(cda(tmp_path, text=rows)).text) < 1000
