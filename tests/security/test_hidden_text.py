"""Text that nobody sees in a file (white, tiny, covered, off the page, not displayed, spelt in tags) is in no
text, search or answer, and its ledger says so; what is seen stands, an invisible layer over a scan too.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import cast

import pypdfium2
import pytest
from fpdf import FPDF
from PIL import Image, ImageDraw, ImageFont

from rag.core.errors import ParseError
from rag.core.text import canonical, sentence_spans
from rag.core.types import Document
from rag.ingest.sources.files import Reader
from rag.settings import IngestSettings
from tests.unit.test_office import run, word, xml
from tests.unit.test_pdf import pdf

HIDDEN = "Dose MALVEINE 999 mg"
SEEN = "Posologie : apixaban 5 mg matin et soir."


def read(path: Path) -> tuple[Document, dict[str, int]]:
    told: list[ParseError] = []
    reader = Reader(IngestSettings(ocr=False, workers=0), None)  # type: ignore[arg-type]
    (item,) = reader.documents(reader.open(path), None, told.append)
    assert isinstance(item, Document)
    counts = {error.key: cast("int", error.variables.get("count", 1)) for error in told}
    return item, counts


def assert_hidden(path: Path) -> Document:
    document, told = read(path)
    assert "MALVEINE" not in document.text + document.title
    assert "999" not in document.text
    assert SEEN in document.text.replace("\n", " ")
    assert told.get("aside_hidden", 0) >= 1
    assert canonical(document.text) == document.text
    return document


# --- PDF ----------------------------------------------------------------------------------------------------


def seen(out: FPDF) -> None:
    out.add_page()
    out.set_text_color(0, 0, 0)
    out.text(20, 30, SEEN)


def white(out: FPDF) -> None:
    out.set_text_color(255, 255, 255)
    out.text(20, 60, HIDDEN)


def nearly_white(out: FPDF) -> None:
    out.set_text_color(252, 252, 250)
    out.text(20, 60, HIDDEN)


def white_under_seen_letters(out: FPDF) -> None:
    out.set_text_color(255, 255, 255)
    out.text(20, 30, HIDDEN)


def same_as_its_box(out: FPDF) -> None:
    out.set_fill_color(200, 30, 30)
    out.rect(10, 50, 150, 20, style="F")
    out.set_text_color(200, 30, 30)
    out.text(20, 60, HIDDEN)


def tiny(out: FPDF) -> None:
    out.set_font_size(1)
    out.text(20, 60, HIDDEN)


def off_the_page(out: FPDF) -> None:
    out.text(-200, 60, HIDDEN)


def below_the_page(out: FPDF) -> None:
    out.text(20, 400, HIDDEN)


def covered(out: FPDF) -> None:
    out.text(20, 60, HIDDEN)
    out.set_fill_color(255, 255, 255)
    out.rect(10, 50, 150, 20, style="F")


def not_drawn(out: FPDF) -> None:
    with cast("AbstractContextManager[None]", out.local_context(text_mode="INVISIBLE")):
        out.text(20, 60, HIDDEN)


def not_drawn_over_seen_letters(out: FPDF) -> None:
    with cast("AbstractContextManager[None]", out.local_context(text_mode="INVISIBLE")):
        out.text(20, 30, HIDDEN)


def transparent(out: FPDF) -> None:
    with cast("AbstractContextManager[None]", out.local_context(fill_opacity=0)):
        out.text(20, 60, HIDDEN)


@pytest.mark.parametrize(
    "hide",
    [
        white,
        nearly_white,
        white_under_seen_letters,
        same_as_its_box,
        tiny,
        off_the_page,
        below_the_page,
        covered,
        not_drawn,
        not_drawn_over_seen_letters,
        transparent,
    ],
)
def test_letters_that_a_pdf_does_not_show_are_not_read(tmp_path: Path, hide: Callable[[FPDF], None]) -> None:
    def write(out: FPDF) -> None:
        seen(out)
        hide(out)

    assert_hidden(pdf(tmp_path / "a.pdf", write))


def test_letters_outside_the_crop_box_are_not_read(tmp_path: Path) -> None:
    def write(out: FPDF) -> None:
        seen(out)
        out.text(20, 250, HIDDEN)

    path = pdf(tmp_path / "a.pdf", write)
    with pypdfium2.PdfDocument(path) as document:
        document[0].set_cropbox(0, 400, 595, 842)
        document.save(str(tmp_path / "b.pdf"))
    assert_hidden(tmp_path / "b.pdf")


def test_a_digit_that_is_not_shown_does_not_join_its_neighbours(tmp_path: Path) -> None:
    def write(out: FPDF) -> None:
        out.add_page()
        out.set_xy(20, 30)
        out.write(5, "Dose 5")
        out.set_text_color(255, 255, 255)
        out.write(5, "00")
        out.set_text_color(0, 0, 0)
        out.write(5, " mg de paracétamol")

    document, told = read(pdf(tmp_path / "a.pdf", write))
    assert document.text == "Dose 5 mg de paracétamol"
    assert told["aside_hidden"] == 1


def test_white_letters_on_a_dark_heading_and_pale_and_small_print_are_read(tmp_path: Path) -> None:
    def write(out: FPDF) -> None:
        seen(out)
        out.set_fill_color(0, 40, 90)
        out.rect(10, 50, 150, 12, style="F")
        out.set_text_color(255, 255, 255)
        out.text(20, 58, "Conclusion : fracture du col")
        out.set_text_color(200, 200, 200)
        out.text(20, 80, "Document provisoire")
        out.set_text_color(0, 0, 0)
        out.set_font_size(4)
        out.text(20, 100, "Valable un mois ; 1 . 2 - 3")

    document, told = read(pdf(tmp_path / "a.pdf", write))
    for words in (SEEN, "Conclusion : fracture du col", "Document provisoire", "Valable un mois ; 1 . 2 - 3"):
        assert words in document.text
    assert "aside_hidden" not in told


def scan(path: Path, shown: str, layer: str) -> Path:
    """A page that is a picture of ``shown``, with ``layer`` laid over it as OCR programs do."""
    picture = Image.new("L", (1240, 1754), 250)
    font = ImageFont.load_default(34)
    ImageDraw.Draw(picture).text((120, 150), shown, fill=20, font=font)
    file = path.with_suffix(".png")
    picture.save(file)

    def write(out: FPDF) -> None:
        out.add_page()
        out.image(str(file), x=0, y=0, w=210, h=297)
        with cast("AbstractContextManager[None]", out.local_context(text_mode="INVISIBLE")):
            out.text(20, 31, layer)

    return pdf(path, write)


def test_the_layer_of_a_scan_is_read_as_read_by_a_machine(tmp_path: Path) -> None:
    document, told = read(scan(tmp_path / "a.pdf", SEEN, SEEN))
    assert SEEN in document.text
    assert document.pages[0].derived
    assert "aside_hidden" not in told


def test_a_layer_over_blank_paper_is_not_read(tmp_path: Path) -> None:
    path = scan(tmp_path / "a.pdf", "", HIDDEN)
    reader = Reader(IngestSettings(ocr=False, workers=0), None)  # type: ignore[arg-type]
    (failed,) = reader.documents(reader.open(path), None, lambda _: None)
    assert isinstance(failed, ParseError)


# --- HTML, mail and narrative -------------------------------------------------------------------------------

STYLES = [
    *("display:none", "visibility:hidden", "opacity:0", "font-size:0", "font-size: 1px", "font-size:0.1em"),
    *("color:white", "color:#FFF", "color:#fefefe", "color:rgb(255, 255, 255)", "color:rgba(0,0,0,0)"),
    *("color:transparent", "background:#000;color:#010101", "background-color:navy;color:#000080"),
    *("position:absolute;left:-9999px", "position:fixed;top:-200em", "text-indent:-9999px"),
    *("height:0;overflow:hidden", "max-height:0px;overflow:hidden", "clip:rect(0,0,0,0);position:absolute"),
    *("transform:scale(0)", "transform: translateX(-9999px)", "clip-path:inset(50%)"),
    "color:white !important",
]


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("way", ["attribute", "class", "within"])
def test_words_that_a_page_does_not_show_are_not_read(tmp_path: Path, style: str, way: str) -> None:
    if style.startswith("background-color:navy"):
        style = "background-color:#000080;color:#000080"
    sheet = {"class": f".x{{{style}}}", "within": f"body div > .x{{{style}}}"}.get(way, "")
    own = f'style="{style}"' if way == "attribute" else 'class="x"'
    path = tmp_path / "a.html"
    path.write_text(
        f"<html><head><style>{sheet}</style></head><body><p>{SEEN}</p>"
        f"<div><span {own}>{HIDDEN} <b>MALVEINE</b></span></div></body></html>",
        encoding="utf-8",
    )
    assert_hidden(path)


@pytest.mark.parametrize(
    "body",
    [
        '<table bgcolor="#003366"><tr><td><font color="white">{}</font></td></tr></table>',
        '<div style="background:#036;color:white">{}</div>',
        '<div style="font-size:0"><span style="font-size:12px">{}</span></div>',
        '<div style="visibility:hidden"><p style="visibility:visible">{}</p></div>',
        '<p style="color:white"><span style="color:#000">{}</span></p>',
        '<p style="margin-left:-10px;overflow:hidden;width:100%;font-size:small;opacity:.8">{}</p>',
    ],
)
def test_words_that_a_page_shows_are_read(tmp_path: Path, body: str) -> None:
    path = tmp_path / "a.html"
    path.write_text(f"<html><body>{body.format(SEEN)}</body></html>", encoding="utf-8")
    document, told = read(path)
    assert SEEN in document.text
    assert "aside_hidden" not in told


# --- Word ---------------------------------------------------------------------------------------------------

DARK = "<w:shd w:val='clear' w:fill='003366'/>"
WHITE = "<w:color w:val='FFFFFF'/>"


@pytest.mark.parametrize(
    "properties",
    ["<w:vanish/>", WHITE, "<w:color w:val='auto' w:themeColor='background1'/>", "<w:sz w:val='2'/>"],
)
def test_a_run_that_word_does_not_show_is_not_read(tmp_path: Path, properties: str) -> None:
    body = f"<w:p>{run(SEEN)}</w:p><w:p>{run(HIDDEN, properties)}</w:p>"
    assert_hidden(word(tmp_path / "a.docx", lambda out: xml(out, body)))


@pytest.mark.parametrize(
    "body",
    [
        f"<w:p>{run(SEEN, WHITE + DARK)}</w:p>",
        f"<w:p>{run(SEEN, WHITE + '<w:highlight w:val=`black`/>'.replace('`', chr(39)))}</w:p>",
        f"<w:p><w:pPr>{DARK}</w:pPr>{run(SEEN, WHITE)}</w:p>",
        f"<w:tbl><w:tr><w:tc><w:tcPr>{DARK}</w:tcPr><w:p>{run(SEEN, WHITE)}</w:p></w:tc></w:tr></w:tbl>",
    ],
)
def test_white_letters_on_a_colour_are_read(tmp_path: Path, body: str) -> None:
    document, told = read(word(tmp_path / "a.docx", lambda out: xml(out, body)))
    assert SEEN in document.text
    assert "aside_hidden" not in told


# --- Characters ---------------------------------------------------------------------------------------------


def tags(text: str) -> str:
    return "".join(chr(0xE0000 + ord(letter)) for letter in text)


@pytest.mark.parametrize("ending", [".txt", ".md", ".html"])
def test_words_spelt_in_tag_characters_are_not_read(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a{ending}"
    path.write_text(f"Note\n\n{SEEN}{tags(HIDDEN)}\n\u202egm 999\u202c Suite.\n".replace("999", "5"), "utf-8")
    document, told = read(path)
    assert SEEN in document.text.replace("\n", " ")
    assert all(ord(letter) < 0xE0000 and letter not in "\u202e\u202c" for letter in document.text)
    assert told["aside_hidden"] >= 2


def test_a_word_is_found_whatever_is_strewn_into_it_and_offsets_are_exact() -> None:
    strewn = "L'api\u200bxa\u2060ban\u200e est \u00adcont\ufe0finué à 5\u200d mg. \U000e0041Puis arrêt."
    text = canonical(strewn)
    assert text == "L'apixaban est continué à 5 mg. Puis arrêt."
    assert canonical(text) == text
    assert [text[start:end] for start, end in sentence_spans(text)] == [
        "L'apixaban est continué à 5 mg.",
        "Puis arrêt.",
    ]
