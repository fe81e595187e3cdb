"""What every archive's members have in common: which are read, what their folder and their sidecar declare,
and whose they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from rag.core.errors import ParseError
from rag.core.protocols import Warn
from rag.core.types import Document, Source
from rag.ingest.parsing.address import name_of
from rag.ingest.parsing.contract import PartReader
from rag.ingest.sources.metadata import Declared, merged
from rag.ingest.sources.paths import is_litter
from rag.ingest.sources.placement import SIDECAR_SUFFIX, folder_declares, read_sidecar


@dataclass(frozen=True, slots=True)
class Member:
    """A file in an archive: its path there, and its bytes or why there are none."""

    path: str
    data: bytes | ParseError


def is_read(path: str) -> bool:
    """Tell whether a member is a document, not litter of a system or a sidecar."""
    return not any(is_litter(part) for part in PurePosixPath(path).parts) and not path.endswith(
        SIDECAR_SUFFIX
    )


def is_sidecar(path: str) -> bool:
    """Tell whether a member declares something about another one."""
    return path.endswith(SIDECAR_SUFFIX) and not any(is_litter(part) for part in PurePosixPath(path).parts)


def documents_of(
    members: Iterable[Member],
    sidecars: Mapping[str, bytes | ParseError],
    source: Source,
    parts: PartReader,
    warn: Warn,
) -> Iterator[Document | ParseError]:
    """Yield the documents of members, with what their places in the archive declare; a member that fails
    leaves its error in its place.
    """
    alone = set(sidecars)
    for member in members:
        alone.discard(member.path + SIDECAR_SUFFIX)
        if isinstance(member.data, ParseError):
            yield member.data
            continue
        shown = f"{name_of(source)} › {member.path}"
        try:
            sidecar, folder = _declared(member.path, sidecars, shown)
        except ParseError as error:
            yield error
            continue
        for item in parts.documents(source, member.path, member.data, warn):
            yield item if isinstance(item, ParseError) else _with(item, sidecar, folder, shown)
    for path in sorted(alone):
        yield ParseError("sidecar_alone", file=f"{name_of(source)} › {path}")


def _declared(
    path: str, sidecars: Mapping[str, bytes | ParseError], shown: str
) -> tuple[Declared | None, Declared | None]:
    beside = sidecars.get(path + SIDECAR_SUFFIX)
    if isinstance(beside, ParseError):
        raise beside  # it may say of which patient the file is
    sidecar = read_sidecar(Path(shown + SIDECAR_SUFFIX), beside) if beside is not None else None
    return sidecar, folder_declares(Path("/") / path)


def _with(
    document: Document, sidecar: Declared | None, folder: Declared | None, shown: str
) -> Document | ParseError:
    try:
        return merged(document, sidecar, folder, shown)
    except ParseError as error:
        return error
