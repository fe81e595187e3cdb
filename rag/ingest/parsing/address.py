"""Addresses of files, of records in them, and of parts within parts:
``file:///mail.eml#letter.zip!/report.pdf``.
"""

from __future__ import annotations

from urllib.parse import quote, unquote

from rag.core.types import Source

_BETWEEN = "!/"


def record_uri(source: Source, record: str) -> str:
    """Return the address of a record or a part of a source, which may be a part itself."""
    return (
        f"{source.uri}{_BETWEEN if '#' in source.uri else '#'}{quote(record, safe='/').replace('!', '%21')}"
    )


def depth_of(uri: str) -> int:
    """Return through how many records or parts an address goes: 0 for the file itself."""
    return 0 if "#" not in uri else 1 + uri.partition("#")[2].count(_BETWEEN)


def name_of(source: Source) -> str:
    """Return a source's address as people write it: the file's path, then the way to the part."""
    file, mark, inside = source.uri.partition("#")
    return unquote(file.removeprefix("file://")) + (
        f" › {unquote(inside.replace(_BETWEEN, ' › '))}" if mark else ""
    )
