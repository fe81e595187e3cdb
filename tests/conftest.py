"""What every test may ask for. Real models come from ``$TRABOULE_MODELS__DIR`` or ``.cache/models`` and are
pulled on first use.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings

from rag.models.files.manifest import find_model
from rag.models.files.pull import pull
from rag.settings import load_settings, models_folder

hypothesis_settings.register_profile("untimed", deadline=None)
hypothesis_settings.load_profile("untimed")  # a test tells no time: the machine may be busy

_REPOSITORY = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def models_dir(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Return a function: ``models_dir("multilingual-e5-small")`` pulls what is missing of the models named
    and returns their folder.
    """
    settings = load_settings(tmp_path_factory.mktemp("home"))
    folder = models_folder(settings, _REPOSITORY / ".cache")

    def pulled(*names: str) -> Path:
        for name in names:
            pull(find_model(name), folder, settings.models)
        return folder

    return pulled


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """End with the tests that were skipped, by reason: each reason says how to have them run."""
    skipped: dict[str, list[str]] = {}
    for report in terminalreporter.stats.get("skipped", ()):
        reason = str(
            report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        ).removeprefix("Skipped: ")
        skipped.setdefault(reason, []).append(report.nodeid)
    if skipped:
        terminalreporter.section(f"{sum(map(len, skipped.values()))} skipped, and how to have them run")
    for reason, tests in sorted(skipped.items()):
        terminalreporter.write_line(f"- {reason}")
        for name, count in sorted(Counter(test.partition("[")[0] for test in tests).items()):
            terminalreporter.write_line(f"    {name}" + (f" ({count} times)" if count > 1 else ""))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--regenerate-golden", action="store_true", help="write the golden files of the parsers anew"
    )


@pytest.fixture
def regenerate(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--regenerate-golden"))
