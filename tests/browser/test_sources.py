"""One click from a sentence to its proof: in the text, on the page of a PDF."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.served import MARKUP
from tests.browser.steps import ask, choose_patient
from tests.server.serving import Served

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page


def citations(served: Served, question: str, patient: str) -> list[dict[str, object]]:
    with served.client() as client:
        answer = client.post(
            "/v1/ask", json={"question": question, "patient_id": patient, "no_llm": True}
        ).json()
    return [citation for claim in answer["claims"] for citation in claim["citations"]]


def open_citation(page: Page, turn: Locator, marker: object) -> Locator:
    turn.locator(f".answer .cite[data-marker='{marker}']").first.click()
    panel = page.locator(".source-panel")
    panel.locator(".document-header").wait_for()
    return panel


@pytest.mark.parametrize(
    ("patient", "question"),
    [
        ("DEMO-P05", "Pourquoi l'apixaban a-t-il été réduit, et à quelle dose ?"),
        ("DEMO-X2", "Combien de liquide le drain a-t-il ramené ?"),
    ],
)
def test_quote_is_marked_exactly_and_in_view(page: Page, served: Served, patient: str, question: str) -> None:
    choose_patient(page, patient)
    turn = ask(page, question)
    first = citations(served, question, patient)[0]
    panel = open_citation(page, turn, first["marker"])
    quotes = [
        one["quote"] for one in citations(served, question, patient) if one["marker"] == first["marker"]
    ]
    marks = panel.locator("mark")
    expect(marks.first).to_be_in_viewport()
    assert (
        "".join(mark.text_content() or "" for mark in marks.all()).split()
        == " ".join(map(str, quotes)).split()
    )
    with served.client() as client:
        text = client.get(f"/v1/documents/{first['doc_id']}").json()["text"]
    assert panel.locator(".source-text").text_content() == text + "\n"  # nothing of the document is left out


def test_quote_shows_on_hover_and_focus_and_escape_puts_it_away(page: Page) -> None:
    choose_patient(page, "DEMO-P05")
    turn = ask(page, "Pourquoi l'apixaban a-t-il été réduit, et à quelle dose ?")
    cite = turn.locator(".answer .cite").first
    cite.hover()
    card = page.get_by_role("tooltip")
    expect(card.locator(".quote").first).not_to_be_empty()
    card.hover()
    page.wait_for_timeout(300)
    expect(card).to_be_visible()  # it can itself be pointed at
    page.keyboard.press("Escape")
    expect(card).not_to_be_visible()


def test_focus_returns_to_the_citation(page: Page) -> None:
    choose_patient(page, "DEMO-P05")
    turn = ask(page, "Pourquoi l'apixaban a-t-il été réduit, et à quelle dose ?")
    cite = turn.locator(".answer .cite").first
    cite.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".source-title")).to_be_focused()
    page.locator(".document-header").wait_for()
    page.keyboard.press("Escape")
    expect(page.locator(".source-panel")).not_to_be_visible()
    expect(cite).to_be_focused()


def test_markup_in_titles_and_texts_stays_text(page: Page) -> None:
    choose_patient(page, "DEMO-X1")
    turn = ask(page, "Quelle dose de zorbalexine, et combien de jours ?")
    expect(turn.locator(".answer")).to_contain_text('40 mg <img src=x onerror="document.title=')
    expect(turn.locator(".reference-title").first).to_have_text(MARKUP)
    panel = open_citation(page, turn, turn.locator(".answer .cite").first.get_attribute("data-marker"))
    expect(panel.locator(".source-title")).to_contain_text(MARKUP)
    expect(panel.locator(".source-text")).to_contain_text("<script>document.title='owned'</script>")
    page.goto("/#/documents/demo-x1-note")
    expect(page.get_by_role("heading", level=1)).to_have_text(MARKUP)
    page.goto("/#/patients/DEMO-X1")
    expect(page.locator(".timeline .reference-title")).to_have_text(MARKUP)
    assert page.locator("main img, main script, aside img, aside script").count() == 0
    assert "owned" not in page.title()
    expect(page).not_to_have_title("owned")


def test_markup_in_a_question_and_an_address_stays_text(page: Page) -> None:
    question = f"{MARKUP} apixaban ?"
    ask(page, question)
    page.goto(f"/#/documents/{'%3Cimg src=x onerror=alert(1)%3E'}")
    expect(page.locator(".failure")).to_be_visible()
    assert page.locator("main img").count() == 0


def test_source_of_another_patient_is_never_drawn(page: Page, served: Served) -> None:
    with served.client() as client:
        stray = client.post(
            "/v1/ask", json={"question": "Quelle dose d'apixaban ?", "patient_id": "DEMO-P05", "no_llm": True}
        ).text
    body = f"event: done\ndata: {stray}\n\n"
    page.route(
        "**/v1/ask", lambda route: route.fulfill(status=200, content_type="text/event-stream", body=body)
    )
    choose_patient(page, "DEMO-P02")
    page.locator(".composer-input").fill("Quelle dose d'apixaban ?")
    page.keyboard.press("Enter")
    expect(page.locator(".failure")).to_contain_text("Un document d’un autre patient a été reçu")
    expect(page.locator(".claim, .reference")).to_have_count(0)


def test_quote_is_drawn_on_the_page_of_a_pdf(page: Page, served: Served) -> None:
    question = "Voie antérieure de Hueter : quelle incision ?"
    choose_patient(page, "DEMO-P02")
    turn = ask(page, question)
    citation = next(one for one in citations(served, question, "DEMO-P02") if one["doc_id"] == "demo-p02-cro")
    panel = open_citation(page, turn, citation["marker"])
    expect(panel.get_by_role("tab", name="Page")).to_have_attribute("aria-selected", "true")
    picture = panel.locator(".page-image")
    expect(picture).to_have_attribute("alt", re.compile(re.escape(str(citation["quote"])[:30])))
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 800
    source = picture.get_attribute("src") or ""
    assert f"start={citation['start']}&end={citation['end']}" in source
    with served.client() as client:
        assert (
            client.get(source).content != client.get(source.split("?")[0] + "?scale=2.2").content
        )  # something is drawn on it
    page.get_by_role("button", name="Agrandir").click()
    expect(panel.locator(".zoom-level")).to_have_text("125 %")
    panel.get_by_role("tab", name="Page").focus()
    page.keyboard.press("ArrowRight")
    expect(panel.locator("mark").first).to_contain_text("Hueter")
