"""How many cores the models may use: physical ones, within the affinity mask and the container's quota."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from rag.models import cores
from rag.models.cores import usable_cores


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Pretend eight logical processors on four cores, as a kernel describes them, without a quota."""
    for number in range(8):
        topology = tmp_path / f"cpu{number}" / "topology"
        topology.mkdir(parents=True)
        (topology / "thread_siblings_list").write_text(f"{number % 4},{number % 4 + 4}\n")
    monkeypatch.setattr(cores, "_TOPOLOGY", tmp_path)
    monkeypatch.setattr(cores, "_QUOTA", tmp_path / "cpu.max")
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    return tmp_path


def test_threads_of_one_core_count_once(machine: Path) -> None:
    assert usable_cores() == 4


def test_affinity_mask_is_respected(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 4, 1})  # two threads of core 0, one of core 1
    assert usable_cores() == 2


@pytest.mark.parametrize(
    ("quota", "expected"), [("300000 100000", 3), ("50000 100000", 1), ("max 100000", 4)]
)
def test_quota_of_a_container_is_respected(machine: Path, quota: str, expected: int) -> None:
    (machine / "cpu.max").write_text(quota)
    assert usable_cores() == expected


def test_this_machine_has_at_least_one_core() -> None:
    assert 1 <= usable_cores() <= (os.cpu_count() or 1)
