"""The bundled corpus: fictitious patients and evidence summaries, French and English, questions about them,
and fictitious pictures with their reports (drawn by ``tools/phantoms``).
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path


def corpus_folder() -> Path:
    """Return the folder of the documents."""
    return Path(str(files(__package__) / "corpus"))


def pictures_folder() -> Path:
    """Return the folder of the pictures and their reports."""
    return Path(str(files(__package__) / "pictures"))


def picture_files() -> list[Path]:
    """Return the files of the pictures and reports, sidecars aside; those that ask for an extra that is not
    installed are left out.
    """
    has_dicom = find_spec("pydicom") is not None
    found = (path for path in sorted(pictures_folder().rglob("*")) if path.is_file())
    return [
        path
        for path in found
        if not path.name.endswith(".meta.yaml") and (has_dicom or path.suffix != ".dcm")
    ]


@cache
def bundled_patients() -> frozenset[str]:
    """Return the ids of the fictitious patients of the bundled corpora."""
    here = Path(str(files(__package__)))
    folders = (here / "corpus" / "patients", here / "dossier" / "corpus", here / "pictures" / "patients")
    return frozenset(path.name for folder in folders for path in folder.iterdir() if path.is_dir())


def questions_folder() -> Path:
    """Return the folder of the questions, JSON Lines as ``traboule eval answers`` reads them."""
    return Path(str(files(__package__) / "questions"))
