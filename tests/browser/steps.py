"""What a reader does on the page, in the reader's words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page


def choose_patient(page: Page, patient: str) -> None:
    page.locator(".scope-actions button").first.click()
    page.get_by_role("combobox").fill(patient)
    page.keyboard.press("Enter")
    page.locator(".scope-name", has_text=patient).wait_for()


def ask(page: Page, question: str, *, verbatim: bool = True) -> Locator:
    """Ask and return the turn once it is settled."""
    page.locator(".composer-verbatim input").set_checked(verbatim)
    page.locator(".composer-input").fill(question)
    page.keyboard.press("Enter")
    turn = page.locator(".turn", has=page.get_by_role("heading", name=question, exact=True)).last
    turn.locator(".turn-actions").wait_for(timeout=30_000)
    return turn
