"""Data sets are declared in ``declared.toml``: what for, in which form, where under the folder of data, in
which language, on what terms, from where, what their grades mean, and which bytes are meant.

A declaration never carries data; a set that is not there is an error that says where it was looked for.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from rag.core.errors import UsageError


class Grades(BaseModel):
    """What the grades or labels of a set mean, in both languages."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    en: str = Field(min_length=1)
    fr: str = Field(min_length=1)


class Dataset(BaseModel):
    """One declaration. ``corpus`` is what answers are searched in, where the files do not bring it
    themselves.

    ``sha256`` gives the digest of every file that is read, by its path under the folder of data; of a BEIR
    folder each file is named.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    measure: Literal["retrieval", "verify", "answers", "choice"]
    files: list[str] = Field(min_length=1)
    form: str = "beir"
    corpus: str | None = None
    language: str = ""
    licence: str = ""
    source: str = ""
    grades: Grades
    sha256: Mapping[str, Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]] = Field(min_length=1)

    def paths(self, data: Path | None) -> list[Path]:
        """Return where the files are under a folder of data.

        Raises:
            UsageError: no folder was given, or a file is not there.
        """
        if data is None:
            raise UsageError("eval_no_data", name=self.name)
        found = [data.expanduser() / file for file in [*self.files, *([self.corpus] if self.corpus else [])]]
        for path in found:
            if not path.exists():
                raise UsageError("eval_data_missing", name=self.name, path=path)
        return found


@cache
def declared() -> Mapping[str, Dataset]:
    """Return every declared data set by name."""
    table = tomllib.loads((files(__package__) / "declared.toml").read_text(encoding="utf-8"))
    return {name: Dataset(name=name, **values) for name, values in table.items()}


def dataset(name: str, measure: str) -> Dataset:
    """Return a declared data set.

    Raises:
        UsageError: there is none of that name for that measure.
    """
    known = {found.name: found for found in declared().values() if found.measure == measure}
    if name not in known:
        raise UsageError("eval_dataset_unknown", name=name, measure=measure, known=", ".join(sorted(known)))
    return known[name]


def checksum(paths: Sequence[Path]) -> str:
    """Return a digest of files and folders: of the bytes, and in folders of the names, whatever the place
    they are kept in.
    """
    digest = hashlib.sha256()
    for path in paths:
        inside = sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
        for file in inside:
            name = file.relative_to(path).as_posix() if path.is_dir() else ""
            with file.open("rb") as stream:
                digest.update(f"{name}\0{hashlib.file_digest(stream, 'sha256').hexdigest()}\n".encode())
    return digest.hexdigest()
