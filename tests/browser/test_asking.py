"""Asking on the page: scope, evidence, cited sentences, and what is withheld or not answered."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser.conftest import NewPage
from tests.browser.steps import ask, choose_patient

if TYPE_CHECKING:
    from playwright.sync_api import Page

SIDE_FR = "Quel côté a été opéré et par quelle voie d'abord ?"


def test_patient_asked_about_stays_in_sight(page: Page) -> None:
    expect(page.locator(".scope-name")).to_have_text("Tout ce que je peux lire")
    choose_patient(page, "DEMO-P02")
    turn = ask(page, SIDE_FR)
    expect(page.locator(".scope-bar")).to_be_in_viewport()
    expect(page.locator(".scope-name")).to_have_text("BELLECOUR · M · DEMO-P02")
    expect(turn.locator(".stamp-scope")).to_have_text("BELLECOUR · M · DEMO-P02")
    expect(turn.locator(".coverage")).to_contain_text("Cherché dans 5 documents")


def test_every_sentence_carries_a_citation_in_french(page: Page) -> None:
    choose_patient(page, "DEMO-P02")
    turn = ask(page, SIDE_FR)
    sentences = turn.locator(".answer .claim")
    assert sentences.count() > 0
    for sentence in sentences.all():
        assert sentence.locator(".cite").count() > 0
    cited = {cite.get_attribute("data-marker") for cite in turn.locator(".answer .cite").all()}
    listed = {
        entry.get_attribute("data-marker")
        for entry in turn.locator(".references:not(details) .reference").all()
    }
    assert cited == listed


def test_question_in_english_on_an_english_page(new_page: NewPage) -> None:
    page = new_page("en")
    turn = ask(page, "LDL target after a first heart attack?")
    expect(turn.locator(".answer")).to_contain_text("1.4 mmol/L")
    expect(turn.locator(".references h3").first).to_have_text(re.compile("Cited source"))
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_evidence_is_shown_before_the_answer_and_timed(page: Page) -> None:
    choose_patient(page, "DEMO-P02")
    ask(page, SIDE_FR)
    marks = page.evaluate(
        "Object.fromEntries(performance.getEntriesByType('measure').map((entry) => [entry.name,"
        " entry.duration]))"
    )
    assert marks["first-evidence"] > 0
    assert "answer-done" in marks


def test_unsupported_sentence_is_withheld_and_said_so(page: Page) -> None:
    choose_patient(page, "DEMO-P02")
    turn = ask(page, "Quel type de prothèse de hanche a été posé, et par quelle voie ?", verbatim=False)
    expect(turn.locator(".answer")).to_contain_text("Prothèse totale de hanche gauche")
    expect(turn.locator(".answer")).not_to_contain_text("950 mL")
    held = turn.locator(".withheld")
    expect(held.locator("summary")).to_have_text("1 phrase écartée")
    expect(held.locator("s")).not_to_be_visible()
    held.locator("summary").click()
    expect(held.locator("s")).to_contain_text("950 mL")
    expect(held).to_contain_text("ne fait pas partie de la réponse")


def test_abstention_says_why_and_what_was_searched(page: Page) -> None:
    choose_patient(page, "DEMO-P02")
    turn = ask(page, "Quel est le résultat de la sérologie de la toxoplasmose ?")
    expect(turn.locator(".abstention-title")).to_be_visible()
    expect(turn.locator(".abstention")).to_contain_text(
        "Cela ne veut pas dire que l’information n’existe pas"
    )
    expect(turn.locator(".coverage")).to_contain_text("Cherché dans 5 documents")
    expect(turn.locator(".answer .cite")).to_have_count(0)


def test_filters_stay_visible_and_narrow_what_is_searched(page: Page) -> None:
    choose_patient(page, "DEMO-P02")
    page.get_by_role("button", name="Filtres").click()
    page.get_by_role("checkbox", name="Compte rendu opératoire").check()
    page.get_by_label("Du", exact=True).fill("2026-04-01")
    page.get_by_role("button", name="Appliquer").click()
    expect(page.locator(".scope-chips")).to_contain_text("Compte rendu opératoire")
    expect(page.locator(".scope-chips")).to_contain_text("depuis le 1 avr. 2026")
    turn = ask(page, SIDE_FR)
    expect(turn.locator(".coverage")).to_contain_text("Cherché dans 1 document : compte rendu opératoire")


def test_another_patient_begins_another_conversation(page: Page) -> None:
    choose_patient(page, "DEMO-P02")
    ask(page, SIDE_FR)
    choose_patient(page, "DEMO-P05")
    expect(page.locator(".turn")).to_have_count(0)
    expect(page.locator(".scope-name")).to_have_text("CONFLUENCE · F · DEMO-P05")


def test_answer_can_be_stopped(page: Page) -> None:
    page.route("**/v1/ask", lambda route: None)  # an answer that never comes
    page.locator(".composer-input").fill("Quelle dose d'apixaban ?")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Arrêter").click()
    expect(page.locator(".turn-after")).to_contain_text("Arrêté avant la fin")
    expect(page.get_by_role("button", name="Demander")).to_be_visible()


def test_failure_is_told_in_one_line_with_a_way_out(page: Page) -> None:
    page.route("**/v1/ask", lambda route: route.abort())
    page.locator(".composer-input").fill("Quelle dose d'apixaban ?")
    page.keyboard.press("Enter")
    expect(page.locator(".failure")).to_contain_text("Le serveur ne répond pas")
    page.unroute("**/v1/ask")
    page.locator(".composer-verbatim input").check()
    page.get_by_role("button", name="Réessayer").click()
    expect(page.locator(".turn-actions").first).to_be_visible(timeout=30_000)


def test_language_changes_everything_but_the_documents(page: Page) -> None:
    choose_patient(page, "DEMO-P02")
    turn = ask(page, SIDE_FR)
    quotes = turn.locator(".reference-text").all_inner_texts()
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator(".scope-caption")).to_have_text("Patient record")
    expect(page.locator(".scope-name")).to_have_text("BELLECOUR · M · DEMO-P02")
    expect(page.get_by_role("button", name="Copy with sources")).to_be_visible()
    assert page.locator(".reference-text").all_inner_texts() == quotes
    expect(page.locator(".answer .cite").first).to_contain_text("Apr 2026")
    page.reload()
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_copy_and_export_carry_every_quote(new_page: NewPage) -> None:
    page = new_page(permissions=["clipboard-read", "clipboard-write"])
    choose_patient(page, "DEMO-P02")
    turn = ask(page, "Quel type de prothèse de hanche a été posé, et par quelle voie ?", verbatim=False)
    page.get_by_role("button", name="Copier avec les sources").click()
    expect(page.get_by_role("button", name="Copié")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    quote = turn.locator(".references:not(details) .reference-text").first.inner_text()
    assert " ".join(quote.split())[:40] in " ".join(copied.replace("**", "").split())
    assert "950 mL" not in copied
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Exporter (Markdown)").click()
    exported = waiting.value.path().read_text(encoding="utf-8")
    assert waiting.value.suggested_filename.endswith(".md")
    assert "DEMO-P02" not in waiting.value.suggested_filename
    assert exported.startswith("# Quel type de prothèse")
    assert "950 mL" not in exported
