"""What every ``PassageIndex`` promises, run on all of them: in memory, Qdrant Edge on disk, and the server's
code over a local client.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.core.errors import ConfigurationError, UsageError
from rag.core.protocols import DENSE, PassageIndex
from rag.core.types import Filters, Passage, SparseVector
from rag.index.edge import EdgeIndex
from rag.index.memory import MemoryIndex
from rag.index.server.index import ServerIndex
from rag.settings import IndexSettings
from tests.passage_ids import name_of, names_of, pid, pids

# The client without a server says that it keeps no payload index and always searches exactly.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Payload indexes have no effect:UserWarning"),
    pytest.mark.filterwarnings("ignore:Local mode performs exact:UserWarning"),
]

ANYTHING = Filters()


KINDS = ["memory", "edge", "server"]


def make(kind: str, folder: Path) -> PassageIndex:
    if kind == "memory":
        return MemoryIndex("fake", 2)
    if kind == "edge":
        return EdgeIndex(folder / "index", "fake", 2)
    from qdrant_client import QdrantClient

    return ServerIndex(QdrantClient(":memory:"), IndexSettings(), "fake", 2)


@pytest.fixture(params=KINDS)
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[PassageIndex]:
    opened = make(request.param, tmp_path)
    yield opened
    opened.close()


def passage(name: str, **changes: object) -> Passage:
    values: dict[str, object] = {
        "passage_id": pid(name), "doc_id": f"doc-{name}", "revision": "r1", "ordinal": 0, "start": 0,
        "end": 4, "text": "text",
        "title": "Title", "kind": "report", "language": "en", "patient_id": "A", "authored_at": "2026-03-12",
    }  # fmt: skip
    return Passage(**(values | changes))  # type: ignore[arg-type]


def terms(*numbers: int, weight: float = 1.0) -> SparseVector:
    return SparseVector(numbers, (weight,) * len(numbers))


def write(
    index: PassageIndex,
    *passages: Passage,
    dense: tuple[float, float] = (1.0, 0.0),
    sparse: SparseVector | None = None,
) -> None:
    index.upsert(passages, [dense] * len(passages), [sparse or terms(7)] * len(passages))


def found(index: PassageIndex, filters: Filters = ANYTHING) -> set[str]:
    """Return the ids found by the dense channel, after checking that count and the sparse channels agree."""
    rankings = index.search((1.0, 0.0), {"en": terms(7), "fr": terms(7)}, filters, 100)
    by_vector = set(names_of(rankings[DENSE]))
    assert {name for channel in ("en", "fr") for name in names_of(rankings[channel])} == by_vector
    assert index.count(filters) == len(by_vector)
    return by_vector


def test_empty_index_finds_nothing(index: PassageIndex) -> None:
    assert found(index) == set()
    assert index.get(pids("x")) == ()
    assert index.vectors(pids("x")) == {}
    assert index.cosines((1.0, 0.0), pids("x")) == {}
    assert index.cosines((1.0, 0.0), []) == {}
    assert index.passage_ids("doc") == frozenset()
    index.delete(pids("x"))
    index.upsert([], [], [])
    index.optimize()
    assert index.count() == 0


def test_passage_comes_back_whole(index: PassageIndex) -> None:
    full = passage(
        "p",
        section=("Plan", "Drugs"),
        page=3,
        derived=True,
        text="été\n",
    )
    write(index, full)
    assert index.get(pids("p")) == (full,)


def test_get_keeps_the_order_asked_for_and_leaves_out_unknown_ids(index: PassageIndex) -> None:
    write(index, passage("a"), passage("b"), passage("c"))
    assert [one.passage_id for one in index.get(pids("c", "x", "a"))] == pids("c", "a")


def test_writing_again_replaces(index: PassageIndex) -> None:
    write(index, passage("a"), sparse=terms(7))
    write(index, passage("a", text="new", patient_id=None), sparse=terms(8))
    assert index.count() == 1
    assert index.get(pids("a"))[0].text == "new"
    rankings = index.search(None, {"en": terms(7)}, ANYTHING, 5)
    assert rankings["en"] == ()
    assert index.count(Filters(patient_ids=frozenset({"A"}), literature=False)) == 0


def test_last_of_a_repeated_id_counts(index: PassageIndex) -> None:
    write(index, passage("a", text="one"), passage("a", text="two"))
    assert [one.text for one in index.get(pids("a"))] == ["two"]


def test_passage_whose_language_changes_leaves_its_channel(index: PassageIndex) -> None:
    write(index, passage("a", language="en"))
    write(index, passage("a", language="fr"))
    rankings = index.search(None, {"en": terms(7), "fr": terms(7)}, ANYTHING, 5)
    assert (len(rankings["en"]), len(rankings["fr"])) == (0, 1)


def test_deleted_passages_are_gone_from_everywhere(index: PassageIndex) -> None:
    write(index, passage("a", doc_id="d"), passage("b", doc_id="d"), passage("c"))
    index.delete(pids("a", "never written"))
    assert found(index) == {"b", "c"}
    assert index.get(pids("a")) == ()
    assert index.vectors(pids("a", "b")).keys() == {pid("b")}
    assert index.passage_ids("d") == {pid("b")}
    index.optimize()
    assert found(index) == {"b", "c"}
    index.delete(iter(pids("b", "c")))
    index.optimize()
    assert index.count() == 0


def test_passage_ids_of_a_document_are_of_every_revision(index: PassageIndex) -> None:
    many = [passage(f"d:{number:04d}", doc_id="d", revision=f"r{number % 2}") for number in range(600)]
    write(index, *many, passage("other"))
    assert index.passage_ids("d") == {one.passage_id for one in many}


def test_dense_scores_are_cosines(index: PassageIndex) -> None:
    index.upsert(
        [passage("same"), passage("slant"), passage("away")],
        [(2.0, 0.0), (3.0, 4.0), (-1.0, 0.0)],
        [terms(1)] * 3,
    )
    hits = index.search((10.0, 0.0), {}, ANYTHING, 5)[DENSE]
    assert [(name_of(hit.passage_id), round(hit.score, 5)) for hit in hits] == [
        ("same", 1.0),
        ("slant", 0.6),
        ("away", -1.0),
    ]  # 3 / 5
    assert index.vectors(pids("slant"))[pid("slant")] == pytest.approx((0.6, 0.8))
    cosines = index.cosines((0.0, 5.0), pids("slant", "x", "away"))
    assert cosines == pytest.approx({pid("slant"): 0.8, pid("away"): 0.0}, abs=1e-6)


def test_cosines_of_more_passages_than_a_page(index: PassageIndex) -> None:
    many = [passage(f"p{number:04d}") for number in range(600)]
    write(index, *many, dense=(3.0, 4.0))
    assert index.cosines((1.0, 0.0), [one.passage_id for one in many]) == pytest.approx(
        {one.passage_id: 0.6 for one in many}
    )


def test_sparse_scores_are_weights_times_idf(index: PassageIndex) -> None:
    index.upsert(
        [passage("both"), passage("one"), passage("none")],
        [(1.0, 0.0)] * 3,
        [terms(1, 2, weight=0.5), terms(1), terms(3)],
    )
    hits = index.search(None, {"en": terms(1, 2)}, ANYTHING, 5)["en"]
    # N = 3; term 1 is in 2 of them, term 2 in 1: ln(1 + (3 - n + 0.5) / (n + 0.5))
    common, rare = math.log(1 + 1.5 / 2.5), math.log(1 + 2.5 / 1.5)
    assert names_of(hits) == ["both", "one"]
    assert [hit.score for hit in hits] == pytest.approx([0.5 * common + 0.5 * rare, common], rel=1e-5)


def test_idf_is_counted_per_language(index: PassageIndex) -> None:
    write(index, *(passage(f"e{number}", language="en") for number in range(9)))
    write(index, passage("f", language="fr"))
    scores = {
        channel: hits[0].score
        for channel, hits in index.search(None, {"en": terms(7), "fr": terms(7)}, ANYTHING, 5).items()
    }
    assert scores["en"] == pytest.approx(math.log(1 + 0.5 / 9.5), rel=1e-5)
    assert scores["fr"] == pytest.approx(math.log(1 + 0.5 / 1.5), rel=1e-5)


def test_idf_does_not_depend_on_the_filters(index: PassageIndex) -> None:
    write(index, passage("a", patient_id="A"), passage("b", patient_id="B"))
    alone = index.search(None, {"en": terms(7)}, Filters.for_patient("A", literature=False), 5)["en"]
    assert [hit.score for hit in alone] == pytest.approx([math.log(1 + 0.5 / 2.5)], rel=1e-5)


def test_idf_is_exact_again_after_deleting_and_optimizing(index: PassageIndex) -> None:
    write(index, *(passage(f"p{number}") for number in range(4)))
    index.delete(pids("p0", "p1"))
    index.optimize()
    assert index.search(None, {"en": terms(7)}, ANYTHING, 5)["en"][0].score == pytest.approx(
        math.log(1 + 0.5 / 2.5), rel=1e-5
    )


def test_only_the_channels_asked_for_are_ranked(index: PassageIndex) -> None:
    write(index, passage("a"))
    assert index.search((1.0, 0.0), {}, ANYTHING, 5).keys() == {DENSE}
    assert index.search(None, {"fr": terms(7)}, ANYTHING, 5) == {"fr": ()}
    assert index.search(None, {}, ANYTHING, 5) == {}
    nothing = Filters(doc_ids=frozenset())
    assert index.search((1.0, 0.0), {"fr": terms(7)}, nothing, 5) == {DENSE: (), "fr": ()}


def test_query_or_passage_without_terms_has_no_lexical_hit(index: PassageIndex) -> None:
    write(index, passage("a"), sparse=SparseVector((), ()))
    write(index, passage("b"), sparse=terms(7))
    assert index.search(None, {"en": SparseVector((), ())}, ANYTHING, 5) == {"en": ()}
    hits = index.search(None, {"en": terms(7)}, ANYTHING, 5)["en"]
    assert names_of(hits) == ["b"]
    assert hits[0].score == pytest.approx(
        math.log(1 + 0.5 / 1.5), rel=1e-5
    )  # "a" is no part of the lexical channel


def test_language_without_a_channel_is_found_by_word(index: PassageIndex) -> None:
    write(index, passage("a", language="de"), passage("b", language="fr-FR"))
    rankings = index.search(None, {"en": terms(7), "fr": terms(7)}, ANYTHING, 5)
    assert [names_of(rankings[channel]) for channel in ("en", "fr")] == [["a"], ["b"]]


def test_ties_are_broken_by_passage_id_also_where_depth_cuts(index: PassageIndex) -> None:
    names = [f"p{number:03d}" for number in range(60)]
    write(index, *(passage(name) for name in sorted(names, key=lambda name: name[::-1])))
    for depth in (1, 5, 59, 60, 100):
        rankings = index.search((1.0, 0.0), {"en": terms(7)}, ANYTHING, depth)
        for channel in (DENSE, "en"):
            assert names_of(rankings[channel]) == names[:depth]


def test_passages_of_a_channel(index: PassageIndex) -> None:
    write(index, passage("en"), passage("fr", language="fr-FR"), passage("de", language="de"))
    write(index, passage("mute", language="fr"), sparse=SparseVector((), ()))
    asked = pids("en", "fr", "de", "mute", "x")
    assert index.of_channel("fr", asked) == {pid("fr")}
    assert index.of_channel("en", asked) == {pid("en"), pid("de")}
    assert index.of_channel("en", pids("en")) == {pid("en")}
    assert index.of_channel("en", []) == frozenset()


def test_depth_limits_each_channel(index: PassageIndex) -> None:
    vectors = [(math.cos(number / 10), math.sin(number / 10)) for number in range(12)]
    index.upsert(
        [passage(f"p{number:02d}") for number in range(12)],
        vectors,
        [terms(7, weight=number + 1.0) for number in range(12)],
    )
    rankings = index.search((1.0, 0.0), {"en": terms(7)}, ANYTHING, 3)
    assert names_of(rankings[DENSE]) == ["p00", "p01", "p02"]
    assert names_of(rankings["en"]) == ["p11", "p10", "p09"]


def test_two_patients_with_the_same_text_stay_apart(index: PassageIndex) -> None:
    write(index, passage("a", patient_id="A"), passage("b", patient_id="B"))
    assert found(index, Filters.for_patient("A", literature=True)) == {"a"}
    assert found(index, Filters.for_patient("B", literature=False)) == {"b"}
    assert found(index, Filters.for_patient("C", literature=False)) == set()


@pytest.fixture(scope="module", params=KINDS)
def of_two_patients(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[PassageIndex]:
    opened = make(request.param, tmp_path_factory.mktemp("patients"))
    other = passage("b", patient_id="B", kind="note", language="fr")
    write(opened, passage("a"), other, passage("lit", patient_id=None, kind="guideline"))
    yield opened
    opened.close()


@pytest.fixture(scope="module", params=KINDS)
def of_many_dates(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[PassageIndex]:
    opened = make(request.param, tmp_path_factory.mktemp("dates"))
    dates = {
        "year": "2026",
        "month": "2026-03",
        "day": "2026-03-12",
        "instant": "2026-03-12T10:00:00Z",
        "unknown": None,
    }
    write(opened, *(passage(name, authored_at=date) for name, date in dates.items()))
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(), {"a", "b", "lit"}),
        (Filters(literature=False), {"a", "b"}),
        (Filters(patient_ids=frozenset({"A"})), {"a", "lit"}),
        (Filters(patient_ids=frozenset({"A", "B"}), literature=False), {"a", "b"}),
        (Filters(patient_ids=frozenset()), {"lit"}),
        (Filters(patient_ids=frozenset(), literature=False), set()),
        (Filters(kinds=frozenset({"note"})), {"b"}),
        (Filters(kinds=frozenset({"note", "guideline"})), {"b", "lit"}),
        (Filters(kinds=frozenset()), set()),
        (Filters(languages=frozenset({"fr"})), {"b"}),
        (Filters(languages=frozenset()), set()),
        (Filters(doc_ids=frozenset({"doc-a", "doc-lit", "unknown"})), {"a", "lit"}),
        (Filters(doc_ids=frozenset()), set()),
        (Filters(patient_ids=frozenset({"A"}), kinds=frozenset({"note"})), set()),
        (
            Filters(
                patient_ids=frozenset({"B"}),
                kinds=frozenset({"note"}),
                languages=frozenset({"fr"}),
                date_from="2025",
            ),
            {"b"},
        ),
    ],
)
def test_filters(of_two_patients: PassageIndex, filters: Filters, expected: set[str]) -> None:
    assert found(of_two_patients, filters) == expected


@pytest.mark.parametrize(
    ("date_from", "date_to", "expected"),
    [
        ("2026-03-12", "2026-03-12", {"year", "month", "day", "instant"}),
        ("2026-03-13", None, {"year", "month"}),
        ("2026-04", None, {"year"}),
        (None, "2026-02", {"year"}),
        ("2027", None, set()),
        (None, "2025-12-31", set()),
        ("2026-03-12T10:00:01Z", "2026-03", {"year", "month", "day"}),
        ("2026-03-12T10:00:00+00:00", "2026-03-12T10:00:00Z", {"year", "month", "day", "instant"}),
        (None, None, {"year", "month", "day", "instant", "unknown"}),
    ],
)
def test_dates_of_any_precision_pass_where_they_may_lie_in_the_period(
    of_many_dates: PassageIndex, date_from: str | None, date_to: str | None, expected: set[str]
) -> None:
    assert found(of_many_dates, Filters(date_from=date_from, date_to=date_to)) == expected


def test_unreadable_date_in_a_filter_is_a_usage_error(index: PassageIndex) -> None:
    with pytest.raises(UsageError) as raised:
        index.count(Filters(date_from="yesterday"))
    assert raised.value.key == "bad_date"
    with pytest.raises(UsageError):
        index.search((1.0, 0.0), {}, Filters(date_to="2026-13"), 5)


def test_odd_identifiers_are_matched_exactly(index: PassageIndex) -> None:
    odd = ['P "1"', "p1", "P1 ", "été/Æ*", "", "null"]
    write(index, *(passage(f"p{number}", patient_id=name) for number, name in enumerate(odd)))
    for number, name in enumerate(odd):
        assert found(index, Filters.for_patient(name, literature=False)) == {f"p{number}"}


def test_vector_of_another_length_is_refused_and_nothing_is_written(index: PassageIndex) -> None:
    with pytest.raises(ConfigurationError) as raised:
        index.upsert([passage("a"), passage("b")], [(1.0, 0.0), (1.0, 0.0, 0.0)], [terms(1)] * 2)
    assert raised.value.key == "index_dimensions_mismatch"
    assert index.count() == 0
    with pytest.raises(ConfigurationError):
        index.search((1.0,), {}, ANYTHING, 5)


def test_passage_with_an_unreadable_date_is_refused_and_nothing_is_written(index: PassageIndex) -> None:
    with pytest.raises(ValueError, match="isoformat"):
        write(index, passage("a"), passage("b", authored_at="spring"))
    assert index.count() == 0


def test_sequences_of_different_length_are_refused(index: PassageIndex) -> None:
    with pytest.raises(ValueError, match="zip"):
        index.upsert([passage("a")], [], [terms(1)])
    assert index.count() == 0


def test_version_names_layout_and_embedder(index: PassageIndex) -> None:
    engine, layout, embedder = index.version.split("/")
    assert (layout, embedder) == ("2.1", "fake")
    assert engine in ("memory", "qdrant-edge", "qdrant")


def test_closing_twice_is_harmless(index: PassageIndex) -> None:
    index.close()
    index.close()
