"""A passage survives the payload unchanged, whatever it holds."""

import uuid
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.core.errors import StorageError
from rag.core.types import Passage
from rag.index.payload import from_payload, passage_id_of, point_id, to_payload

FULL = Passage(
    "0" * 32, "d1", "r1", 3, 10, 24, "pas de fièvre\n", "Compte rendu", "report", "fr", ("Suites", "J1"), 2,
    "P1", "2026-03", True,
)  # fmt: skip


def test_full_passage_comes_back_equal() -> None:
    assert from_payload(to_payload(FULL)) == FULL


@given(
    text=st.text(),
    section=st.lists(st.text()).map(tuple),
    patient=st.none() | st.text(),
    page=st.none() | st.integers(1, 10**6),
)
def test_any_passage_comes_back_equal(
    text: str, section: tuple[str, ...], patient: str | None, page: int | None
) -> None:
    passage = replace(FULL, text=text, section=section, patient_id=patient, page=page, authored_at=None)
    assert from_payload(to_payload(passage)) == passage


def test_partial_date_is_stored_as_the_seconds_it_spans() -> None:
    payload = to_payload(replace(FULL, authored_at="1970"))
    assert (payload["authored_first"], payload["authored_last"]) == (0.0, 365 * 86400.0 - 1)
    assert "authored_first" not in to_payload(replace(FULL, authored_at=None))


@given(number=st.integers(0, 2**128 - 1))
def test_point_of_a_passage_has_its_id(number: int) -> None:
    name = f"{number:032x}"
    assert point_id(name) == str(uuid.UUID(name))
    assert passage_id_of(uuid.UUID(name)) == passage_id_of(point_id(name)) == name


@pytest.mark.parametrize(
    "name", ["", "a", "A" * 32, "g" * 32, "0" * 31, "0" * 33, str(uuid.UUID(int=1)), "0" * 32 + "\n"]
)
def test_id_of_another_form_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="not the id of a passage"):
        point_id(name)


def test_literature_is_flagged() -> None:
    assert to_payload(replace(FULL, patient_id=None))["scope"] == "literature"
    assert to_payload(FULL)["scope"] == "patient"


def test_unreadable_date_is_refused() -> None:
    with pytest.raises(ValueError, match="isoformat"):
        to_payload(replace(FULL, authored_at="last spring"))


@pytest.mark.parametrize("payload", [None, {}, {"passage_id": "x"}])
def test_damaged_payload_is_told(payload: dict[str, object] | None) -> None:
    with pytest.raises(StorageError) as raised:
        from_payload(payload)
    assert raised.value.key == "index_payload_damaged"
