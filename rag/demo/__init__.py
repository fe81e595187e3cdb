"""The bundled corpus: fictitious patients and evidence summaries, French and English, and questions about
them.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path


def corpus_folder() -> Path:
    """Return the folder of the documents."""
    return Path(str(files(__package__) / "corpus"))


def questions_folder() -> Path:
    """Return the folder of the questions, JSON Lines as ``traboule eval answers`` reads them."""
    return Path(str(files(__package__) / "questions"))
