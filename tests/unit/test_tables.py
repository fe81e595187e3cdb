"""Tables as hospitals export them: declared separators, titles above the header, torn rows, merged and hidden
cells.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.golden import everything


def texts(path: Path, data: bytes) -> list[str]:
    path.write_bytes(data)
    return [document.text for document in everything(path)[0]]


def test_a_declared_separator_is_no_header(tmp_path: Path) -> None:
    assert texts(tmp_path / "a.csv", b"sep=;\r\nExamen;Valeur\r\nK;4,2\r\n") == ["Examen : K ; Valeur : 4,2"]


def test_a_title_above_the_header_is_kept(tmp_path: Path) -> None:
    assert texts(tmp_path / "a.csv", b"Export du service\n\nExamen;Valeur\nK;4,2\n") == [
        "Export du service\n\nExamen : K ; Valeur : 4,2"
    ]


def test_a_torn_row_is_read_as_it_stands_and_said(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"IPP,Examen,Valeur\nP1,Potassium,4,2\nP1,Sodium,139\n")
    (document,), errors, warnings = everything(tmp_path / "a.csv")
    assert document.text == "P1,Potassium,4,2\n\nIPP : P1 ; Examen : Sodium ; Valeur : 139"
    assert (errors, [warning.key for warning in warnings]) == ([], ["sheet_beyond_header"])


def test_a_torn_row_that_leaves_its_patient_in_doubt_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"note,patient_id\nToux, fievre,P1\nVa bien,P2\n")
    documents, errors, _ = everything(tmp_path / "a.csv")
    assert [document.patient_id for document in documents] == ["P2"]
    assert [error.key for error in errors] == ["sheet_row_not_read"]


def test_two_columns_of_one_name_are_both_kept(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"patient_id;note;poids;poids\nP1;Va bien;70;71\n")
    (document,), _, _ = everything(tmp_path / "a.csv")
    assert document.metadata == {"poids": "70", "poids_2": "71"}


def workbook(path: Path, change: Any) -> Path:
    from openpyxl import Workbook

    book = Workbook()
    assert book.active is not None
    book.active.title = "Suivi"
    change(book.active)
    book.save(path)
    return path


def test_an_identifier_keeps_the_zeros_that_its_format_shows_and_merged_cells_hold_for_every_row(
    tmp_path: Path,
) -> None:
    def change(sheet: Any) -> None:
        for row in (["IPP", "Examen", "Valeur"], [64, "HbA1c", 0.072], [None, "Sodium", 139]):
            sheet.append(row)
        sheet["A2"].number_format, sheet["C2"].number_format = "0000000", "0.0%"
        sheet.merge_cells("A2:A3")

    (document,), errors, _ = everything(workbook(tmp_path / "a.xlsx", change))
    assert (document.patient_id, errors) == ("0000064", [])
    assert document.text.split("\n\n")[1:] == [
        "IPP : 0000064 ; Examen : HbA1c ; Valeur : 7,2 %",
        "IPP : 0000064 ; Examen : Sodium ; Valeur : 139",
    ]


def test_hidden_rows_are_read_and_said_and_struck_cells_and_empty_formulas_are_set_aside(
    tmp_path: Path,
) -> None:
    from openpyxl.comments import Comment
    from openpyxl.styles import Font

    def change(sheet: Any) -> None:
        for row in (["Traitement", "Dose"], ["Warfarine", "5 mg"], ["Apixaban", "5 mg"], ["Somme", "=A2"]):
            sheet.append(row)
        sheet["A2"].font = sheet["B2"].font = Font(strike=True)
        sheet["B3"].comment = Comment("matin et soir", "X")
        sheet.row_dimensions[3].hidden = True

    (document,), _, warnings = everything(workbook(tmp_path / "a.xlsx", change))
    assert (
        document.text == "Suivi\n\nTraitement : Apixaban ; Dose : 5 mg [matin et soir]\n\nTraitement : Somme"
    )
    assert [warning.key for warning in warnings] == ["sheet_hidden_rows", "aside_formulas", "aside_struck"]
