"""What the layout says is kept: boxes, signs, raised figures, struck-out words, labels of encodings, columns
and fields of a PDF.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from fpdf import FPDF

from rag.ingest.office.rtf.text import Rtf
from rag.ingest.parsing.aside import Aside
from rag.ingest.parsing.decode import decode_as, unmangled
from rag.ingest.parsing.symbol_fonts import sign, signs
from tests.golden import everything


def rtf(body: str) -> str:
    head = (
        r"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}{\f1\fcharset2 Wingdings;}{\f2\fcharset2"
        r" Symbol;}{\f3\fcharset204 Arial;}}\f0 "
    )
    return Rtf(Aside("a.rtf")).read(head + body + "}").strip()


@pytest.mark.parametrize(
    ("body", "reads"),
    [
        (r"7,2 \'d7 10{\super 9}/L", "7,2 × 10⁹/L"),
        (r"13,4{\super 1} g/dL", "13,4 (1) g/dL"),
        (r"2 {\f2 m}g/kg, seuil {\f2\'b3} 3", "2 µg/kg, seuil ≥ 3"),
        (r"oui {\f1\'fe} non {\f1\'a8}", "oui ☑ non ☐"),
        (r"{\field{\*\fldinst FORMCHECKBOX{\*\formfield{\fftype1\ffres1}}}{\fldrslt }} oui", "☒ oui"),
        (r"{\strike Warfarine.}Apixaban.", "Apixaban."),
        (r"c\'9cur {\f3\'cf}", "cœur П"),
        (r"\u960?\u8805?", "π≥"),
    ],
)
def test_rtf_reads_as_it_is_shown(body: str, reads: str) -> None:
    assert rtf(body) == reads


def test_signs_of_symbol_fonts() -> None:
    assert (
        sign("Wingdings", 0xF0FE),
        sign("Wingdings 2", 0x52),
        sign("Symbol", 0x6D),
        sign("Arial", 0x41),
    ) == ("☑", "☑", "µ", "")
    assert signs("Wingdings", "\uf0fe x") == ("☑ ☒", 0)


@pytest.mark.parametrize(
    "label", ["iso-8859-1", "us-ascii", "utf-8", "windows-1252", "unknown-8bit", "utf-16", "macintosh", ""]
)
@pytest.mark.parametrize("written", ["utf-8", "cp1252"])
def test_a_label_is_not_believed_against_the_bytes(label: str, written: str) -> None:
    text = "L’examen du cœur montre un œdème opéré à 35 €."
    assert decode_as(text.encode(written), label, "a")[0] == text


def test_letters_of_utf8_read_as_latin1_are_mended() -> None:
    assert (unmangled("Ã©panchement"), unmangled("Âge 64 ans"), unmangled("épanchement")) == (
        "épanchement",
        "Âge 64 ans",
        "épanchement",
    )


def pdf(path: Path, out: FPDF) -> str:
    out.output(str(path))
    (document,), _, _ = everything(path)
    return document.text


def page() -> FPDF:
    out = FPDF()
    out.add_page()
    out.set_font("Helvetica", size=11)
    return out


def test_columns_that_a_pdf_mixes_are_read_one_after_the_other(tmp_path: Path) -> None:
    out = page()
    left = [
        "Motif : douleur thoracique depuis",
        "trois jours chez un patient tabagique",
        "connu pour une hypertension traitée",
        "et un diabète.",
    ]
    right = [
        "Traitement de sortie : aspirine tous",
        "les jours, atorvastatine le soir et pas",
        "de clopidogrel, consultation prévue de",
        "cardiologie dans un mois.",
    ]
    for at, (one, other) in enumerate(zip(left, right, strict=True)):
        out.text(15, 40 + 6 * at, one)
        out.text(110, 40 + 6 * at, other)
    assert pdf(tmp_path / "a.pdf", out) == f"{' '.join(left)}\n\n{' '.join(right)}"


def test_raised_figures_of_a_pdf_are_read_as_they_are_meant(tmp_path: Path) -> None:
    out = page()
    for text, height in (
        ("Leucocytes 7,2 x 10", "LINE"),
        ("9", "SUP"),
        ("/L, potassium 4,2", "LINE"),
        ("1", "SUP"),
        (" mmol/L.", "LINE"),
    ):
        out.char_vpos = height
        out.write(6, text)
    assert pdf(tmp_path / "a.pdf", out) == "Leucocytes 7,2 x 10⁹/L, potassium 4,2 (1) mmol/L."


def test_a_mail_keeps_what_only_one_of_its_writings_says(tmp_path: Path) -> None:
    path = tmp_path / "a.eml"
    head = (
        "From: a@example.org\nSubject: x\nMIME-Version: 1.0\nContent-Type: multipart/alternative;"
        " boundary=B\n\n"
    )
    plain = "--B\nContent-Type: text/plain; charset=utf-8\n\nMessage au format HTML.\n"
    html = (
        "--B\nContent-Type: text/html; charset=utf-8\n\n<p>Biopsie : adénocarcinome du sein"
        " gauche.</p>\n--B--"
    )
    path.write_text(head + plain + html)
    (document,), _, _ = everything(path)
    assert document.text.split("\n\n")[1:] == [
        "Biopsie : adénocarcinome du sein gauche.",
        "Message au format HTML.",
    ]


def test_controls_of_a_page_are_read_with_their_state(tmp_path: Path) -> None:
    boxes = "<label>oui <input type=checkbox checked></label> <label>non <input type=checkbox></label>"
    chosen = "<select><option>faible<option selected>élevé</select>"
    (tmp_path / "a.html").write_text(
        f"<meta charset=utf-8><p>Latex : {boxes}</p><p>Risque : {chosen}</p><p><s>Amiodarone.</s>"
        " Bisoprolol.</p>"
    )
    (document,), _, _ = everything(tmp_path / "a.html")
    assert document.text == "Latex : oui ☒ non ☐\n\nRisque : élevé\n\nBisoprolol."
