"""Served homes that the tests share."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.server.serving import Served, served


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The tiny corpus, served as a demonstration, quoting."""
    with served(tmp_path_factory.mktemp("demo")) as found:
        yield found


@pytest.fixture
def client(demo: Served) -> Iterator[httpx.Client]:
    with demo.client() as found:
        yield found
