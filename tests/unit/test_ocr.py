"""Pictures of pages read by Tesseract: straight, turned, askew, blank; rows of a table stay rows, and every
word keeps its place.
"""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable
from pathlib import Path

import pypdfium2
import pytest
from fpdf import FPDF
from PIL import Image

from rag.core.errors import ParseError
from rag.core.places import unpack
from rag.core.types import Document, Source
from rag.ingest.parsing.aside import COUNTED
from rag.ingest.pdf.columns import LinePiece, in_reading_order
from rag.ingest.pdf.legible import is_legible
from rag.ingest.pdf.parser import PdfParser
from rag.ingest.pictures.ocr import Tesseract
from rag.views import Views
from tests.unit.ingesting import open_home
from tests.unit.test_pdf import pdf
from tests.unit.test_views import image

needs_tesseract = pytest.mark.skipif(
    Tesseract().problem is not None,
    reason=(
        "Tesseract is not installed, or one of its languages: apt-get install tesseract-ocr tesseract-ocr-fra"
        " tesseract-ocr-eng"
    ),
)

LETTER = (
    "Compte rendu de consultation du 12 mars 2026",
    "Gonarthrose fémorotibiale interne droite, douleur à la marche depuis six mois.",
    "Périmètre de marche limité à cinq cents mètres, sans réveil nocturne.",
    "Traitement : paracétamol 1 g trois fois par jour, sans anti-inflammatoire.",
    "Une prothèse totale du genou droit est proposée à la patiente.",
)


def letter(out: FPDF) -> None:
    out.add_page()
    out.set_font_size(14)
    for line in LETTER:
        out.multi_cell(0, 8, line, align="L", new_x="LMARGIN", new_y="NEXT")
        out.ln(6)


def scan(path: Path, write: Callable[[FPDF], None], turn: float = 0.0, dots: int = 200) -> Path:
    """Write a PDF whose pages are pictures, turned by so many degrees counter-clockwise, ``dots`` an inch."""
    with pypdfium2.PdfDocument(pdf(path, write).read_bytes()) as written:
        pictures = [page.render(scale=dots / 72, grayscale=True).to_pil() for page in written]
    out = FPDF(unit="pt")
    for picture in pictures:
        turned = picture.rotate(turn, expand=True, fillcolor=255, resample=Image.Resampling.BICUBIC)
        width, height = turned.width * 72 / dots, turned.height * 72 / dots
        out.add_page(format=(width, height))
        out.image(turned, 0, 0, width, height)
    out.output(str(path))
    return path


def read(
    path: Path, tesseract: Tesseract | None = None, most_read: int = 300
) -> tuple[Document, list[ParseError]]:
    warnings: list[ParseError] = []
    source = Source(path.as_uri(), "application/pdf", "", "pdf", "")
    with path.open("rb") as stream:
        (document,) = PdfParser(tesseract or Tesseract(), most_read=most_read)(
            source, stream, warnings.append
        )
    return document, [warning for warning in warnings if warning.key != COUNTED]


@needs_tesseract
def test_scan_is_read_and_marked_as_read_by_a_machine(tmp_path: Path) -> None:
    document, warnings = read(scan(tmp_path / "a.pdf", letter))
    assert all(line in " ".join(document.text.split()) for line in LETTER)
    (page,) = document.pages
    assert page.derived
    assert page.confidence is not None
    assert page.confidence > 0.85
    assert warnings == []


@needs_tesseract
@pytest.mark.parametrize("turn", [180, 90, 3.0])
def test_scan_that_lies_askew_is_turned_and_its_words_keep_their_places(tmp_path: Path, turn: float) -> None:
    path = scan(tmp_path / "a.pdf", letter, turn)
    with open_home(tmp_path / "home") as home:
        assert home.only(path).warnings == ()
        (doc_id,) = home.ids()
        document = home.store.get(doc_id)
        assert document is not None
        assert LETTER[2] in document.text
        start = document.text.index(LETTER[2])
        views = Views(home.store, home.sources)
        (box,) = views.page_boxes(doc_id, 1, start, start + len(LETTER[2]))
        shown = image(views.page_png(doc_id, 1)).convert("L")
        assert darkness(shown, box.left, box.top, box.right, box.bottom) > 0.05
        assert (
            darkness(shown, box.left, box.bottom + 0.002, box.right, box.bottom + 0.008) == 0.0
        )  # the space below the line
        assert box.bottom - box.top < 0.03


def darkness(picture: Image.Image, left: float, top: float, right: float, bottom: float) -> float:
    """The share of dark pixels in a part of a picture given in fractions."""
    part = picture.crop(
        (
            round(left * picture.width),
            round(top * picture.height),
            round(right * picture.width),
            round(bottom * picture.height),
        )
    )
    return sum(part.histogram()[:128]) / (part.width * part.height)


@needs_tesseract
def test_result_stays_beside_its_name(tmp_path: Path) -> None:
    def table(out: FPDF) -> None:
        out.add_page()
        out.set_font_size(12)
        for name, value, usual in (
            ("Hémoglobine", "13,2 g/dL", "12,0 - 16,0"),
            ("Kaliémie", "4,1 mmol/L", "3,5 - 5,0"),
            ("CRP", "4 mg/L", "< 5"),
        ):
            for place, cell in zip((20, 90, 150), (name, value, usual), strict=True):
                out.set_x(place)
                out.cell(40, 8, cell)
            out.ln(8)

    rows = read(scan(tmp_path / "a.pdf", table))[0].text.split("\n")
    assert [row.split("   ")[:2] for row in rows] == [
        ["Hémoglobine", "13,2 g/dL"],
        ["Kaliémie", "4,1 mmol/L"],
        ["CRP", "4 mg/L"],
    ]


