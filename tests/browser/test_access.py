"""For everyone: keyboard alone, narrow screens, dark, screen readers (axe-core), and the rules of the content
policy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.axe import faults
from tests.browser.conftest import NewPage
from tests.browser.steps import ask, choose_patient
from tests.server.serving import Served

if TYPE_CHECKING:
    from playwright.sync_api import Page

QUESTION = "Pourquoi l'apixaban a-t-il été réduit, et à quelle dose ?"


def test_keyboard_alone_leads_from_the_patient_to_the_proof(page: Page) -> None:
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("p")
    page.keyboard.type("P05")
    page.keyboard.press("Enter")
    expect(page.locator(".scope-name")).to_have_text("CONFLUENCE · F · DEMO-P05")
    expect(page.locator(".composer-input")).to_be_focused()
    expect(page.locator(".composer-verbatim input")).to_be_checked()
    page.keyboard.press("Tab")
    page.keyboard.press("/")
    expect(page.locator(".composer-input")).to_be_focused()
    page.keyboard.type(QUESTION)
    page.keyboard.press("Enter")
    page.locator(".turn-actions").wait_for(timeout=30_000)
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("j")
    expect(page.locator(".answer .cite").first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("mark").first).to_be_in_viewport()
    page.keyboard.press("j")
    page.keyboard.press("Escape")
    expect(page.locator(".source-panel")).not_to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Citation suivante")
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("d")
    expect(page.get_by_role("heading", level=1)).to_have_text("Documents")


def test_dialog_keeps_the_focus_and_gives_it_back(page: Page) -> None:
    button = page.get_by_role("button", name="Filtres")
    button.click()
    for _ in range(40):
        page.keyboard.press("Tab")
        assert page.evaluate(
            "document.activeElement === document.body || document.activeElement.closest('dialog') !== null"
        )
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(button).to_be_focused()


def test_single_key_shortcuts_can_be_switched_off(page: Page) -> None:
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("?")
    page.get_by_label("Raccourcis d’une seule touche").uncheck()
    page.keyboard.press("Escape")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("p")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_skip_link_leads_to_the_content(page: Page) -> None:
    page.evaluate("document.activeElement.blur()")
    page.locator(".skip-link").focus()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


@pytest.mark.parametrize("width", [360, 700])
def test_narrow_screen_shows_scope_answer_and_source(new_page: NewPage, width: int) -> None:
    page = new_page(width=width, height=740)
    choose_patient(page, "DEMO-P05")
    turn = ask(page, QUESTION)
    expect(page.locator(".scope-name")).to_be_in_viewport()
    turn.locator(".answer .cite").first.click()
    expect(page.locator("mark").first).to_be_in_viewport()
    assert page.evaluate("document.querySelector('main').inert")
    page.get_by_role("button", name="Fermer la source").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("link", name="Documents").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Documents")
    page.locator(".table").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(new_page: NewPage, scheme: str) -> None:
    page = new_page(color_scheme=scheme, reduced_motion="reduce")
    assert faults(page) == []
    choose_patient(page, "DEMO-P05")
    turn = ask(page, QUESTION)
    turn.locator(".answer .cite").first.click()
    page.locator("mark").first.wait_for()
    (
        page.get_by_role("button", name="Évaluer les phrases").click()
        if page.get_by_role("button", name="Évaluer les phrases").count()
        else None
    )
    assert faults(page) == []
    page.keyboard.press("Escape")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("p")
    assert faults(page) == []
    page.keyboard.press("Escape")
    for address in ("/#/documents", "/#/patients/DEMO-P05", "/#/documents/demo-p02-lettre"):
        page.goto(address)
        page.locator(".table, .timeline, .source-text").first.wait_for()
        assert faults(page) == []


def test_every_page_here_ran_where_no_script_may_parse_markup_or_stand_inline(served: Served) -> None:
    with served.client() as client:
        policy = client.get("/").headers["content-security-policy"]
    assert "require-trusted-types-for 'script'" in policy
    assert "unsafe" not in policy
