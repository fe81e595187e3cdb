"""ODT, RTF, HTML, tables and mails: what is left out, and what is told of damaged files. Whole files are in
the golden tests.
"""

from __future__ import annotations

import builtins
import zipfile
from datetime import date
from pathlib import Path

import pytest

from rag.core.types import Document
from tests.golden import DATA, everything

ODT = """<?xml version="1.0" encoding="UTF-8"?>
<office:document-content xmlns:office="urn:o" xmlns:text="urn:t" xmlns:table="urn:b" xmlns:xlink="urn:x"
><office:body><office:text>
<text:tracked-changes><text:changed-region><text:deletion><text:p>Effacé.</text:p></text:deletion></text:changed-region></text:tracked-changes>
<text:h text:outline-level="1">Compte rendu</text:h>
<text:p>Patient vu à<text:s text:c="2"/>3 mois<text:note>
<text:note-citation>1</text:note-citation><text:note-body><text:p>Selon lui.</text:p>
</text:note-body></text:note>.<office:annotation><text:p>Remarque.</text:p></office:annotation></text:p>
<text:list><text:list-item><text:p>genou</text:p><text:list><text:list-item><text:p>droit</text:p></text:list-item></text:list></text:list-item>
<text:list-item><text:p>hanche</text:p></text:list-item></text:list>
<text:h text:outline-level="2">Biologie</text:h>
<table:table><table:table-row><table:table-cell><text:p>CRP</text:p></table:table-cell><table:table-cell><text:p>5</text:p></table:table-cell>
</table:table-row></table:table>
</office:text></office:body></office:document-content>"""


def odt(path: Path, content: str = ODT, manifest: str = "") -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text", zipfile.ZIP_STORED)
        archive.writestr("META-INF/manifest.xml", manifest)
        archive.writestr("content.xml", content)
    return path


def workbook(path: Path, *rows: list[object], hidden: bool = False) -> Path:
    from openpyxl import Workbook

    book = Workbook()
    assert book.active is not None
    book.active.title = "Suivi"
    for row in rows:
        book.active.append(row)
    if hidden:
        book.create_sheet("Caché").sheet_state = "hidden"
    book.save(path)
    return path


def one(path: Path) -> Document:
    (document,), errors, _ = everything(path)
    assert errors == []
    return document


def keys(path: Path, **settings: float) -> list[str]:
    return [error.key for error in everything(path, **settings)[1]]


def test_odt_is_read_without_deleted_text_and_with_its_notes_and_comments_as_such(tmp_path: Path) -> None:
    document = one(odt(tmp_path / "a.odt"))
    assert (
        document.text
        == "Compte rendu\n\nPatient vu à  3 mois (1).\n\n(1) Selon lui.\n\nCommentaire / comment:"
        " Remarque.\n\n"
        "- genou\n- droit\n- hanche\n\nBiologie\n\n| CRP | 5 |"
    )
    assert [section.path for section in document.sections] == [
        ("Compte rendu",),
        ("Compte rendu", "Biologie"),
    ]


def test_rows_of_a_workbook_are_documents_of_their_patients(tmp_path: Path) -> None:
    rows = [
        ["patient_id", "date", "note", "poids"],
        ["P1", date(2026, 1, 4), "Va bien.", 70.0],
        [None, date(2026, 1, 5), "De qui ?", 71.5],
    ]
    documents, errors, warnings = everything(workbook(tmp_path / "a.xlsx", *rows, hidden=True))
    (document,) = documents
    assert (document.patient_id, document.authored_at, document.text) == ("P1", "2026-01-04", "Va bien.")
    assert document.metadata == {"poids": "70"}
    assert document.source.uri.endswith("#Suivi/row-2")
    assert [error.key for error in errors] == ["sheet_row_not_read"]  # nobody may guess whose row it is
    assert [warning.key for warning in warnings] == ["sheet_hidden"]


def test_table_without_patients_is_one_text(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("Produit,Délai\nApixaban,48 h\nWarfarine,5 jours\n")
    assert (
        one(tmp_path / "a.csv").text
        == "Produit : Apixaban ; Délai : 48 h\n\nProduit : Warfarine ; Délai : 5 jours"
    )


def test_page_is_read_in_the_encoding_that_it_declares_wrongly(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_bytes('<meta charset="utf-8"><p>Opéré à gauche</p>'.encode("cp1252"))
    assert one(tmp_path / "a.html").text == "Opéré à gauche"


def test_mail_without_a_body_still_gives_its_attachment(tmp_path: Path) -> None:
    path = tmp_path / "a.eml"
    path.write_text(
        "From: a@example.org\nMIME-Version: 1.0\nContent-Type: text/plain\nContent-Disposition: attachment;"
        ' filename="a.txt"\n\nBonjour.'
    )
    assert one(path).text == "Bonjour."


def test_mail_dated_in_the_future_is_kept_without_a_date(tmp_path: Path) -> None:
    path = tmp_path / "a.eml"
    path.write_text(
        "From: a@example.org\nDate: Thu, 12 Mar 2199 14:30:00 +0100\nSubject: Courrier\n\nBonjour."
    )
    (document,), _, warnings = everything(path)
    assert (document.authored_at, [warning.key for warning in warnings]) == (None, ["record_future_date"])


@pytest.mark.parametrize(
    ("name", "data", "key"),
    [
        ("a.rtf", (DATA / "office" / "letter.rtf").read_bytes()[:300], "rtf_damaged"),
        ("a.rtf", rb"{\rtf1\ansi }", "file_without_text"),
        ("a.html", b"<html><body><script>x</script></body></html>", "file_without_text"),
        ("a.csv", b"a;b\n", "sheet_empty"),
        ("a.csv", b"a;b\n\x00\x01", "text_binary"),
        ("a.xlsx", b"PK\x03\x04 not a zip", "sheet_damaged"),
        ("a.odt", b"PK\x03\x04 not a zip", "odt_damaged"),
        ("a.eml", b"From: a@example.org\nSubject: x\n\n", "file_without_text"),
    ],
)
def test_bad_file_is_told(tmp_path: Path, name: str, data: bytes, key: str) -> None:
    (tmp_path / name).write_bytes(data)
    assert keys(tmp_path / name) == [key]


def test_bombs_and_locked_files_are_refused(tmp_path: Path) -> None:
    assert keys(odt(tmp_path / "a.odt", ODT + " " * 2_000_000), max_file_mb=1) == ["office_too_large"]
    assert keys(odt(tmp_path / "b.odt", ODT, "<manifest:encryption-data/>")) == ["odt_locked"]
    assert keys(odt(tmp_path / "c.odt", '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>')) == ["xml_entities"]
    assert keys(workbook(tmp_path / "a.xlsx", *([["note"]] + [["x" * 30_000]] * 50)), max_file_mb=1) == [
        "office_too_large"
    ]


def test_missing_library_is_told_with_the_extra_that_brings_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def without(name: str, *rest: object) -> object:
        if name.startswith("openpyxl"):
            raise ModuleNotFoundError(name=name)
        return real(name, *rest)  # type: ignore[arg-type]

    path = workbook(tmp_path / "a.xlsx", ["patient_id", "note"], ["P1", "Va bien."])
    monkeypatch.setattr(builtins, "__import__", without)
    (error,) = everything(path)[1]
    assert error.key == "format_needs_extra"
    assert 'pip install "traboule[office]"' in str(error)


def test_csv_field_of_any_length_does_not_stop_the_table(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("patient_id,text\nP1," + "mot " * 100_000 + "\n")
    assert len(one(tmp_path / "a.csv").text) == 399_999
