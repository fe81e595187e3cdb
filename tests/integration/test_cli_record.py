"""``traboule facts`` and ``timeline``: what a record states, word for word, and things named in the user's
language.
"""

from __future__ import annotations

from tests.integration.command_line import CommandLine
from tests.spec import schemas


def test_every_fact_stands_word_for_word_in_its_document(reading: CommandLine) -> None:
    facts = reading.run("facts", "--patient", "DEMO-A", "--json").json(schemas.FACTS)["facts"]
    assert facts
    for fact in facts:
        text = reading.run("show", fact["doc_id"], "--json").json(schemas.SHOW)["text"]
        assert all(text[span["start"] : span["end"]] == span["quote"] for span in fact["spans"])


def test_the_pathway_names_facts_of_the_record_alone(reading: CommandLine) -> None:
    known = {
        fact["fact_id"]
        for fact in reading.run("facts", "--patient", "DEMO-A", "--json").json(schemas.FACTS)["facts"]
    }
    pathway = reading.run("timeline", "--patient", "DEMO-A", "--json").json(schemas.TIMELINE)
    named = {fact for event in pathway["events"] for fact in event["facts"]}
    assert named
    assert named <= known
    assert {doc_id for event in pathway["events"] for doc_id in event["doc_ids"]} <= {
        "demo-a-op",
        "demo-a-letter",
    }


def test_things_are_named_in_the_language_of_the_user(reading: CommandLine) -> None:
    for language, name in (("fr", "prothèse totale de hanche"), ("en", "total hip arthroplasty")):
        asked = {"TRABOULE_LANGUAGE": language}
        pathway = reading.run(
            "timeline", "--patient", "DEMO-A", "--kind", "procedure", "--json", **asked
        ).json(schemas.TIMELINE)
        assert name in {event["title"].lower() for event in pathway["events"]}
        assert name in reading.run("timeline", "--patient", "DEMO-A", **asked).out.lower()
        assert (
            "Prothèse totale de hanche" in reading.run("facts", "--patient", "DEMO-A", "--json", **asked).out
        )  # the document's own words


def test_a_record_that_states_nothing_is_said_so(reading: CommandLine) -> None:
    ended = reading.run("facts", "--patient", "DEMO-X", "--json")
    assert (ended.code, ended.json(schemas.FACTS)) == (0, {"patient_id": "DEMO-X", "facts": []})
    assert "DEMO-X" in reading.run("timeline", "--patient", "DEMO-X").out
