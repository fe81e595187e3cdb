"""Passages: whole sentences, within limits, of one section, nothing lost."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.core.passage_ids import document_part, passage_id
from rag.core.text import canonical
from rag.core.types import Document, Page, Passage, Source
from rag.ingest.passages import Chunker, estimate_tokens, passage_embedding_text
from rag.ingest.plain.sections import markdown_headings, plain_headings, sections_of

SOURCE = Source("file:///a.md", "text/markdown", "0" * 64, "plain/1", "2026-11-01T00:00:00+00:00")


def words(text: str) -> int:
    return len(text.split())


def document(text: str, **fields: object) -> Document:
    base = Document(
        doc_id="d",
        source=SOURCE,
        kind="note",
        title="Note",
        text=text,
        language="fr",
        sections=sections_of(text, markdown_headings(text)),
    )
    return replace(base, **fields)  # type: ignore[arg-type]


def cut(text: str, least: int, most: int) -> list[str]:
    return [passage.text for passage in Chunker(least, most, words).passages(document(text), "r")]


def sentences(count: int, length: int = 5) -> str:
    return " ".join(f"Phrase {number}" + " mot" * (length - 3) + " fin." for number in range(count))


def test_short_text_is_one_passage() -> None:
    assert cut("Genou droit. Pas de fracture.", 8, 16) == ["Genou droit. Pas de fracture."]


def test_passages_hold_whole_sentences_up_to_the_limit() -> None:
    passages = cut(sentences(6, 5), 8, 16)  # 5 words each: three fit in 16, four do not
    assert [words(passage) for passage in passages] == [15, 15]
    assert all(passage.endswith("fin.") for passage in passages)


def test_last_two_passages_are_evened_out_when_the_last_is_short() -> None:
    assert [words(passage) for passage in cut(sentences(4, 5), 8, 16)] == [10, 10]  # rather than 15 and 5


def test_passage_stays_in_its_section_however_short() -> None:
    assert cut("# A\nUn.\n## B\nDeux.", 8, 16) == ["# A\nUn.", "## B\nDeux."]


def test_paragraph_is_kept_whole_where_the_limits_allow() -> None:
    first, second = sentences(2, 5), sentences(2, 5)
    assert cut(f"{first}\n\n{second}", 8, 16) == [first, second]  # 10 and 10 words, though 15 would fit


def test_sentence_that_is_too_long_is_cut_between_words() -> None:
    passages = cut(" ".join(["mot"] * 40) + ".", 4, 16)
    assert [words(passage) for passage in passages] == [16, 16, 8]


def test_word_that_is_too_long_is_cut_anywhere() -> None:
    passages = Chunker(4, 16, len).passages(document("x" * 40), "r")
    assert [len(passage.text) for passage in passages] == [16, 16, 8]


def test_passage_carries_what_filters_and_readers_need() -> None:
    text = "# Suites\nSimples.\n\nFin."
    whole = document(
        text, patient_id="P1", authored_at="2026-03", kind="cro", pages=(Page(1, 0, 17), Page(2, 19, 23))
    )
    (passage,) = Chunker(8, 16, words).passages(whole, "r")
    assert passage == Passage(
        passage_id=passage_id("d", "r", 0),
        doc_id="d",
        revision="r",
        ordinal=0,
        start=0,
        end=len(text),
        text=text,
        title="Note",
        kind="cro",
        language="fr",
        section=("Suites",),
        page=1,
        patient_id="P1",
        authored_at="2026-03",
    )


def test_page_of_a_passage_is_the_one_it_starts_on() -> None:
    text = "Page une.\n\nPage deux."
    first, second = Chunker(2, 2, words).passages(document(text, pages=(Page(1, 0, 9), Page(2, 11, 21))), "r")
    assert (first.page, second.page) == (1, 2)


def test_ids_are_those_of_the_version_and_place() -> None:
    assert passage_id("d", "r", 0) == passage_id("d", "r", 0)
    assert (
        len(
            {
                passage_id("d", "r", 0),
                passage_id("d", "r", 1),
                passage_id("d", "s", 0),
                passage_id("e", "r", 0),
            }
        )
        == 4
    )
    assert len(passage_id("d", "r", 0)) == 32
    assert (
        document_part(passage_id("d", "r", 0))
        == document_part(passage_id("d", "s", 1))
        != document_part(passage_id("e", "r", 0))
    )


def test_embedder_reads_title_and_section_before_the_text() -> None:
    passage = Chunker(8, 16, words).passages(document("# Note\n\n## Suites\nSimples."), "r")[0]
    assert passage_embedding_text(passage) == "Note – Suites\n# Note\n\n## Suites\nSimples."


def test_estimate_counts_long_words_digits_and_signs() -> None:
    # patient (7 letters) 2, opéré 1, le 1, 12 2, / 1, 03 2, . 1; 20 signs in a row count as a word of 20: 1 +
    # 14/3 → 6
    assert estimate_tokens("patient opéré le 12/03.") == 10
    assert estimate_tokens("-" * 20) == 6


CLINICAL = st.lists(
    st.sampled_from(
        [
            "Le patient va bien.",
            "# Titre",
            "## Sous-titre",
            "- élément",
            "CONCLUSION :",
            "RAS",
            "Dr. A. a vu le patient ; 1,5 mg",
            "\n",
            "\n\n",
            "| a | b |",
            "mot " * 30,
        ]
    )
    | st.text(max_size=30),
    max_size=25,
).map(lambda parts: canonical("\n".join(parts)))


@settings(max_examples=200, deadline=None)
@given(text=CLINICAL, least=st.integers(1, 12), most=st.integers(4, 20), markdown=st.booleans())
def test_every_character_but_white_space_is_in_exactly_one_passage(
    text: str, least: int, most: int, markdown: bool
) -> None:
    found = sections_of(text, markdown_headings(text) if markdown else plain_headings(text))
    passages = Chunker(least, most, estimate_tokens).passages(document(text, sections=found), "r")
    assert all(text[passage.start : passage.end] == passage.text for passage in passages)
    assert all(first.end <= second.start for first, second in pairwise(passages))
    assert "".join("".join(passage.text.split()) for passage in passages) == "".join(text.split())
    assert all(passage.text.strip() == passage.text != "" for passage in passages)
    assert all(estimate_tokens(passage.text) <= most or len(passage.text) == 1 for passage in passages)
    for passage in passages:
        inside = [section for section in found if section.start <= passage.start < section.end]
        assert passage.section == (inside[0].path if inside else ())
        assert all(passage.end <= section.end for section in inside)


@pytest.mark.slow
def test_a_thousand_documents_are_cut_in_seconds() -> None:
    import time

    text = ("# Titre\n\n" + sentences(40, 12) + "\n\n") * 5
    begun = time.process_time()
    for _ in range(1000):
        Chunker(120, 220).passages(document(text), "r")
    assert time.process_time() - begun < 20
