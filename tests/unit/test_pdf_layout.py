"""Pages as a reader reads them: columns one after the other, tables row by row, cells whole, figures by their
alternative texts.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from fpdf import FPDF

from tests.golden import everything

_SENTENCES = (
    "Le patient marche sans canne depuis lundi et dort bien la nuit.",
    "La plaie est propre et les agrafes sont retirées ce matin.",
    "Le scanner montre un nodule de neuf millimètres du lobe droit.",
    "La fonction rénale reste stable depuis le début du mois.",
    "Une consultation de cardiologie est prévue au mois de mai.",
    "Le traitement par bisoprolol est poursuivi à la même dose.",
    "Aucune allergie n'est rapportée par le patient ni sa famille.",
    "La radiographie de contrôle est faite six semaines plus tard.",
    "La kinésithérapie commence au deuxième jour après le geste.",
)


def page(path: Path, *placed: tuple[float, float, str]) -> str:
    """Write texts at their places in millimetres and return what is read."""
    document = FPDF()
    document.add_page()
    document.set_font("helvetica", size=9)
    for left, top, text in placed:
        document.text(left, top, text)
    document.output(str(path))
    documents, errors, _ = everything(path)
    assert not errors
    return " ".join(documents[0].text.split())


def wrapped(text: str, width: int) -> list[str]:
    lines = [""]
    for word in text.split():
        if len(lines[-1]) + len(word) > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


@pytest.mark.parametrize(("lefts", "width"), [((15, 110), 48), ((12, 75, 138), 32)])
def test_columns_written_line_by_line_are_read_one_after_the_other(
    tmp_path: Path, lefts: tuple[int, ...], width: int
) -> None:
    share = len(_SENTENCES) // len(lefts)
    columns = [
        wrapped(" ".join(_SENTENCES[share * at : share * (at + 1)]), width) for at in range(len(lefts))
    ]
    placed = [
        (left, 20 + 5 * row, column[row])
        for row in range(max(map(len, columns)))
        for left, column in zip(lefts, columns, strict=True)
        if row < len(column)
    ]
    text = page(tmp_path / "columns.pdf", *placed)
    at = [text.find(sentence) for sentence in _SENTENCES[: share * len(lefts)]]
    assert at == sorted(at)
    assert at[0] >= 0


def test_a_table_held_column_by_column_is_read_row_by_row(tmp_path: Path) -> None:
    rows = [("Examen", "Résultat", "Unité"), ("Sodium", "139", "mmol/L"), ("CRP", "12", "mg/L")]
    rows += [("Hémoglobine", "13,4", "g/dL")]
    placed = [
        (left, 20 + 6 * at, row[column])
        for column, left in enumerate((15, 70, 110))
        for at, row in enumerate(rows)
    ]
    text = page(tmp_path / "table.pdf", *placed)
    assert all(" ".join(row) in text for row in rows)


def test_two_blocks_of_an_address_stay_whole(tmp_path: Path) -> None:
    ours = ("Centre hospitalier", "Service de cardiologie", "12 rue Neuve", "69000 Lyon")
    theirs = ("Madame Vaugneray", "4 place du Marché", "42000 Saint-Étienne", "Le 10 mars 2026")
    placed = [
        (left, 20 + 5 * at, line)
        for left, lines in ((15, ours), (120, theirs))
        for at, line in enumerate(lines)
    ]
    text = page(tmp_path / "letter.pdf", *placed)
    assert " ".join(ours) in text
    assert " ".join(theirs) in text


def test_cells_of_several_lines_are_whole(tmp_path: Path) -> None:
    text = page(
        tmp_path / "cells.pdf",
        (15, 20, "Apixaban"),
        (60, 20, "5 mg deux fois par jour"),
        (120, 20, "à arrêter cinq jours avant"),
        (60, 24, "sauf le jour du geste"),
        (120, 24, "si la fonction rénale baisse"),
        (15, 31, "Ramipril"),
        (60, 31, "2,5 mg le soir"),
        (120, 31, "surveiller la kaliémie"),
    )
    assert "5 mg deux fois par jour sauf le jour du geste à arrêter cinq jours avant si la" in text
    assert "Ramipril 2,5 mg le soir surveiller la kaliémie" in text


def test_values_below_an_empty_first_cell_are_a_row_of_their_own(tmp_path: Path) -> None:
    text = page(
        tmp_path / "days.pdf",
        (15, 20, "12/03"),
        (60, 20, "Sodium"),
        (120, 20, "139"),
        (60, 24, "Potassium"),
        (120, 24, "4,2"),
    )
    assert "Sodium 139 Potassium 4,2" in text


def test_alternative_texts_and_replaced_letters_of_a_tagged_file_are_read(tmp_path: Path) -> None:
    content = (
        b"BT /F1 12 Tf 50 700 Td /Span <</ActualText (Identification)>> BDC (Ident\x01cation) Tj EMC "
        b"( du patient, nodule de 9 mm.) Tj ET /Figure <</MCID 0>> BDC 9 0 0 9 50 500 cm /Im1 Do EMC"
    )
    bodies = (
        b"<</Type/Catalog/Pages 2 0 R/StructTreeRoot 7 0 R/MarkInfo<</Marked true>>>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/StructParents 0"
        b"/Resources<</Font<</F1 5 0 R>>/XObject<</Im1 6 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(content), content),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        b"<</Type/XObject/Subtype/Image/Width 1/Height 1/ColorSpace/DeviceGray/BitsPerComponent 8"
        b"/Length 1>>stream\n\x80\nendstream",
        b"<</Type/StructTreeRoot/K[8 0 R]/ParentTree 10 0 R>>",
        b"<</Type/StructElem/S/Document/P 7 0 R/K[9 0 R]>>",
        b"<</Type/StructElem/S/Figure/P 8 0 R/Pg 3 0 R/Alt(Courbe : pic le 3 mars)/K 0>>",
        b"<</Nums[0[9 0 R]]>>",
    )
    path = tmp_path / "tagged.pdf"
    path.write_bytes(_file_of(bodies))
    documents, _, _ = everything(path)
    assert documents[0].text == "Identification du patient, nodule de 9 mm.\n\n[Courbe : pic le 3 mars]"


def _file_of(bodies: tuple[bytes, ...]) -> bytes:
    """Return a PDF of these objects, numbered from 1, the first one its catalogue."""
    out, places = b"%PDF-1.7\n", []
    for number, body in enumerate(bodies, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(bodies) + 1
    return (
        out
        + b"xref\n0 %d\n0000000000 65535 f \n%strailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n"
        % (
            size,
            table,
            size,
            len(out),
        )
    )
