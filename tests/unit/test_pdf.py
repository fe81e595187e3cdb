"""PDF with a text layer: real files in, running text with exact pages and headings out."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from fpdf import FPDF
from fpdf.enums import AccessPermission

from rag.core.errors import ParseError
from rag.core.text import canonical, sentence_spans
from rag.core.types import Document
from rag.ingest.parsing.aside import COUNTED
from rag.ingest.pdf.layout import Line, lay_out
from rag.ingest.sources.files import Reader
from rag.settings import IngestSettings
from tests.unit.ingesting import read

LONG = (
    "Intervention réalisée sous rachianesthésie, en décubitus latéral gauche, par une voie postérieure de"
    " quatorze centimètres ; le nerf sciatique a été repéré et protégé pendant toute la durée du geste, sans"
    " aucune difficulté particulière. Pertes sanguines estimées à 350 mL, sans transfusion."
)


def pdf(path: Path, write: Callable[[FPDF], None]) -> Path:
    document = FPDF()
    document.core_fonts_encoding = "windows-1252"
    document.set_font("Helvetica", size=11)
    write(document)
    document.output(str(path))
    return path


def paragraphs(document: FPDF, *texts: str) -> None:
    document.add_page()
    for text in texts:
        document.multi_cell(0, 5, text, align="L", new_x="LMARGIN", new_y="NEXT")
        document.ln(3)


def heading(document: FPDF, text: str, size: float = 16) -> None:
    document.set_font("Helvetica", "B", size)
    document.cell(0, 8, text, new_x="LMARGIN", new_y="NEXT")
    document.set_font("Helvetica", "", 11)


def parse(path: Path) -> tuple[Document, list[ParseError]]:
    warnings: list[ParseError] = []
    reader = Reader(IngestSettings(ocr=False, workers=0), None)  # type: ignore[arg-type]
    (item,) = reader.documents(reader.open(path), None, warnings.append)
    assert isinstance(item, Document)
    return item, [warning for warning in warnings if warning.key not in (COUNTED, "aside_repeated")]


def test_wrapped_paragraph_comes_out_on_one_line_with_its_accents(tmp_path: Path) -> None:
    document, warnings = parse(
        pdf(
            tmp_path / "a.pdf",
            lambda out: paragraphs(out, LONG, "Œdème à J1 – « modéré », 38 °C, 12 µg/L, ÉTAT STABLE."),
        )
    )
    assert document.text == f"{LONG}\n\nŒdème à J1 – « modéré », 38 °C, 12 µg/L, ÉTAT STABLE."
    assert warnings == []
    assert canonical(document.text) == document.text
    assert len(sentence_spans(document.text)) == 3


def test_sign_of_a_symbol_font_is_read_as_what_it_shows(tmp_path: Path) -> None:
    def write(out: FPDF) -> None:
        out.add_page()
        out.write(5, "Albumine ")
        out.set_font("Symbol", size=11)
        out.core_fonts_encoding = "latin-1"
        out.write(5, "\xb3")  # "greater or equal" in that font
        out.set_font("Helvetica", size=11)
        out.write(5, " 35 g/L")

    assert read(pdf(tmp_path / "a.pdf", write)).text == "Albumine ≥ 35 g/L"


def test_larger_lines_are_headings_and_the_first_is_the_title(tmp_path: Path) -> None:
    def write(out: FPDF) -> None:
        out.add_page()
        heading(out, "Compte rendu opératoire")
        heading(out, "Indication", 13)
        out.multi_cell(0, 5, LONG, new_x="LMARGIN", new_y="NEXT")
        heading(out, "Conclusion", 13)
        out.multi_cell(0, 5, "Suites simples.", new_x="LMARGIN", new_y="NEXT")

    document = read(pdf(tmp_path / "a.pdf", write))
    assert document.title == "Compte rendu opératoire"
    assert [
        (section.path, document.text[section.start : section.end].split("\n")[0])
        for section in document.sections
    ] == [
        (("Compte rendu opératoire", "Indication"), "Compte rendu opératoire"),
        (("Compte rendu opératoire", "Conclusion"), "Conclusion"),
    ]


def test_report_without_larger_lines_has_its_usual_headings(tmp_path: Path) -> None:
    text = read(
        pdf(
            tmp_path / "a.pdf",
            lambda out: paragraphs(out, "INDICATION", "Coxarthrose droite.", "CONCLUSION : prothèse."),
        )
    ).sections
    assert [section.path for section in text] == [("INDICATION",), ("CONCLUSION",)]


def test_pages_are_exact_spans_of_the_text(tmp_path: Path) -> None:
    def write(out: FPDF) -> None:
        paragraphs(out, "Première page.")
        paragraphs(out, "Deuxième page.")

    document = read(pdf(tmp_path / "a.pdf", write))
    assert [(page.number, document.text[page.start : page.end]) for page in document.pages] == [
        (1, "Première page."),
        (2, "Deuxième page."),
    ]


def test_sentence_that_goes_on_overleaf_stays_one_sentence(tmp_path: Path) -> None:
    def write(out: FPDF) -> None:
        paragraphs(out, "Le patient a été opéré")
        paragraphs(out, "de la hanche droite.")

    document = read(pdf(tmp_path / "a.pdf", write))
    assert document.text == "Le patient a été opéré\nde la hanche droite."
    assert len(sentence_spans(document.text)) == 1


def test_page_without_text_is_warned_of_with_its_number(tmp_path: Path) -> None:
    def write(out: FPDF) -> None:
        paragraphs(out, "Une.")
        for _ in range(3):
            out.add_page()
            out.rect(20, 20, 50, 50)
        paragraphs(out, "Cinq.")
        out.add_page()

    document, warnings = parse(pdf(tmp_path / "a.pdf", write))
    assert [(warning.key, warning.variables["pages"]) for warning in warnings] == [
        ("pdf_pages_without_text", "2-4, 6")
    ]
    assert [(page.number, document.text[page.start : page.end]) for page in document.pages] == [
        (1, "Une."),
        (2, ""),
        (3, ""),
        (4, ""),
        (5, "Cinq."),
        (6, ""),
    ]


def key_of(path: Path) -> str:
    with pytest.raises(ParseError) as caught:
        read(path)
    return caught.value.key


def test_file_without_text_asks_for_reading_its_pictures(tmp_path: Path) -> None:
    path = pdf(tmp_path / "a.pdf", lambda out: out.add_page())
    with pytest.raises(ParseError, match=r"Set ingest.ocr to true"):
        read(path, ocr=False)


def test_password_is_named(tmp_path: Path) -> None:
    def write(out: FPDF) -> None:
        paragraphs(out, "Secret.")
        out.set_encryption(owner_password="b", user_password="a", permissions=AccessPermission.none())

    assert key_of(pdf(tmp_path / "a.pdf", write)) == "pdf_password"


@pytest.mark.parametrize("share", [0.3, 0.6, 0.98])
def test_truncated_file_is_refused_rather_than_read_in_part(tmp_path: Path, share: float) -> None:
    path = pdf(tmp_path / "a.pdf", lambda out: [paragraphs(out, LONG) for _ in range(5)] and None)
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    assert key_of(path) == "pdf_cut_short"


def test_damaged_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(b"%PDF-1.7\n" + b"\x00garbage" * 50 + b"\n%%EOF")
    assert key_of(path) == "pdf_damaged"


def test_pdf_is_known_by_its_bytes_whatever_its_name(tmp_path: Path) -> None:
    path = pdf(tmp_path / "scan.txt", lambda out: paragraphs(out, "Texte."))
    assert read(path).source.media_type == "application/pdf"


def test_several_threads_read_several_files(tmp_path: Path) -> None:
    paths = [
        pdf(
            tmp_path / f"{number}.pdf",
            lambda out, number=number: paragraphs(out, f"Numéro {number}. " + LONG),
        )
        for number in range(8)
    ]  # type: ignore[misc]
    with ThreadPoolExecutor(4) as pool:
        texts = [document.text for document in pool.map(read, paths)]
    assert texts == [f"Numéro {number}. {LONG}" for number in range(8)]


def line(
    text: str, base: float, *, left: float = 50, size: float = 10, width: float = 5, **fields: bool
) -> Line:
    """A line of evenly wide letters."""
    first = text.split()[0]
    return Line(
        text, left, left + width * len(text), base, size, left + width * len(first), 595 - left, **fields
    )


FULL = "x" * 30 + " " + "y" * 30


def text_of(*lines: Line) -> str:
    return lay_out([lines]).text


def test_line_that_ended_before_it_was_full_ends_there() -> None:
    assert (
        text_of(line(FULL, 700), line("Suite courte", 688), line("Autre fait.", 676), line(FULL, 664))
        == f"{FULL} Suite courte\nAutre fait.\n{FULL}"
    )


def test_wide_gap_between_lines_is_a_paragraph() -> None:
    assert (
        text_of(line(FULL, 700), line(FULL, 688), line("Fin", 676), line("Neuf", 650))
        == f"{FULL} {FULL} Fin\n\nNeuf"
    )


@pytest.mark.parametrize(
    ("first", "second", "joined"),
    [
        ("hémi", "colectomie", "hémicolectomie"),
        ("sous", "cutanée", "sous-cutanée"),
        ("12", "15", "12-15"),
        ("Croix", "Paquet", "Croix-Paquet"),
    ],
)
def test_word_cut_at_the_end_of_a_line_is_made_whole(first: str, second: str, joined: str) -> None:
    filler = "x" * 50
    assert (
        text_of(line(f"{filler} {first}", 700, hyphenated=True), line(f"{second} {filler}", 688))
        == f"{filler} {joined} {filler}"
    )


def test_list_items_and_table_rows_keep_their_lines() -> None:
    lines = (
        line("- " + FULL, 700),
        line("- " + FULL, 688),
        line("Hb   12,1   g/dL", 676),
        line("Na   138   mmol/L", 656),
    )
    assert text_of(*lines) == f"- {FULL}\n- {FULL}\nHb   12,1   g/dL\nNa   138   mmol/L"


def test_columns_are_read_one_after_the_other() -> None:
    left = [line(FULL, 700 - 12 * number, width=3) for number in range(5)]
    right = [line("suite " + FULL, 700 - 12 * number, left=300, width=3) for number in range(5)]
    assert text_of(*left, *right) == " ".join([FULL] * 5 + ["suite " + FULL] * 5)


def test_empty_document_has_no_text() -> None:
    assert lay_out([[], []]).text == ""


def test_scanned_page_with_a_stamped_header_is_warned_of(tmp_path: Path) -> None:
    from PIL import Image

    def write(out: FPDF) -> None:
        paragraphs(out, LONG)
        paragraphs(out, "Page 2/2")
        out.image(Image.new("L", (60, 80), 200), x=10, y=40, w=180)

    document, warnings = parse(pdf(tmp_path / "a.pdf", write))
    assert [warning.variables["pages"] for warning in warnings] == ["2"]
    assert document.text.endswith("Page 2/2")


def _objects(*bodies: bytes) -> bytes:
    """Write a PDF of numbered objects, the first being its catalogue."""
    out, places = b"%PDF-1.7\n", []
    for number, body in enumerate(bodies, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(bodies) + 1)
    return (
        out
        + head
        + table
        + b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(bodies) + 1, len(out))
    )


def _stream(entries: bytes, data: bytes) -> bytes:
    return b"<<%s/Length %d>>\nstream\n%s\nendstream" % (entries, len(data), data)


def test_form_fields_and_typed_notes_are_read(tmp_path: Path) -> None:
    """A form filled in on screen: PDFium's own text has the printed label alone."""
    path = tmp_path / "form.pdf"
    drawn = b"/Type/XObject/Subtype/Form/BBox[0 0 250 20]/Resources<</Font<</F1 5 0 R>>>>"
    path.write_bytes(
        _objects(
            b"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[6 0 R]/DR<</Font<</F1 5 0 R>>>>/DA(/F1 12 Tf 0"
            b" g)/NeedAppearances true>>>>",
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 5 0 R>>>>/Contents 4 0"
            b" R/Annots[6 0 R 7 0 R]>>",
            _stream(b"", b"BT /F1 12 Tf 50 700 Td (Allergies :) Tj ET"),
            b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
            b"<</Type/Annot/Subtype/Widget/FT/Tx/T(allergy)/V(Penicilline)/DA(/F1 12 Tf 0 g)/Rect[130 695 300"
            b" 715]/F 4>>",
            b"<</Type/Annot/Subtype/FreeText/Contents(Vu)/DA(/F1 12 Tf 0 g)/Rect[50 600 300 620]/F 4/AP<</N 8"
            b" 0 R>>>>",
            _stream(drawn, b"BT /F1 12 Tf 2 5 Td (Note du pharmacien) Tj ET"),
        )
    )
    assert read(path).text == "Allergies :   Penicilline\n\nNote du pharmacien"


