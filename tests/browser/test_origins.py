"""How a sentence came about, and parts of a question without an answer: shown where the server says so,
nothing where it does not.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser.axe import faults
from tests.browser.steps import ask, choose_patient
from tests.server.serving import Served

if TYPE_CHECKING:
    from playwright.sync_api import Page

QUESTION = "Quelle est la dose de furosémide ?"


def grown(served: Served) -> dict[str, object]:
    """Return a real answer whose sentence is said to be computed, with one part answered and one not."""
    with served.client() as client:
        answer: dict[str, object] = client.post(
            "/v1/ask", json={"question": QUESTION, "patient_id": "DEMO-P05", "no_llm": True}
        ).json()
    claims = [{**claim, "origin": "computed"} for claim in answer["claims"]]  # type: ignore[attr-defined]
    cited = claims[0]["citations"][0]
    near = [{name: cited[name] for name in ("doc_id", "quote", "start", "end")}]
    parts = [
        {"question": "dose de furosémide", "status": "answered", "claims": [0], "note": "", "near": []},
        {"question": "dose de digoxine", "status": "not_found", "claims": [], "note": "", "near": near},
    ]
    return {**answer, "claims": claims, "parts": parts, "conversation_id": None, "turn_id": None}


def told_by(page: Page, answer: dict[str, object]) -> None:
    """Have the server answer so, whatever it is asked."""
    events = [("evidence", {name: answer[name] for name in ("evidence", "coverage")}), ("done", answer)]
    body = "".join(f"event: {name}\ndata: {json.dumps(data)}\n\n" for name, data in events)
    page.route("**/v1/ask", lambda route: route.fulfill(content_type="text/event-stream", body=body))


def test_computed_sentences_and_parts_without_an_answer_are_marked(page: Page, served: Served) -> None:
    told_by(page, grown(served))
    choose_patient(page, "DEMO-P05")
    turn = ask(page, QUESTION)
    expect(turn.locator(".answer .tag-origin").first).to_have_text("calculé")
    parts = turn.locator(".answer-parts")
    expect(parts).to_contain_text("1 partie de la question sans réponse complète")
    expect(parts).to_contain_text("dose de digoxine")
    expect(parts).not_to_contain_text("dose de furosémide –")
    assert faults(page) == []
    parts.get_by_role("button").click()
    page.locator(".source-panel mark").first.wait_for()


def test_an_answer_that_says_neither_has_no_mark(page: Page, served: Served) -> None:
    answer = grown(served)
    claims = [
        {name: value for name, value in claim.items() if name != "origin"} for claim in answer["claims"]
    ]  # type: ignore[attr-defined]
    answer = {**{name: value for name, value in answer.items() if name != "parts"}, "claims": claims}
    told_by(page, answer)
    choose_patient(page, "DEMO-P05")
    turn = ask(page, QUESTION)
    expect(turn.locator(".answer .claim").first).to_be_visible()
    expect(turn.locator(".tag-origin, .answer-parts")).to_have_count(0)
