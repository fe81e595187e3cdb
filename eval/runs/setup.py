"""What a measurement is run with."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from eval.runs.progress import Progress, Silence

if TYPE_CHECKING:
    from rag.settings import Settings


@dataclass(frozen=True, slots=True)
class Setup:
    """The user's settings and home, the language (``fr`` or ``en``) of what is written for people, and who
    follows the run.
    """

    settings: Settings
    home: Path
    language: str = "en"
    progress: Progress = field(default_factory=Silence)
