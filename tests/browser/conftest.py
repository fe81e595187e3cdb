"""A real headless Chromium on a real server. Debian: ``apt-get install chromium``; tests skip where it is
absent.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.served import served_page
from tests.server.serving import Served

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")

NewPage = Callable[..., "Page"]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for a file: while it is open its event loop runs, and a test elsewhere that runs a loop of
    its own would fail.
    """
    sync_api = pytest.importorskip(
        "playwright.sync_api", reason="the package playwright is not installed: pip install 'traboule[dev]'"
    )
    program = next(filter(None, map(shutil.which, _NAMES)), None)
    if program is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory, models_dir: Callable[..., Path]) -> Iterator[Served]:
    """One server for all, as a demonstration."""
    with served_page(tmp_path_factory.mktemp("page"), models_dir("multilingual-e5-small")) as found:
        yield found


@pytest.fixture
def new_page(chromium: Browser, served: Served) -> Iterator[NewPage]:
    """Return a function that opens the page in a window of its own. Whatever the browser complains of fails
    the test.
    """
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def opened(language: str = "fr", width: int = 1280, height: int = 860, **options: object) -> Page:
        context = chromium.new_context(
            base_url=served.url,
            locale={"fr": "fr-FR", "en": "en-GB"}[language],
            viewport={"width": width, "height": height},
            **options,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
        page.on(
            "console",
            lambda said: complaints.append(f"console: {said.text}") if _is_complaint(said) else None,
        )
        page.on(
            "response",
            lambda response: (
                complaints.append(f"{response.status} {response.url}") if response.status >= 500 else None
            ),
        )
        page.goto("/")
        page.locator("body[data-ready]").wait_for()
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not complaints


def _is_complaint(said: ConsoleMessage) -> bool:
    """Tell whether the browser found fault with the page; that a request was refused is what some tests
    want.
    """
    return said.type in ("error", "warning") and not said.text.startswith("Failed to load resource")


@pytest.fixture
def page(new_page: NewPage) -> Page:
    """The page in French on a wide screen."""
    return new_page()
