"""What lies in the models folder: ``<folder>/<model>/<file>``, each with a small proof that its bytes were
checked.

Invariant: a file counts as present only when its bytes had the manifest's digest; the proof
(``<file>.checked``) goes stale as soon as length or modification time change, so that a start does not read
gigabytes again and a replaced file is noticed all the same.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rag.core.errors import Unavailable
from rag.models.files.manifest import ModelFile, ModelSpec, load_manifest

State = Literal["present", "missing", "damaged", "external"]


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """One model of the manifest and its state in a folder."""

    spec: ModelSpec
    state: State
    path: Path


def model_statuses(folder: Path) -> tuple[ModelStatus, ...]:
    """Return every model of the manifest with its state. A file that was never checked is read through
    once.
    """
    return tuple(ModelStatus(spec, model_state(spec, folder), folder / spec.name) for spec in load_manifest())


def model_state(spec: ModelSpec, folder: Path) -> State:
    """Return ``external`` for a model without files, else the worst state of its files."""
    if not spec.files:
        return "external"
    states = {file_state(folder / spec.name / file.name, file) for file in spec.files}
    return "missing" if "missing" in states else "damaged" if "damaged" in states else "present"


def file_state(path: Path, file: ModelFile) -> State:
    """Return whether the file is there with the right bytes."""
    if not path.is_file():
        return "missing"
    if path.stat().st_size != file.bytes:
        return "damaged"
    if _proof(path, file.sha256) == _read_proof(path):
        return "present"
    if file_digest(path) != file.sha256:
        return "damaged"
    write_proof(path, file)
    return "present"


def model_file(folder: Path, model_name: str, file_name: str) -> Path:
    """Return the path of a model's file.

    A model that the manifest does not know is taken as it lies in the folder, so that a hospital may bring
    its own weights.

    Raises:
        Unavailable: the file is not there, or has not the length that the manifest gives.
    """
    path = folder / model_name / file_name
    if not path.is_file():
        raise Unavailable("model_missing", name=model_name, path=path)
    for spec in load_manifest():
        for file in spec.files:
            if (spec.name, file.name) == (model_name, file_name) and path.stat().st_size != file.bytes:
                raise Unavailable("model_damaged", name=model_name, path=path)
    return path


def known_digest(path: Path) -> str:
    """Return the sha256 of a file that no manifest knows, read through once and noted beside it until the
    file changes.
    """
    told = _read_proof(path)
    if (
        isinstance(told, dict)
        and isinstance(digest := told.get("sha256"), str)
        and told == _proof(path, digest)
    ):
        return digest
    digest = file_digest(path)
    _note(path, digest)
    return digest


def write_proof(path: Path, file: ModelFile) -> None:
    """Note that the bytes were checked. A folder that is shared read-only has no proofs, and is checked each
    time.
    """
    _note(path, file.sha256)


def _note(path: Path, sha256: str) -> None:
    with contextlib.suppress(OSError):
        _proof_path(path).write_text(json.dumps(_proof(path, sha256)), encoding="utf-8")


def file_digest(path: Path) -> str:
    """Return the sha256 of a file in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _proof_path(path: Path) -> Path:
    return path.with_name(f"{path.name}.checked")


def _proof(path: Path, sha256: str) -> dict[str, object]:
    facts = path.stat()
    return {"bytes": facts.st_size, "mtime_ns": facts.st_mtime_ns, "sha256": sha256}


def _read_proof(path: Path) -> object:
    try:
        return json.loads(_proof_path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
