"""A resource changes only while nobody uses it, and a change is not kept waiting by newcomers."""

from __future__ import annotations

import threading
import time

import pytest

from rag.core.errors import Unavailable
from rag.index.gate import Gate


def test_change_waits_for_users_and_newcomers_wait_for_the_change() -> None:
    gate = Gate("old")
    order: list[str] = []
    inside, leave = threading.Event(), threading.Event()

    def use(name: str) -> None:
        with gate.entered() as resource:
            order.append(f"{name} {resource}")
            inside.set()
            leave.wait(10)

    def change() -> None:
        with gate.replaced("new") as former:
            order.append(f"closing {former}")

    first = threading.Thread(target=use, args=("first",))
    first.start()
    assert inside.wait(10)
    changing = threading.Thread(target=change)
    changing.start()
    while not gate._is_changing:
        time.sleep(0.001)
    late = threading.Thread(target=use, args=("late",))
    late.start()
    time.sleep(0.05)
    assert order == ["first old"]
    leave.set()
    for thread in (first, changing, late):
        thread.join(10)
    assert order == ["first old", "closing old", "late new"]


def test_closed_gate_lets_nobody_in() -> None:
    gate = Gate("old")
    with gate.replaced(None) as former:
        assert former == "old"
    with gate.replaced(None) as former:
        assert former is None
    with pytest.raises(Unavailable) as raised, gate.entered():
        pass
    assert raised.value.key == "index_closed"


def test_failure_inside_leaves_the_gate_usable() -> None:
    gate = Gate("old")
    with pytest.raises(OSError, match="disk"), gate.replaced("new"):
        raise OSError("disk")
    with pytest.raises(KeyError), gate.entered():
        raise KeyError("x")
    with gate.entered() as resource:
        assert resource == "new"
