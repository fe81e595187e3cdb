"""What the place of a file says: ``patients/<PATIENT_ID>/<YYYY-MM-DD>_<kind>…`` and the sidecar
``<file>.meta.yaml``.
"""

from __future__ import annotations

import re
from pathlib import Path

from rag.ingest.parsing.decode import decode
from rag.ingest.sources.metadata import Declared, declared
from rag.ingest.sources.yaml_text import read_mapping

SIDECAR_SUFFIX = ".meta.yaml"
_NAME = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[_-]([^\W\d_](?:[^\W_]|_(?=[^\W\d_]))*))?")


def sidecar_of(path: Path) -> Path:
    """Return where the sidecar of a file lies, or would lie."""
    return path.with_name(path.name + SIDECAR_SUFFIX)


def read_sidecar(path: Path, data: bytes) -> Declared:
    """Return what a sidecar declares.

    Raises:
        ParseError: it cannot be read; its document is then not indexed, for it may be of a patient.
    """
    text, _ = decode(data, str(path))
    return declared(read_mapping(text, str(path)), path.name, str(path))


def folder_declares(path: Path) -> Declared | None:
    """Return what the folders and the name of a file declare, None outside ``patients/<PATIENT_ID>/``.

    Raises:
        ParseError: the date in the name is no day of the calendar.
    """
    patient = patient_folder(path)
    if patient is None:
        return None
    values: dict[str, object] = {"patient_id": patient}
    if found := _NAME.match(path.name.split(".")[0]):
        values["date"] = found[1]
        values["kind"] = found[2]
    return declared(values, f"patients/{patient}/", str(path))


def patient_folder(path: Path) -> str | None:
    """Return the patient that the folders of a file name: the folder right under the last one called
    ``patients``.
    """
    folders = path.parent.parts
    above = max((place for place, name in enumerate(folders) if name.lower() == "patients"), default=None)
    return folders[above + 1] if above is not None and above + 1 < len(folders) else None