def test_headers_and_footers_are_read_once(tmp_path: Path) -> None:
    def write(out: FPDF) -> None:
        for number in range(1, 4):
            paragraphs(out, "Hôpital de la Traboule - dossier 4211", f"Constat numéro {number + 10} du jour.")
            out.set_y(-25)
            out.cell(0, 5, f"Page {number} / 3")

    document, _ = parse(pdf(tmp_path / "a.pdf", write))
    lines = document.text.split("\n")
    assert [
        lines.count(line) for line in ("Hôpital de la Traboule - dossier 4211", "Page 1 / 3", "Page 2 / 3")
    ] == [1, 1, 0]
    assert [f"Constat numéro {number} du jour." in lines for number in (11, 12, 13)] == [True, True, True]


def test_line_that_comes_again_with_another_value_stays(tmp_path: Path) -> None:
    def write(out: FPDF) -> None:
        for value in ("140", "128", "131"):
            paragraphs(out, f"Natrémie : {value} mmol/L", f"Commentaire {value}.")

    text = parse(pdf(tmp_path / "a.pdf", write))[0].text
    assert [value in text for value in ("140 mmol/L", "128 mmol/L", "131 mmol/L")] == [True, True, True]


def test_pages_beyond_the_limit_refuse_the_file(tmp_path: Path) -> None:
    path = pdf(tmp_path / "a.pdf", lambda out: [paragraphs(out, "Page.") for _ in range(4)] and None)
    with pytest.raises(ParseError, match=r"4 pages, more than the 3 of ingest.max_pages"):
        read(path, max_pages=3)
