"""What every command starts from: the home, its settings, and the language of the user."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rag.messages import message, speak

if TYPE_CHECKING:
    from rich.console import Console

    from rag.settings import Settings

HomeOption = Annotated[
    Path | None,
    typer.Option("--home", help="Folder of index, database, sources and models [$TRABOULE_HOME]."),
]
ConfigOption = Annotated[
    Path | None, typer.Option("--config", help="Settings file instead of traboule.toml in the home.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print exactly one JSON document.")]


@dataclass(frozen=True, slots=True)
class Options:
    """The global options as given before the command."""

    home: Path | None
    config: Path | None


@dataclass(frozen=True, slots=True)
class Session:
    """One run of a command."""

    home: Path
    settings: Settings
    language: str

    def say(self, key: str, /, **variables: object) -> str:
        """Return a message in the user's language."""
        return message(key, self.language, **variables)


def start(context: typer.Context, home: Path | None, config: Path | None) -> Session:
    """Read the settings; options after the command win over those before it."""
    from rag.settings import home_folder, load_settings

    options: Options = context.obj
    folder = home_folder(home or options.home)
    settings = load_settings(folder, config or options.config)
    return Session(folder, settings, speak(settings.language))


def print_json(document: Mapping[str, object]) -> None:
    """Print one JSON document, and nothing else, on standard output."""
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")


def console(*, errors: bool = False) -> Console:
    """Return the terminal; ``errors`` for what must stay out of standard output (progress, notices)."""
    from rich.console import Console

    return Console(stderr=errors, highlight=False, soft_wrap=False)


def readable_size(count: float) -> str:
    """Return a count of bytes for people: ``1.1 GB``."""
    for unit in ("B", "kB", "MB"):
        if count < 1000:
            return f"{count:.0f} {unit}"
        count /= 1000
    return f"{count:.1f} GB"
