"""A picture of the record on the page: frames, windows of grey levels, zoom."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.axe import faults
from tests.browser.steps import ask, choose_patient
from tests.server.serving import Served

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytest.importorskip("pydicom", reason='needs pip install "traboule[dicom]"')

FRAMES = 4
REPORT = """---
patient_id: DEMO-X3
kind: imaging_report
title: Compte rendu A-4711
date: 2026-03-12
accession_number: A-4711
language: fr
---
# Compte rendu A-4711

## Conclusion
Anneau dense de la rotule, sans fracture.
"""


@pytest.fixture(scope="module")
def scan(served: Served, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A knee of four slices, of nobody: a bright ring that grows from slice to slice, taken in as a file of
    DEMO-X3.
    """
    import numpy

    from tests.unit.dicoms import header, saved, with_pixels

    rows, columns = numpy.mgrid[-64:64, -64:64]
    distance = numpy.hypot(rows, columns)
    slices = numpy.stack(
        [numpy.where(abs(distance - 20 - 8 * number) < 6, 1400, 900 + distance) for number in range(FRAMES)]
    )
    values = {
        "PatientID": "DEMO-X3",
        "StudyDescription": "Scanner du genou",
        "RescaleIntercept": "-1024",
        "RescaleSlope": "1",
    }
    data = with_pixels(header(**values, WindowCenter="100", WindowWidth="600"), slices.astype(numpy.uint16))
    data.PixelSpacing = [0.5, 0.5]
    path = saved(data, tmp_path_factory.mktemp("scan") / "knee.dcm")
    told = path.with_name("report.md")
    told.write_text(REPORT, encoding="utf-8")
    report = served.services.opened.ingestor.ingest([path, told])
    assert not report.has_failures, report
    return path


def opened(page: Page, scan: Path) -> str:
    """Open the scan from the patient's documents and return the address of its picture."""
    page.goto("/#/patients/DEMO-X3")
    page.locator(".timeline .reference-title", has_text="Scanner du genou").click()
    picture = page.locator(".page-image")
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    return picture.get_attribute("src") or ""


def pixels(served: Served, address: str) -> bytes:
    with served.client() as client:
        return client.get(address).content


def test_frames_and_windows_change_what_is_drawn(page: Page, served: Served, scan: Path) -> None:
    first = opened(page, scan)
    picture = page.locator(".page-image")
    page.get_by_label("Coupes", exact=True).fill("3")
    expect(page.locator("output.page-label")).to_have_text("Coupe 3 sur 4")
    expect(picture).to_have_attribute("src", f"{first}?frame=2")  # the server counts from 0
    window = page.get_by_label("Fenêtrage")
    window.select_option(label="Os (centre 500, largeur 2000)")
    expect(picture).to_have_attribute("src", f"{first}?frame=2&center=500&width=2000")
    chosen = picture.get_attribute("src") or ""
    assert len({pixels(served, first), pixels(served, f"{first}?frame=2"), pixels(served, chosen)}) == 3
    assert faults(page) == []


def test_picture_is_enlarged_by_keys_and_buttons(page: Page, scan: Path) -> None:
    opened(page, scan)
    stage = page.locator(".stage")
    stage.focus()
    page.keyboard.press("+")
    page.keyboard.press("+")
    expect(page.locator(".zoom-level")).to_have_text("150 %")
    page.keyboard.press("0")
    expect(page.locator(".zoom-level")).to_have_text("100 %")
    page.get_by_role("button", name="Agrandir").click()
    page.get_by_role("button", name="Ajuster").click()
    expect(page.locator(".zoom-level")).to_have_text("100 %")
    expect(page.locator(".viewer-image")).to_contain_text("ne convient pas au diagnostic")


def test_keys_turn_invert_and_scroll_and_a_ruler_measures(page: Page, scan: Path) -> None:
    opened(page, scan)
    picture, stage = page.locator(".page-image"), page.locator(".stage")
    expect(page.locator("output.page-label")).to_have_text("Coupe 1 sur 4")
    stage.focus()
    page.keyboard.press("PageDown")
    expect(page.locator("output.page-label")).to_have_text("Coupe 2 sur 4")
    page.keyboard.press("r")
    page.keyboard.press("i")
    assert picture.evaluate("image => [image.style.rotate, image.style.filter]") == ["90deg", "invert(1)"]
    expect(page.get_by_role("button", name="Inverser")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Mesurer").click()
    picture.scroll_into_view_if_needed()
    box = picture.bounding_box()
    assert box is not None
    for share in (0.25, 0.75):  # half of 128 columns of 0.5 mm
        picture.click(position={"x": share * box["width"], "y": 20})
    expect(page.locator("output.measure")).to_have_text("32 mm")
    assert faults(page) == []


def test_an_answer_shows_small_pictures_that_open_their_document(page: Page, scan: Path) -> None:
    page.goto("/")
    choose_patient(page, "DEMO-X3")
    ask(page, "montre le scanner du genou")
    thumb = page.locator(".thumb")
    expect(thumb).to_have_count(1)
    assert thumb.locator("img").evaluate("image => image.decode().then(() => image.naturalWidth)") == 128
    thumb.click()
    expect(page.locator(".source-body .page-image")).to_be_visible()
    assert faults(page) == []
