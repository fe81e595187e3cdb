"""A picture of the record on the page: frames, windows of grey levels, zoom."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.axe import faults
from tests.server.serving import Served

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytest.importorskip("pydicom", reason='needs pip install "traboule[dicom]"')

FRAMES = 4


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
    path = saved(data, tmp_path_factory.mktemp("scan") / "knee.dcm")
    report = served.services.opened.ingestor.ingest([path])
    assert not report.has_failures, report
    return path


def opened(page: Page, scan: Path) -> str:
    """Open the scan from the patient's documents and return the address of its picture."""
    page.goto("/#/patients/DEMO-X3")
    page.locator(".timeline .reference-title").click()
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