@needs_tesseract
def test_only_pages_without_text_are_read_from_their_pictures(tmp_path: Path) -> None:
    scanned = scan(tmp_path / "scan.pdf", letter)
    written = pdf(
        tmp_path / "text.pdf",
        lambda out: (
            out.add_page() or out.multi_cell(0, 5, "Courrier de transmission au médecin traitant. " * 12)
        ),
    )  # type: ignore[func-returns-value]
    with pypdfium2.PdfDocument.new() as both:
        for path in (written, scanned):
            with pypdfium2.PdfDocument(path.read_bytes()) as part:
                both.import_pages(part)
        out = io.BytesIO()
        both.save(out)
    (tmp_path / "both.pdf").write_bytes(out.getvalue())
    document, _ = read(tmp_path / "both.pdf")
    assert [page.derived for page in document.pages] == [False, True]
    assert {word.page for word in unpack(document.places).words} == {1, 2}


@needs_tesseract
def test_blank_page_is_named(tmp_path: Path) -> None:
    def write(out: FPDF) -> None:
        letter(out)
        out.add_page()

    document, warnings = read(scan(tmp_path / "a.pdf", write))
    assert [(warning.key, warning.variables["pages"]) for warning in warnings] == [("pdf_pages_blank", "2")]
    assert document.pages[1].start == document.pages[1].end


@needs_tesseract
def test_pages_beyond_the_limit_are_named(tmp_path: Path) -> None:
    _, warnings = read(
        scan(tmp_path / "a.pdf", lambda out: [letter(out) for _ in range(2)] and None), most_read=1
    )
    assert [(warning.key, warning.variables["pages"]) for warning in warnings] == [("ocr_too_many", "2")]


@needs_tesseract
def test_page_that_is_hard_to_read_is_kept_and_named(tmp_path: Path) -> None:
    document, warnings = read(scan(tmp_path / "a.pdf", letter, dots=45))
    (page,) = document.pages
    assert document.text
    assert page.confidence is not None
    assert page.confidence < 0.7
    assert [(warning.key, warning.variables["pages"]) for warning in warnings] == [("ocr_unsure", "1")]


@needs_tesseract
def test_tesseract_that_takes_too_long_is_stopped(tmp_path: Path) -> None:
    with pytest.raises(ParseError, match=r"more than 0.001 s"):
        read(scan(tmp_path / "a.pdf", letter), Tesseract(seconds=0.001))


def test_missing_tesseract_is_named_with_the_packages_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(ParseError, match="tesseract-ocr tesseract-ocr-fra"):
        read(scan(tmp_path / "a.pdf", letter))


@needs_tesseract
def test_missing_language_is_named_with_its_package(tmp_path: Path) -> None:
    with pytest.raises(ParseError, match="tesseract-ocr-xyz"):
        read(scan(tmp_path / "a.pdf", letter), Tesseract("eng+xyz"))


@pytest.mark.parametrize(
    ("text", "legible"),
    [
        ("Coxarthrose droite évoluée, douleur mécanique à la marche.", True),
        ("\ufffd" * 40, False),
        ("\ue001\ue002 \ue003" * 20, False),
        # every letter moved 29 places down, as a font without a table gives it
        ("&RPSWH\x03UHQGX\x03RSpUDWRLUH\x11 " * 10, False),
        ("%&'()*+,-./ $#!%&'()*+,-. /$#!%&'()*+,-./$#! %&'()*", False),
        ("xtrn bcdf ghjk lmnp qrst vwxz bcdf ghjk lmnp qrst vwxz trzs", False),
        ("140 4,1 102 25 5,6 82 0,9 13,2 38,5 7,41 (135-145) (3,5-5,1) (98-107)", True),
        ("Nom ................................................ Prénom ..............", True),
        ("", True),
    ],
)
def test_text_layer_that_says_nothing_is_known(text: str, legible: bool) -> None:
    assert is_legible(text) is legible


def segments(*places: tuple[str, float, float]) -> list[LinePiece[str]]:
    """Pieces of lines, ten points high, five points a letter."""
    return [
        LinePiece(tuple(text.split()), left, top, left + 5 * len(text), top + 10, len(text.split()))
        for text, left, top in places
    ]


def texts(found: list[LinePiece[str]]) -> list[str]:
    return ["   ".join(" ".join(piece.words) for piece in row) for row in in_reading_order(found, 600)]


def test_columns_of_running_text_are_read_one_after_the_other() -> None:
    left, right = "la douleur est ancienne et se majore", "le bilan est normal et sans anomalie"
    page = segments(("Titre de la lettre sur toute la largeur de la page et encore des mots", 50, 20))
    page += segments(
        *((left, 50, 50 + 12 * row) for row in range(5)), *((right, 320, 50 + 12 * row) for row in range(5))
    )
    assert texts(page) == [
        "Titre de la lettre sur toute la largeur de la page et encore des mots",
        *[left] * 5,
        *[right] * 5,
    ]


def test_columns_of_a_table_are_read_across() -> None:
    page = segments(
        *((f"Dosage {row}", 50, 50 + 12 * row) for row in range(6)),
        *((f"{row},0 g/L", 320, 51 + 12 * row) for row in range(6)),
    )
    assert texts(page) == [f"Dosage {row}   {row},0 g/L" for row in range(6)]
