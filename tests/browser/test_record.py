"""A patient's record on the page: allergies first, the pathway by keyboard, results, treatments, conflicts,
each from its exact words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.axe import faults
from tests.browser.conftest import NewPage
from tests.browser.served import served_page
from tests.browser.steps import choose_patient
from tests.server.serving import Served
from tests.server.stating import at, said, state

if TYPE_CHECKING:
    from playwright.sync_api import Page

NOTE = """---
id: demo-r1-{name}
title: {title}
patient_id: DEMO-R1
kind: {kind}
date: {day}
language: fr
---
# Compte rendu
{text}
"""
PAPERS = {
    "entree": (
        "Note d'entrée",
        "admission_note",
        "2026-01-10",
        "Allergie à la pénicilline. Asthme. Potassium 4,1 mmol/L. Bisoprolol 5 mg.",
    ),
    "bio": ("Bilan <b>sanguin</b>", "biology", "2026-02-10", "Potassium 5,9 mmol/L. Sodium 128 mmol/L."),
    "cro": (
        "Compte rendu opératoire",
        "operative_report",
        "2026-02-12",
        "Prothèse totale de hanche droite. Céfazoline 2 g.",
    ),
    "sortie": (
        "Lettre de sortie",
        "discharge_letter",
        "2026-02-20",
        "Hanche gauche opérée. Bisoprolol 2,5 mg. Apixaban 5 mg. Radiographie prévue. Aucune allergie.",
    ),
    "ordonnance": ("Ordonnance", "prescription", "2026-02-20", "Bisoprolol 10 mg."),
}
RANGE = {"reference_low": "3.5", "reference_high": "5"}
BARE = """---
id: demo-r2-note
title: Note sans fait
patient_id: DEMO-R2
kind: progress_note
date: 2026-03-01
language: fr
---
# Suivi
Nuit calme.
"""


def potassium(quote: str, value: float, day: str, **rest: object) -> object:
    return said(
        "lab",
        "potassium",
        quote,
        value=value,
        unit="mmol/L",
        value_text=quote.partition(" ")[2],
        at=at(day),
        details=RANGE,
        **rest,
    )


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory, models_dir: Callable[..., Path]) -> Iterator[Served]:
    """A record with every kind of fact, one contradiction in side and one in dose, and a record that states
    nothing.
    """
    folder = tmp_path_factory.mktemp("record")
    with served_page(folder, models_dir("multilingual-e5-small")) as found:
        for name, (title, kind, day, text) in PAPERS.items():
            (folder / f"{name}.md").write_text(
                NOTE.format(name=name, title=title, kind=kind, day=day, text=text), encoding="utf-8"
            )
        (folder / "bare.md").write_text(BARE, encoding="utf-8")
        opened = found.services.opened
        assert not opened.ingestor.ingest(
            [*(folder / f"{name}.md" for name in PAPERS), folder / "bare.md"]
        ).has_failures
        _state_all(found)
        yield found


def _state_all(found: Served) -> None:
    store = found.services.opened.store
    hip = "total_hip_arthroplasty"
    facts = {
        "entree": (
            said(
                "allergy",
                "penicillin",
                "Allergie à la pénicilline",
                status="present",
                details={"reaction": "urticaire"},
            ),
            said("condition", "asthma", "Asthme", status="confirmed"),
            potassium("Potassium 4,1 mmol/L", 4.1, "2026-01-10"),
            said(
                "drug",
                "bisoprolol",
                "Bisoprolol 5 mg",
                status="continued",
                details={"dose": "5 mg"},
                at=at("2026-01-10", ""),
            ),
        ),
        "bio": (
            potassium("Potassium 5,9 mmol/L", 5.9, "2026-02-10"),
            said(
                "lab",
                "sodium",
                "Sodium 128 mmol/L",
                value=128.0,
                unit="mmol/L",
                value_text="128 mmol/L",
                details={"interpretation": "LL"},
            ),
        ),
        "cro": (
            said(
                "procedure",
                hip,
                "Prothèse totale de hanche droite",
                status="done",
                side="right",
                at=at("2026-02-12"),
            ),
            said(
                "drug",
                "cefazolin",
                "Céfazoline 2 g",
                status="given",
                details={"dose": "2 g", "route": "IV"},
                at=at("2026-02-12"),
            ),
        ),
        "sortie": (
            said("procedure", hip, "Hanche gauche opérée", status="done", side="left", at=at("2026-02-12")),
            said(
                "drug",
                "bisoprolol",
                "Bisoprolol 2,5 mg",
                status="continued",
                details={"dose": "2,5 mg"},
                at=at("2026-02-20", ""),
            ),
            said(
                "drug",
                "apixaban",
                "Apixaban 5 mg",
                status="stopped",
                details={"dose": "5 mg"},
                reason="saignement",
                at=at("2026-02-20"),
            ),
            said("procedure", "radiography", "Radiographie prévue", status="planned", at=at("2026-04-01")),
            said("allergy", "allergy", "Aucune allergie", status="documented_absent", assertion="negated"),
            said(
                "encounter",
                "hospitalization",
                "Hanche gauche",
                status="done",
                at=at("2026-01-10", "2026-02-20"),
            ),
        ),
        "ordonnance": (
            said(
                "drug",
                "bisoprolol",
                "Bisoprolol 10 mg",
                status="continued",
                details={"dose": "10 mg"},
                at=at("2026-02-20", ""),
            ),
        ),
    }
    for name, stated in facts.items():
        state(store, f"demo-r1-{name}", *stated)


def opened(page: Page, tab: str, patient: str = "DEMO-R1") -> None:
    page.goto(f"/#/patients/{patient}/{tab}")
    page.locator(".record-panel").wait_for()


def marked(page: Page) -> str:
    page.locator(".source-panel mark").first.wait_for()
    return "".join(page.locator(".source-panel mark").all_inner_texts())


def test_record_is_reached_from_the_bar_of_the_patient(page: Page) -> None:
    choose_patient(page, "DEMO-R1")
    page.locator(".scope-actions").get_by_role("link", name="Dossier").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("DEMO-R1")
    expect(page.get_by_role("tab", name="Parcours de soins")).to_have_attribute("aria-selected", "true")


def test_allergies_come_first_and_open_their_exact_words(page: Page) -> None:
    opened(page, "documents")
    head = page.locator(".record-head > section")
    expect(head.nth(0)).to_have_attribute("data-state", "present")
    expect(head.nth(0)).to_contain_text("pénicilline")
    expect(head.nth(0)).to_contain_text("urticaire")
    expect(head.nth(1)).to_contain_text("asthme")
    head.nth(0).get_by_role("button").first.click()
    assert marked(page) == "Allergie à la pénicilline"
    page.keyboard.press("Escape")
    expect(page.locator(".source-panel")).not_to_be_visible()
    expect(head.nth(0).get_by_role("button").first).to_be_focused()


def test_silence_on_allergies_is_not_shown_as_their_absence(page: Page) -> None:
    opened(page, "treatments", "DEMO-R2")
    allergies = page.locator(".record-allergies")
    expect(allergies).to_contain_text("n’est pas une absence documentée")
    expect(allergies).to_contain_text("Lu : 1 document")
    expect(page.locator(".record-empty")).to_contain_text("Aucun traitement relevé. Lu : 1 document")
    for tab in ("Parcours de soins", "Résultats"):
        page.get_by_role("tab", name=tab).click()
        expect(page.locator(".record-empty")).to_contain_text("Lu : 1 document")


def test_contradictions_stand_side_by_side_each_with_its_source(page: Page) -> None:
    opened(page, "documents")
    conflicts = page.locator(".record-conflicts")
    expect(conflicts.get_by_role("heading", level=2)).to_have_text("3 contradictions dans le dossier")
    side = conflicts.locator(".conflict").filter(has_text="les côtés diffèrent")
    expect(side.locator(".conflict-sides > li")).to_have_count(2)
    expect(side).to_contain_text("Compte rendu opératoire")
    expect(side).to_contain_text("Lettre de sortie")
    side.get_by_role("button").nth(1).click()
    assert marked(page) == "Hanche gauche opérée"


def test_results_outside_their_range_are_told_by_words_and_signs_and_drawn_on_demand(page: Page) -> None:
    opened(page, "results")
    row = page.locator(".results tr").filter(has_text="potassium")
    expect(row.locator("th")).to_contain_text("[3,5 – 5]")
    high = row.locator(".fact-abnormal")
    expect(high).to_have_text(
        "5,9 mmol/L ↑ au-dessus de la norme – ouvrir la source : Bilan <b>sanguin</b>, 10 févr. 2026"
    )
    expect(page.locator(".results tr").filter(has_text="sodium").locator(".sign")).to_contain_text("↓↓")
    expect(page.locator(".results thead th")).to_have_text(["Analyte", "10 févr. 2026", "10 janv. 2026"])
    row.get_by_role("button", name="Courbe").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator(".plot .plot-point")).to_have_count(2)
    expect(dialog.locator(".plot .plot-abnormal")).to_have_count(1)
    expect(dialog.locator("tbody tr")).to_have_text(
        ["10 janv. 20264,1 mmol/L", "10 févr. 20265,9 mmol/Lau-dessus de la norme"]
    )
    page.keyboard.press("Escape")
    high.click()
    assert marked(page) == "Potassium 5,9 mmol/L"


def test_treatments_are_by_state_current_first_and_prove_no_intake(page: Page) -> None:
    opened(page, "treatments")
    panel = page.locator(".record-panel")
    expect(panel).to_contain_text(
        "Dernier état documenté ; il ne prouve pas la prise.".replace(" ;", "\u00a0;")
    )
    expect(panel.get_by_role("heading", level=2)).to_have_text(
        ["En cours (1)", "Administré ponctuellement (1)", "Arrêté ou terminé (1)"]
    )
    current = panel.locator(".treatments").first.locator("tbody tr")
    expect(current).to_contain_text("bisoprolol")
    expect(current).to_contain_text("les doses d’un même jour diffèrent")
    stopped = panel.locator(".treatments").nth(2)
    expect(stopped).to_contain_text("saignement")
    stopped.get_by_role("button").first.click()
    assert marked(page) == "Apixaban 5 mg"


def test_pathway_is_walked_with_the_arrows_and_opens_sources_with_enter(page: Page) -> None:
    opened(page, "pathway")
    acts = page.get_by_role("group", name="Opérations et actes")
    stop = acts.locator("[tabindex='0']")
    expect(stop).to_have_count(1)
    stop.focus()
    page.keyboard.press("End")
    expect(acts.locator(":focus")).to_have_attribute("aria-label", "radiographie, Acte, 1 avr. 2026, Prévu")
    page.keyboard.press("Enter")
    assert marked(page) == "Radiographie prévue"
    page.keyboard.press("Escape")
    expect(acts.locator(":focus")).to_have_attribute("aria-label", "radiographie, Acte, 1 avr. 2026, Prévu")
    results = page.get_by_role("group", name="Résultats")
    expect(results.get_by_role("button").nth(1)).to_have_attribute(
        "aria-label", "potassium 5,9 mmol/L, 10 févr. 2026, au-dessus de la norme"
    )
    expect(page.get_by_role("group", name="Séjours").get_by_role("button")).to_have_count(1)


def test_pathway_is_a_list_too_and_may_be_narrowed_to_its_end(page: Page) -> None:
    opened(page, "pathway")
    page.get_by_role("button", name="Liste").click()
    events = page.locator(".event")
    expect(events.filter(has_text="apixaban")).to_contain_text("Arrêté ou terminé")
    events.filter(has_text="apixaban").get_by_role("button").first.click()
    assert marked(page) == "Apixaban 5 mg"
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Frise").click()
    page.get_by_label("Période").select_option("trois derniers mois")
    expect(page.get_by_role("group", name="Séjours")).to_be_visible()


def test_tabs_are_driven_by_arrows_and_kept_in_the_address(page: Page) -> None:
    opened(page, "documents")
    page.get_by_role("tab", name="Documents").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="Résultats")).to_be_focused()
    assert page.url.endswith("#/patients/DEMO-R1/results")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("tab", name="Results")).to_have_attribute("aria-selected", "true")


@pytest.mark.parametrize("tab", ["documents", "pathway", "results", "treatments"])
@pytest.mark.parametrize(
    ("width", "options"), [(320, {"color_scheme": "dark"}), (1280, {}), (1280, {"forced_colors": "active"})]
)
def test_every_tab_fits_the_screen_and_axe_finds_nothing(
    new_page: NewPage, tab: str, width: int, options: dict[str, str]
) -> None:
    page = new_page(width=width, reduced_motion="reduce", **options)
    opened(page, tab)
    page.wait_for_timeout(100)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(
        "document.querySelector('main').scrollWidth <= document.querySelector('main').clientWidth"
    )
    assert faults(page) == []


_WATCH_SHIFTS = """
    window.moved = 0;
    const add = (list) => {
      for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.moved += entry.value;
    };
    new PerformanceObserver(add).observe({ type: "layout-shift", buffered: true });
"""


def test_nothing_moves_once_the_record_is_there(page: Page) -> None:
    opened(page, "pathway")
    page.evaluate(_WATCH_SHIFTS)
    page.wait_for_timeout(300)
    assert page.evaluate("window.moved") < 0.02
