"""What is said of answers on a server becomes candidates, and confirmed ones questions, by the commands that
people type.
"""

from __future__ import annotations

import json
from pathlib import Path

from eval.datasets.questions import read_questions
from tests.integration.command_line import CommandLine
from tests.server.serving import served

ASKED = {"question": "Quelles ont été les pertes sanguines ?", "patient_id": "DEMO-A"}


def test_feedback_given_over_http_is_exported_confirmed_and_gone_with_its_patient(tmp_path: Path) -> None:
    candidates, questions = tmp_path / "candidates.jsonl", tmp_path / "questions.jsonl"
    with served(tmp_path) as home, home.client() as client:
        command = CommandLine(home.home)
        conversation_id = client.post("/v1/conversations", json={"patient_id": "DEMO-A"}).json()[
            "conversation_id"
        ]
        answer = client.post(
            "/v1/ask", json={**ASKED, "no_llm": True, "conversation_id": conversation_id}
        ).json()
        client.post(
            "/v1/feedback", json={"turn_id": answer["turn_id"], "verdict": "good", "comment": "exact"}
        ).raise_for_status()

        exported = command.run("eval", "feedback", "export", "--output", candidates, "--json")
        assert (exported.code, json.loads(exported.out)["new"]) == (0, 1)
        assert "may be patient data" in exported.err
        line = json.loads(candidates.read_text(encoding="utf-8"))
        quotes = list(
            dict.fromkeys(citation["quote"] for claim in answer["claims"] for citation in claim["citations"])
        )
        assert quotes
        assert (line["_id"], line["answer"], line["gold_quotes"]) == (
            f"fb-{answer['turn_id']}",
            answer["answer"],
            quotes,
        )
        assert (line["rating"], line["comment"], line["status"]) == ("good", "exact", "candidate")

        candidates.write_text(json.dumps({**line, "status": "confirmed"}) + "\n", encoding="utf-8")
        confirmed = command.run("eval", "feedback", "confirm", candidates, "--output", questions, "--json")
        assert json.loads(confirmed.out) == {
            "file": str(questions),
            "confirmed": 1,
            "rejected": 0,
            "candidates": 0,
        }
        (question,) = read_questions([questions])
        assert (question.text, question.answerable, question.patient_id) == (
            ASKED["question"],
            True,
            "DEMO-A",
        )
        assert (question.gold_docs, question.gold_quotes) == (tuple(line["gold_docs"]), tuple(quotes))

        home.services.opened.forget(patient_id="DEMO-A")
        again = command.run("eval", "feedback", "export", "--output", candidates)
        assert again.code == 0
        assert (
            f"no longer in the store, because conversation, document or patient was erased: {line['_id']}"
            in again.err
        )
