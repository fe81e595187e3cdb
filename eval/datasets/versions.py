"""Which version of a declared set lies in the folder of data: the bytes of its files beside the digests of
its declaration.

Another version is no error: a folder may hold a newer release. It is said aloud where it is used, and a
report records what was read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from eval.datasets.declarations import Dataset

State = Literal["there", "missing", "another_version"]


@dataclass(frozen=True, slots=True)
class FileVersion:
    """A declared file: its path under the folder of data, its digest (None where it is not there) and the one
    declared.
    """

    file: str
    sha256: str | None
    declared: str

    @property
    def state(self) -> State:
        """Tell whether it is there, as it was declared."""
        if self.sha256 is None:
            return "missing"
        return "there" if self.sha256 == self.declared else "another_version"


@dataclass(frozen=True, slots=True)
class SetVersion:
    """A declared set with its files as they were found, in the order of the declaration."""

    dataset: Dataset
    files: tuple[FileVersion, ...]

    @property
    def state(self) -> State:
        """Tell whether the set can be used: ``missing`` where any file is."""
        states = {file.state for file in self.files}
        return next((state for state in ("missing", "another_version") if state in states), "there")

    @property
    def others(self) -> tuple[FileVersion, ...]:
        """Return the files that are there in another version."""
        return tuple(file for file in self.files if file.state == "another_version")

    def differences(self) -> list[dict[str, str]]:
        """Return what to say of each file that is there in another version: the set, the file, and the heads
        of both digests.
        """
        return [
            {
                "name": self.dataset.name,
                "file": file.file,
                "found": (file.sha256 or "")[:12],
                "declared": file.declared[:12],
            }
            for file in self.others
        ]

    def to_json(self) -> dict[str, object]:
        """Return the entry of ``eval datasets --json``."""
        files = [
            {"file": file.file, "state": file.state, "sha256": file.sha256, "declared": file.declared}
            for file in self.files
        ]
        shown = self.dataset.model_dump(
            mode="json", include={"name", "measure", "form", "language", "licence", "source", "grades"}
        )
        return {**shown, "state": self.state, "files": files}


def version_of(declared: Dataset, data: Path | None) -> SetVersion:
    """Compare a declared set with the files under a folder of data; without a folder everything is
    missing.
    """
    folder = None if data is None else data.expanduser()
    found = tuple(_version(declared, folder, file, digest) for file, digest in declared.sha256.items())
    return SetVersion(declared, found)


def versions(declared: Mapping[str, Dataset], data: Path | None) -> tuple[SetVersion, ...]:
    """Compare every declared set, by measure and then in the order of the declarations."""
    order = ("retrieval", "answers", "choice", "verify")
    return tuple(
        version_of(found, data)
        for found in sorted(declared.values(), key=lambda found: order.index(found.measure))
    )


def _version(declared: Dataset, folder: Path | None, file: str, digest: str) -> FileVersion:
    if folder is None:
        return FileVersion(file, None, digest)
    plain = file.removesuffix(".gz")
    if (
        declared.form == "beir" and (folder / plain).is_file()
    ):  # the reader of BEIR folders takes the unpacked one where both are there
        file = plain
    path = folder / file
    if not path.is_file():
        return FileVersion(file, None, digest)
    with path.open("rb") as stream:
        return FileVersion(file, hashlib.file_digest(stream, "sha256").hexdigest(), digest)
