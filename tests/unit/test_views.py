"""Quotes drawn on their pages: the box lies over the ink of the words, on the page as it is shown, until the
document is forgotten.
"""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from fpdf import FPDF
from PIL import Image, ImageChops

from rag.core.errors import NotFound
from rag.core.places import Places, WordPlace, pack, unpack
from rag.views import Views
from tests.unit.ingesting import Home, open_home
from tests.unit.test_pdf import pdf

PAGE = (210, 297)


def two_lines(out: FPDF) -> None:
    """The word to find is the only one in red, 5 mm high, on a second page."""
    out.add_page()
    out.write(5, "Première page.")
    out.add_page()
    out.set_xy(20, 100)
    out.write(5, "Voie ")
    out.set_text_color(255, 0, 0)
    out.write(5, "postérieure")
    out.set_text_color(0, 0, 0)
    out.write(5, " du côté droit.")


def shown(home: Home) -> Views:
    return Views(home.store, home.sources)


def red(picture: Image.Image) -> tuple[float, float, float, float]:
    """The fractions of the picture between which there is red ink."""
    _, green, blue = picture.split()
    ink = ImageChops.invert(ImageChops.lighter(green, blue)).point(
        [255 if level > 135 else 0 for level in range(256)]
    )
    ink = ImageChops.multiply(
        ink, picture.split()[0].point([255 if level > 200 else 0 for level in range(256)])
    )
    left, top, right, bottom = ink.getbbox() or (0, 0, 0, 0)
    return left / picture.width, top / picture.height, right / picture.width, bottom / picture.height


def image(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("RGB")


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_box_of_a_quote_covers_its_ink_and_nothing_else(tmp_path: Path, turn: int) -> None:
    path = pdf(tmp_path / "a.pdf", two_lines)
    if turn:
        turned(path, turn)
    with open_home(tmp_path / "home") as home:
        home.only(path)
        (doc_id,) = home.ids()
        document = home.store.get(doc_id)
        assert document is not None
        assert document.text == "Première page.\n\nVoie postérieure du côté droit."
        start = document.text.index("postérieure")
        end = start + len("postérieure")
        (box,) = shown(home).page_boxes(doc_id, 2, start, end)
        left, top, right, bottom = red(image(shown(home).page_png(doc_id, 2)))
        assert box.left - 0.003 <= left
        assert right <= box.right + 0.003
        assert right - left > 0.9 * (box.right - box.left)
        assert box.top <= top
        assert bottom <= box.bottom
        assert box.bottom - box.top < 0.02
        assert shown(home).page_boxes(doc_id, 1, start, end) == ()


def turned(path: Path, degrees: int) -> None:
    """Say in the file that its second page, whose content lies turned, is to be shown turned back."""
    import pypdfium2
    import pypdfium2.raw as pdfium

    with pypdfium2.PdfDocument(path.read_bytes()) as document:
        page = document[1]
        width, height = page.get_size()
        matrix = {
            90: (0, 1, -1, 0, height, 0),
            180: (-1, 0, 0, -1, width, height),
            270: (0, -1, 1, 0, 0, width),
        }[degrees]
        pdfium.FPDFPage_TransFormWithClip(page.raw, pdfium.FS_MATRIX(*matrix), None)
        if degrees != 180:
            page.set_mediabox(0, 0, height, width)
            page.set_cropbox(0, 0, height, width)
        page.set_rotation(degrees)
        page.gen_content()
        out = io.BytesIO()
        document.save(out)
    path.write_bytes(out.getvalue())


def test_marked_page_differs_where_the_quote_stands_alone(tmp_path: Path) -> None:
    with open_home(tmp_path / "home") as home:
        home.only(pdf(tmp_path / "a.pdf", two_lines))
        (doc_id,) = home.ids()
        views = shown(home)
        plain, marked = image(views.page_png(doc_id, 2)), image(views.page_png(doc_id, 2, 16, 20))
        _, top, _, bottom = ImageChops.difference(plain, marked).getbbox()  # type: ignore[misc]
        assert 0.33 < top / plain.height < bottom / plain.height < 0.37  # written 100 mm down a page of 297
        assert views.page_count(doc_id) == 2


def test_quote_over_two_lines_has_a_box_each() -> None:
    words = (
        WordPlace(0, 4, 1, 0.10, 0.12, (0.1, 0.12, 0.14, 0.16, 0.18)),
        WordPlace(5, 2, 1, 0.10, 0.12, (0.19, 0.20, 0.21)),
        WordPlace(8, 3, 1, 0.13, 0.15, (0.1, 0.2)),
    )
    boxes = unpack(pack(Places(words, {1: -1.25}))).boxes(2, 9)
    assert [(round(box.left, 3), round(box.right, 3), round(box.top, 3)) for box in boxes] == [
        (0.14, 0.21, 0.1),
        (0.1, 0.2, 0.13),
    ]
    assert unpack(pack(Places(words, {1: -1.25}))).turns == {1: -1.25}


def test_document_without_pages_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Genou droit.", encoding="utf-8")
    with open_home(tmp_path / "home") as home:
        home.only(tmp_path / "a.txt")
        (doc_id,) = home.ids()
        assert shown(home).page_count(doc_id) == 0
        with pytest.raises(NotFound, match="no pages"):
            shown(home).page_png(doc_id, 1)
        with pytest.raises(NotFound, match="no picture"):
            shown(home).image_info(doc_id)
        with pytest.raises(NotFound):
            shown(home).page_png("absent", 1)


def test_page_that_is_not_there_is_named(tmp_path: Path) -> None:
    with open_home(tmp_path / "home") as home:
        home.only(pdf(tmp_path / "a.pdf", two_lines))
        (doc_id,) = home.ids()
        with pytest.raises(NotFound, match="no page 3"):
            shown(home).page_png(doc_id, 3)


def test_forgotten_document_leaves_nothing_to_show(tmp_path: Path) -> None:
    with open_home(tmp_path / "home") as home:
        home.only(pdf(tmp_path / "a.pdf", two_lines))
        (doc_id,) = home.ids()
        assert home.store.rendition(doc_id).places  # type: ignore[union-attr]
        home.ingestor.forget([doc_id])
        with home.store.database.read() as connection:
            assert connection.exec_driver_sql("select count(*) from renditions").scalar() == 0
        with pytest.raises(NotFound):
            shown(home).page_png(doc_id, 1)
