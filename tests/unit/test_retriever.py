"""Search from query to ranked passages, over the reference index and the hashing embedder."""

from __future__ import annotations

import pytest

from rag.core.errors import UsageError
from rag.core.types import Filters, Passage, Query
from rag.index.lexical import encode_passage, lexical_text
from rag.index.memory import MemoryIndex
from rag.retrieve.retriever import Mode, Retriever
from rag.settings import SearchSettings
from rag.testing import HashEmbedding

EMBEDDER = HashEmbedding(dimensions=64)


def passage(
    name: str, text: str, language: str = "fr", patient_id: str | None = "A", authored_at: str | None = None
) -> Passage:
    return Passage(
        name,
        name,
        "r",
        0,
        0,
        len(text),
        text,
        "",
        "note",
        language,
        patient_id=patient_id,
        authored_at=authored_at,
    )


NOTES = (
    passage("fever", "Fièvre à 39 °C ce matin, frissons."),
    passage("pain", "Douleur du genou droit à la marche."),
    passage("drug", "Enoxaparine 0,4 mL par jour pendant 35 jours."),
    passage("other", "Fièvre et toux.", patient_id="B"),
    passage("review", "Fever after hip replacement: enoxaparin and early mobilisation.", "en", None),
)


def retriever(*passages: Passage, **settings: object) -> Retriever:
    index = MemoryIndex("hash", 64)
    dense = [tuple(EMBEDDER.get_text_embedding(lexical_text(one))) for one in passages]
    index.upsert(passages, dense, [encode_passage(one) for one in passages])
    return Retriever(index, EMBEDDER, SearchSettings.model_validate(settings))


def names(
    found: Retriever, text: str, mode: Mode = "hybrid", k: int | None = None, filters: Filters = Filters()
) -> list[str]:
    result = found.search(Query(text, "fr", filters), k, mode)
    assert [hit.rank for hit in result.hits] == list(range(1, len(result.hits) + 1))
    return [hit.passage.passage_id for hit in result.hits]


@pytest.mark.parametrize("mode", ["hybrid", "dense", "sparse"])
def test_best_passage_comes_first(mode: Mode) -> None:
    assert names(retriever(*NOTES), "dose d'énoxaparine par jour", mode)[0] == "drug"


def test_stages_and_scores_are_told() -> None:
    found = retriever(*NOTES)
    hybrid = found.search(Query("fièvre", "fr")).hits[0]
    assert hybrid.stage == "hybrid"
    assert hybrid.score == hybrid.stage_scores["hybrid"]
    assert set(hybrid.stage_scores) == {"dense", "lexical", "hybrid"}
    dense = found.search(Query("fièvre", "fr"), mode="dense").hits[0]
    assert (dense.stage, set(dense.stage_scores), dense.score) == (
        "dense",
        {"dense"},
        dense.stage_scores["dense"],
    )
    sparse = found.search(Query("fièvre", "fr"), mode="sparse").hits
    assert [(hit.stage, set(hit.stage_scores)) for hit in sparse] == [
        ("lexical", {"lexical"})
    ] * 3  # the English one says "fever"


def test_cosine_is_told_of_what_only_words_found() -> None:
    query = tuple(EMBEDDER.get_query_embedding("genou"))
    opposite = tuple(-value for value in query)
    index = MemoryIndex("hash", 64)
    notes = (passage("near", "Rien de tel."), passage("words", "Genou."))
    index.upsert(notes, [query, opposite], [encode_passage(one) for one in notes])
    found = (
        Retriever(index, EMBEDDER, SearchSettings(depth=1, k=1, dense_weight=0.0))
        .search(Query("genou", "fr"))
        .hits
    )
    assert [hit.passage.passage_id for hit in found] == ["words"]
    assert found[0].stage_scores["dense"] == pytest.approx(-1.0)


def test_every_stage_is_timed() -> None:
    timings = retriever(*NOTES).search(Query("fièvre", "fr")).timings_ms
    assert list(timings) == ["embed", "index", "fuse", "total"]
    assert timings["total"] == pytest.approx(timings["embed"] + timings["index"] + timings["fuse"], abs=0.05)


def test_filters_hold_in_every_mode() -> None:
    found = retriever(*NOTES)
    for mode in ("hybrid", "dense", "sparse"):
        assert "other" not in names(found, "fièvre", mode, filters=Filters.for_patient("A", literature=True))
        assert names(found, "fièvre", mode, filters=Filters.for_patient("C", literature=False)) == []


def test_k_limits_and_may_exceed_depth() -> None:
    found = retriever(*NOTES, k=2, depth=1)
    assert len(names(found, "fièvre")) == 2
    assert len(names(found, "fièvre", k=5)) == 5
    assert len(names(found, "fièvre", k=1)) == 1


def test_stop_words_alone_are_searched_by_vector() -> None:
    found = retriever(*NOTES)
    assert len(names(found, "est-ce que c'est ?")) == 5
    assert names(found, "est-ce que c'est ?", "sparse") == []


def test_copied_note_is_shown_once_the_most_recent() -> None:
    text = "Apyrétique, pansement propre, transit repris, lever au fauteuil."
    copies = [passage(f"n{number}", text, authored_at=f"2026-03-0{number}") for number in (2, 4, 3)]
    assert names(retriever(*copies, *NOTES), "pansement propre")[0] == "n4"
    assert not {"n2", "n3"} & set(names(retriever(*copies, *NOTES), "pansement propre", k=8))


def test_empty_index_finds_nothing() -> None:
    assert names(retriever(), "fièvre") == []


@pytest.mark.parametrize(
    ("text", "key"), [("", "question_empty"), (" \n", "question_empty"), ("a" * 10_001, "question_too_long")]
)
def test_unusable_query_is_refused(text: str, key: str) -> None:
    with pytest.raises(UsageError) as raised:
        retriever(*NOTES).search(Query(text, "fr"))
    assert raised.value.key == key


def test_longest_query_is_searched() -> None:
    assert names(retriever(*NOTES), "fièvre " * 1428)[0] in {"fever", "other"}


def test_same_query_gives_the_same_result() -> None:
    found = retriever(*NOTES)
    assert names(found, "fièvre genou") == names(found, "fièvre genou")


def test_passage_of_another_language_is_raised_only_where_the_language_of_the_query_is_known() -> None:
    texts = passage("fr", "genou"), passage("en", "genou gauche", language="en"), passage("far", "toux")
    found = retriever(*texts, language_gap=0.5, dense_weight=1.0)
    assert names(found, "genou")[0] == "en"
    assert found.search(Query("genou", "fr", is_told=False)).hits[0].passage.passage_id == "fr"


def test_language_gap_holds_for_a_passage_that_no_word_found() -> None:
    found = retriever(
        passage("a", "lobe"), passage("z", "quartz", language="en"), language_gap=1.0, dense_weight=1.0
    )
    hits = found.search(Query("genou", "fr")).hits
    assert [hit.passage.passage_id for hit in hits] == ["z", "a"]
    assert all("lexical" not in hit.stage_scores for hit in hits)
    assert [hit.passage.passage_id for hit in found.search(Query("genou", "fr", is_told=False)).hits] == [
        "a",
        "z",
    ]
