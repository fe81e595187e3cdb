"""The bundled corpus: fictitious patients and evidence summaries, French and English, and questions about
them.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path


def corpus_folder() -> Path:
    """Return the folder of the documents."""
    return Path(str(files(__package__) / "corpus"))


@cache
def bundled_patients() -> frozenset[str]:
    """Return the ids of the fictitious patients of the bundled corpora."""
    here = Path(str(files(__package__)))
    folders = (here / "corpus" / "patients", here / "dossier" / "corpus")
    return frozenset(path.name for folder in folders for path in folder.iterdir() if path.is_dir())


def questions_folder() -> Path:
    """Return the folder of the questions, JSON Lines as ``traboule eval answers`` reads them."""
    return Path(str(files(__package__) / "questions"))
