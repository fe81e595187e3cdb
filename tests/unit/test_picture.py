"""Plain pictures: described by their sidecar, or read where they show a page; never of nobody, never without
words.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image

from rag.views import Views
from tests.unit.ingesting import Home, open_home
from tests.unit.test_ocr import LETTER, letter, needs_tesseract
from tests.unit.test_pdf import pdf

SIDECAR = """
patient_id: DEMO-P77
title: Radiographie du thorax
modality: DX
body_part: CHEST
laterality: R
view: face
date: 2026-03-12
findings: [Épanchement pleural, Cardiomégalie]
description: Émoussement du cul-de-sac costo-diaphragmatique droit.
"""


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with open_home(tmp_path / "home", workers=0) as opened:
        yield opened


def picture(path: Path, mode: str = "L", sidecar: str = "") -> Path:
    Image.new(mode, (40, 30), 0).save(path)
    if sidecar:
        path.with_name(path.name + ".meta.yaml").write_text(sidecar, encoding="utf-8")
    return path


def key(home: Home, path: Path) -> str:
    (problem,) = home.only(path).problems
    assert home.ids() == set()
    return problem.key


def test_sidecar_becomes_the_text_of_a_picture(home: Home, tmp_path: Path) -> None:
    assert home.only(picture(tmp_path / "a.jpg", sidecar=SIDECAR)).problems == ()
    (doc_id,) = home.ids()
    document = home.store.get(doc_id)
    assert document is not None
    assert (
        document.text
        == "Radiographie du thorax\n\nModalité : radiographie\nRégion : thorax\nCôté : droite\nIncidence :"
        " face\nDate de l'examen : 12 mars 2026\n\nConstatations : Épanchement pleural;"
        " Cardiomégalie\n\nDescription : Émoussement du cul-de-sac costo-diaphragmatique droit."
    )
    assert (document.kind, document.patient_id) == ("image", "DEMO-P77")
    views = Views(home.store, home.sources)
    assert (views.image_info(doc_id).width, views.image_info(doc_id).height, views.page_count(doc_id)) == (
        40,
        30,
        0,
    )
    assert Image.open(io.BytesIO(views.image_png(doc_id))).size == (40, 30)


def test_picture_of_no_patient_is_refused(home: Home, tmp_path: Path) -> None:
    sidecar = SIDECAR.replace("patient_id: DEMO-P77\n", "")
    assert key(home, picture(tmp_path / "a.png", sidecar=sidecar)) == "record_without_patient"


def test_picture_of_the_literature_says_so(home: Home, tmp_path: Path) -> None:
    sidecar = SIDECAR.replace("patient_id: DEMO-P77", "literature: true")
    assert home.only(picture(tmp_path / "a.png", sidecar=sidecar)).problems == ()
    (doc_id,) = home.ids()
    assert home.store.get(doc_id).patient_id is None  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "sidecar", ["", "patient_id: DEMO-P77\nmodality: DX\n"], ids=["no sidecar", "sidecar without words"]
)
def test_picture_without_words_is_refused(home: Home, tmp_path: Path, sidecar: str) -> None:
    assert key(home, picture(tmp_path / "a.png", sidecar=sidecar)) == "picture_without_words"


def test_damaged_picture_is_refused(home: Home, tmp_path: Path) -> None:
    path = picture(tmp_path / "a.png", sidecar=SIDECAR)
    Image.effect_noise((200, 200), 80).save(path)
    path.write_bytes(path.read_bytes()[:5000])
    assert key(home, path) == "picture_damaged"


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_kind_of_pixels_is_shown(home: Home, tmp_path: Path, mode: str) -> None:
    home.only(picture(tmp_path / "a.png", mode, SIDECAR))
    (doc_id,) = home.ids()
    assert Image.open(io.BytesIO(Views(home.store, home.sources).image_png(doc_id))).mode in ("L", "RGB")


@needs_tesseract
def test_scanned_letter_of_several_frames_is_read_as_pages(home: Home, tmp_path: Path) -> None:
    with pypdfium2.PdfDocument(pdf(tmp_path / "a.pdf", letter).read_bytes()) as written:
        sheet = written[0].render(scale=200 / 72, grayscale=True).to_pil()
    folder = tmp_path / "patients" / "DEMO-P77"
    folder.mkdir(parents=True)
    sheet.save(folder / "2026-03-12_courrier.tiff", save_all=True, append_images=[sheet])
    assert home.only(folder / "2026-03-12_courrier.tiff").problems == ()
    (doc_id,) = home.ids()
    document = home.store.get(doc_id)
    assert document is not None
    assert [page.derived for page in document.pages] == [True, True]
    assert (document.kind, document.patient_id) == ("courrier", "DEMO-P77")
    views = Views(home.store, home.sources)
    assert views.page_count(doc_id) == 2
    start = document.text.index(LETTER[4])
    (box,) = views.page_boxes(doc_id, 1, start, start + len(LETTER[4]))
    assert 0.05 < box.left < box.right < 0.95
    assert image_size(views.page_png(doc_id, 2, scale=1.0)) == (560, 792)


def image_size(data: bytes) -> tuple[int, int]:
    """A4 drawn as a page of 11 inches: 792 points high, 792 · 210 / 297 = 560 wide."""
    return Image.open(io.BytesIO(data)).size
