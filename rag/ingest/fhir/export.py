"""The other files of a bulk export: patients, encounters, medicines and professionals that the resources of
one file refer to.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from rag.core.types import Source
from rag.ingest.fhir.loading import from_lines
from rag.ingest.fhir.node import Resource

_NAMED = ("Patient", "Encounter", "Medication", "Practitioner", "Organization", "Binary")
_FILE = re.compile(rf"(?:.*[^A-Za-z])?({'|'.join(_NAMED)})(?:[^A-Za-z].*)?\.(?:ndjson|jsonl)(?:\.gz)?")


def digest_beside(path: Path) -> bytes:
    """Return a digest of the files that the resources of a file may refer to: when one of them changes, the
    file is to be read again.
    """
    files = [
        other
        for other in sorted(path.parent.glob("*"))
        if other != path and _FILE.fullmatch(other.name) and other.is_file()
    ]
    digests = (_digest_of(other, (stat := other.stat()).st_size, stat.st_mtime_ns) for other in files)
    return hashlib.sha256("".join(digests).encode()).digest() if files else b""


@lru_cache(maxsize=1000)
def _digest_of(path: Path, _size: int, _changed: int) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


class Export:
    """What lies beside the files of an export; read once a folder, again when a file of it changes."""

    def __init__(self, longest_line: int) -> None:
        self._longest = longest_line
        self._known: tuple[tuple[tuple[str, int, int], ...], dict[str, Resource]] = ((), {})

    def beside(self, source: Source) -> Mapping[str, Resource]:
        """Return the resources by name that lie in the same folder as a source, in files named by their type:
        ``Patient.ndjson``.
        """
        if "#" in source.uri or not source.uri.startswith("file:"):
            return {}
        own = Path(url2pathname(urlsplit(source.uri).path))
        files = [
            path
            for path in sorted(own.parent.glob("*"))
            if path != own and _FILE.fullmatch(path.name) and path.is_file()
        ]
        state = tuple((str(path), (stat := path.stat()).st_size, stat.st_mtime_ns) for path in files)
        if state != self._known[0]:
            self._known = state, {resource.name: resource for path in files for resource in self._read(path)}
        return self._known[1]

    def _read(self, path: Path) -> Iterator[Resource]:
        with path.open("rb") as stream:
            for found in from_lines(stream, str(path), self._longest):
                if isinstance(found, Resource) and found.type in _NAMED:
                    yield found
