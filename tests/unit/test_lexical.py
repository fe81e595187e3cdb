"""BM25 weights: the formula by hand, the channels, and ids that never change."""

from dataclasses import replace

import pytest

from rag.core.types import Passage
from rag.index.lexical import AVERAGE_TERMS, channel_of, encode_passage, encode_query, lexical_text, term_id

PASSAGE = Passage("p1", "d1", "r1", 0, 0, 13, "fever fever no", "", "note", "en")


def test_weights_follow_bm25() -> None:
    vector = encode_passage(PASSAGE)
    weights = dict(zip(vector.indices, vector.values, strict=True))
    # 3 terms: k1 * (1 - b + b * 3 / average); "fever" twice, "no" once
    damping = 1.2 * (0.25 + 0.75 * 3 / AVERAGE_TERMS)
    assert weights[term_id("fever")] == pytest.approx(2 * 2.2 / (2 + damping))
    assert weights[term_id("no")] == pytest.approx(2.2 / (1 + damping))
    assert list(vector.indices) == sorted(vector.indices)


def test_title_and_section_are_found_too() -> None:
    titled = replace(PASSAGE, title="Discharge letter", section=("Discharge letter", "Plan", "Drugs"))
    assert lexical_text(titled) == "Discharge letter\nPlan\nDrugs\nfever fever no"
    assert {term_id("letter"), term_id("plan"), term_id("drug")} <= set(encode_passage(titled).indices)


def test_query_has_each_term_once_in_each_channel() -> None:
    encoded = encode_query("fièvre fièvre aiguë")
    assert encoded["fr"].values == (1.0, 1.0)
    assert set(encoded["fr"].indices) == {term_id("fievr"), term_id("aigu")}
    assert set(encoded) == {"fr", "en"}


def test_stop_words_of_one_language_may_count_in_the_other() -> None:
    assert set(encode_query("dans")) == {"en"}
    assert encode_query("?") == {}


def test_language_tags_have_a_channel() -> None:
    assert [channel_of(tag) for tag in ("fr", "fr-FR", "FR", "en", "en-GB", "", "de")] == [
        "fr",
        "fr",
        "fr",
        "en",
        "en",
        "en",
        "en",
    ]


def test_term_ids_never_change() -> None:
    assert term_id("123456789") == 0xCBF43926  # the check value that the definition of CRC-32 gives


def test_a_title_that_the_text_opens_with_is_read_once() -> None:
    opening = replace(PASSAGE, title="fever…", section=())
    assert lexical_text(opening) == PASSAGE.text
    assert lexical_text(replace(opening, title="Fever in adults…")) == f"Fever in adults…\n{PASSAGE.text}"
