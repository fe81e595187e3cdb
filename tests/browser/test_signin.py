"""Coming in and going out: nothing is shown before, and nothing stays after."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from rag.server.identity import passwords
from rag.store.people.accounts import NewAccount
from tests.browser.axe import faults
from tests.browser.conftest import NewPage
from tests.browser.steps import ask, choose_patient
from tests.server.house import PASSWORD, House, inhabited
from tests.server.serving import Served

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with inhabited(tmp_path_factory.mktemp("house")) as found:
        yield found


@pytest.fixture(scope="module")
def served(house: House) -> Served:
    """A home with accounts, in place of the demonstration."""
    return house.served


def sign_in(page: Page, name: str, password: str = PASSWORD) -> None:
    page.get_by_label("Identifiant").fill(name)
    page.get_by_label("Mot de passe", exact=True).fill(password)
    page.get_by_role("button", name="Se connecter", exact=True).click()


def test_nothing_is_shown_before_signing_in_and_after_signing_out(page: Page) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text("Connexion")
    assert faults(page) == []
    sign_in(page, "clinician", "wrong-password-here")
    expect(page.get_by_role("alert")).not_to_be_empty()
    expect(page.get_by_label("Mot de passe", exact=True)).to_be_focused()
    sign_in(page, "clinician")
    choose_patient(page, "DEMO-A")
    turn = ask(page, "Pertes sanguines de la prothèse de hanche ?")
    expect(turn.locator(".answer")).to_contain_text("350 mL")
    expect(page.locator(".history-item")).to_have_count(1)  # kept: the page sent its token
    page.get_by_role("button", name="Se déconnecter").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Connexion")
    page.goto("/#/documents")
    expect(page.get_by_role("heading", level=1)).to_have_text("Connexion")
    expect(page.locator(".turn")).to_have_count(0)
    assert page.evaluate("JSON.stringify({...localStorage, ...sessionStorage})").count("DEMO") == 0


def test_a_clinician_is_offered_only_the_patients_in_care(page: Page) -> None:
    sign_in(page, "clinician")
    page.locator(".scope-actions button").first.click()
    expect(page.locator(".picker-list [role=option] strong")).to_have_text(["DEMO-A"])
    page.keyboard.press("Escape")
    expect(page.locator(".nav").get_by_role("link", name="Évaluation")).to_have_count(0)
    page.goto("/#/patients/DEMO-B")
    expect(page.locator(".failure")).to_be_visible()
    expect(page.locator("main")).not_to_contain_text("Prothèse")


def test_an_ended_session_leads_back_to_the_sign_in_page(page: Page) -> None:
    sign_in(page, "clinician")
    page.locator(".scope-bar").wait_for()
    page.context.clear_cookies()
    page.goto("/#/documents")
    expect(page.get_by_role("heading", level=1)).to_have_text("Connexion")


def test_a_first_password_is_changed_before_anything_is_shown(new_page: NewPage, house: House) -> None:
    house.served.services.accounts.add(
        NewAccount("nouvelle", "clinician", passwords.digest(PASSWORD)), must_change=True
    )
    page = new_page()
    sign_in(page, "nouvelle")
    expect(page.get_by_role("heading", level=1)).to_have_text("Choisir un mot de passe")
    expect(page.locator(".scope-bar")).to_have_count(0)
    page.get_by_label("Mot de passe reçu").fill(PASSWORD)
    page.get_by_label("Nouveau mot de passe", exact=True).fill("une-phrase-assez-longue")
    page.get_by_label("Nouveau mot de passe, encore une fois").fill("une-phrase-assez-longue")
    page.get_by_role("button", name="Changer le mot de passe").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Connexion")
    sign_in(page, "nouvelle", "une-phrase-assez-longue")
    expect(page.locator(".scope-bar")).to_be_visible()
