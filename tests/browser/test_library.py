"""The library and the history: adding, finding, erasing documents; keeping, renaming, deleting
conversations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser.steps import ask, choose_patient
from tests.server.serving import Served
from tests.server.test_writing import outcome

if TYPE_CHECKING:
    from playwright.sync_api import Page

NOTE = """---
id: demo-x9-{name}
title: Note de suivi {name}
patient_id: DEMO-X9
kind: progress_note
date: 2026-06-0{day}
language: fr
---
# Suivi
Pansement propre et sec, premier lever effectué sans vertige. Douleur cotée {day}/10.
"""


def note(name: str, day: int) -> dict[str, str | bytes]:
    return {
        "name": f"{name}.md",
        "mimeType": "text/markdown",
        "buffer": NOTE.format(name=name, day=day).encode(),
    }


def test_each_file_has_its_own_progress_and_result(page: Page) -> None:
    page.goto("/#/documents")
    page.locator(".table").wait_for()
    page.locator("input[type=file]").set_input_files(
        [note("un", 1), {"name": "vide.txt", "mimeType": "text/plain", "buffer": b""}, note("deux", 2)]  # type: ignore[list-item]
    )
    lines = page.locator(".upload-line")
    expect(lines.filter(has_text="un.md")).to_contain_text("Ajouté.", timeout=30_000)
    expect(lines.filter(has_text="deux.md")).to_contain_text("Ajouté.", timeout=30_000)
    expect(lines.filter(has_text="vide.txt")).to_contain_text("fichier vide", timeout=30_000)
    lines.filter(has_text="un.md").get_by_role("link", name="Ouvrir").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Note de suivi un")
    page.get_by_role("link", name="DEMO-X9").click()
    expect(page.locator(".timeline-entry .reference-title")).to_have_text(
        ["Note de suivi un", "Note de suivi deux"]
    )  # in order of time
    page.get_by_role("button", name="Interroger ce dossier").click()
    expect(page.locator(".scope-name")).to_have_text("DEMO-X9")


def test_documents_are_found_and_erased_after_a_second_question(page: Page, served: Served) -> None:
    with served.client() as client:
        sent = client.post(
            "/v1/documents", files={"files": ("trois.md", note("trois", 3)["buffer"], "text/markdown")}
        )
        assert [file["status"] for file in outcome(client, sent)] == ["added"]
    page.goto("/#/documents")
    page.get_by_label("Chercher", exact=True).fill("suivi trois")
    rows = page.locator(".table tbody tr")
    expect(rows).to_have_count(1)
    page.get_by_role("button", name="Supprimer « Note de suivi trois »").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("DEMO-X9")
    expect(dialog.get_by_role("button", name="Annuler")).to_be_focused()
    page.keyboard.press("Escape")
    expect(rows).to_have_count(1)
    page.get_by_role("button", name="Supprimer « Note de suivi trois »").click()
    dialog.get_by_role("button", name="Effacer").click()
    expect(page.locator(".empty")).to_be_visible()
    with served.client() as client:
        assert client.get("/v1/documents/demo-x9-trois").status_code == 404


def test_conversation_is_kept_renamed_reopened_and_deleted(page: Page) -> None:
    choose_patient(page, "DEMO-P05")
    ask(page, "Quelle est la dose de furosémide ?")
    entry = page.locator(".history-item").filter(has_text="Quelle est la dose de furosémide ?")
    expect(entry).to_contain_text("DEMO-P05")
    ask(page, "Et celle de l'apixaban ?")
    page.reload()
    expect(page.locator(".turn")).to_have_count(2)
    expect(page.locator(".scope-name")).to_have_text("CONFLUENCE · F · DEMO-P05")
    entry.hover()
    entry.get_by_role("button", name="Renommer").click()
    page.get_by_label("Titre").fill("Traitements <b>de juin</b>")
    page.keyboard.press("Enter")
    renamed = page.locator(".history-item").filter(has_text="Traitements <b>de juin</b>")
    expect(renamed).to_be_visible()
    renamed.hover()
    renamed.get_by_role("button", name="Supprimer").click()
    page.get_by_role("dialog").get_by_role("button", name="Supprimer").click()
    expect(renamed).to_have_count(0)
    expect(page.locator(".turn")).to_have_count(0)


def test_feedback_on_a_sentence_is_kept(page: Page, served: Served) -> None:
    choose_patient(page, "DEMO-P05")
    turn = ask(page, "Quelle est la dose de furosémide ?")
    turn.get_by_role("button", name="Évaluer les phrases").click()
    row = turn.locator(".review-list > li").first
    row.get_by_label("La citation ne le dit pas").check()
    row.get_by_role("textbox").fill("dose d'une autre date")
    row.get_by_role("button", name="Envoyer").click()
    expect(row).to_contain_text("Avis enregistré")
    with served.client() as client:
        latest = client.get("/v1/conversations").json()["conversations"][0]["conversation_id"]
        said = client.get(f"/v1/conversations/{latest}").json()["turns"][0]["feedback"]
    assert said == [{"claim": 0, "verdict": "unsupported", "comment": "dose d'une autre date"}]


def test_reports_are_listed_and_opened(page: Page, served: Served) -> None:
    folder = served.home / "reports" / "nightly"
    folder.mkdir(parents=True)
    (folder / "report.json").write_text(
        '{"suite": "demo", "passed": false, "means": {"citation_precision": 0.95}}', encoding="utf-8"
    )
    page.goto("/#/reports")
    row = page.locator(".table tbody tr")
    expect(row).to_contain_text("Seuils non tenus")
    row.get_by_role("link").click()
    expect(page.locator(".table")).to_contain_text("0,95")
    (folder / "report.html").write_text("<h1>Rapport de nuit</h1>", encoding="utf-8")
    page.reload()
    expect(page.frame_locator(".report-frame").get_by_role("heading")).to_have_text("Rapport de nuit")
