"""The parsers of ZIP, of TAR (plain or packed), and of one packed file."""

from __future__ import annotations

import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import BinaryIO

from rag.core.errors import ParseError
from rag.core.protocols import Warn
from rag.core.types import Document, Source
from rag.ingest.archives.members import Member, documents_of, is_read, is_sidecar
from rag.ingest.archives.packed import DAMAGED, unpacked
from rag.ingest.parsing.address import name_of
from rag.ingest.parsing.contract import Kit

_MEGABYTE = 1_000_000
_MOST_MEMBERS = 200_000
_ZIP_FAULTS = (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, *DAMAGED)
_ENCRYPTED = 0x1


class ZipParser:
    """Reads every member of a ZIP archive."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self._most = int(kit.settings.max_unpacked_mb * _MEGABYTE)

    def __call__(self, source: Source, stream: BinaryIO, warn: Warn) -> Iterator[Document | ParseError]:
        """Yield the documents of the members, and in its place the error of each that cannot be read.

        Raises:
            ParseError: the archive is damaged, or unpacks to more than the limit.
        """
        file = name_of(source)
        try:
            archive = zipfile.ZipFile(stream)
        except _ZIP_FAULTS:
            raise ParseError("archive_damaged", file=file) from None
        with archive:
            found = [member for member in archive.infolist() if not member.is_dir()]
            _refuse_bomb(len(found), sum(member.file_size for member in found), self._most, file)
            sidecars = {
                member.filename: self._read(archive, member, file).data
                for member in found
                if is_sidecar(member.filename)
            }
            members = (self._read(archive, member, file) for member in found if is_read(member.filename))
            yield from documents_of(members, sidecars, source, self._kit.parts, warn)

    def _read(self, archive: zipfile.ZipFile, member: zipfile.ZipInfo, file: str) -> Member:
        shown, name = f"{file} › {member.filename}", member.filename
        if member.flag_bits & _ENCRYPTED:
            return Member(name, ParseError("archive_locked", file=shown))
        limit = self._kit.settings.max_file_mb
        if member.file_size > limit * _MEGABYTE:
            size = f"{member.file_size / _MEGABYTE:.0f}"
            return Member(name, ParseError("file_too_large", file=shown, size=size, limit=f"{limit:g}"))
        try:
            return Member(name, archive.read(member))
        except _ZIP_FAULTS:
            return Member(name, ParseError("archive_member_damaged", file=shown))


class TarParser:
    """Reads every member of a TAR archive, in one pass after one that looks for sidecars."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self._most = int(kit.settings.max_unpacked_mb * _MEGABYTE)

    def __call__(self, source: Source, stream: BinaryIO, warn: Warn) -> Iterator[Document | ParseError]:
        """Yield the documents of the members, and in its place the error of each that cannot be read.

        Raises:
            ParseError: the archive is damaged, or unpacks to more than the limit. Nothing of it is read then:
            behind the fault a sidecar
                may have said of which patient a file before it is.
        """
        sidecars: dict[str, bytes | ParseError] = {}
        for member, content in self._entries(stream, name_of(source), warn=None):
            if is_sidecar(member.name):
                sidecars[member.name] = self._content(member, content, name_of(source))
        members = self._members(stream, name_of(source), warn)
        yield from documents_of(members, sidecars, source, self._kit.parts, warn)

    def _members(self, stream: BinaryIO, file: str, warn: Warn) -> Iterator[Member]:
        for member, content in self._entries(stream, file, warn):
            if is_read(member.name):
                yield Member(member.name, self._content(member, content, file))

    def _content(self, member: tarfile.TarInfo, content: BinaryIO, file: str) -> bytes | ParseError:
        limit = self._kit.settings.max_file_mb
        if member.size <= limit * _MEGABYTE:
            return content.read()
        return ParseError(
            "file_too_large",
            file=f"{file} › {member.name}",
            size=f"{member.size / _MEGABYTE:.0f}",
            limit=f"{limit:g}",
        )

    def _entries(
        self, stream: BinaryIO, file: str, warn: Warn | None
    ) -> Iterator[tuple[tarfile.TarInfo, BinaryIO]]:
        stream.seek(0)
        count = 0
        try:
            with tarfile.open(
                fileobj=unpacked(stream, self._most, _too_large(self._most, file)), mode="r|"
            ) as archive:
                for member in archive:
                    count += 1
                    archive.members = []  # type: ignore[attr-defined]  # it would keep every header
                    _refuse_bomb(count, 0, self._most, file)
                    if member.isreg() and (content := archive.extractfile(member)) is not None:
                        yield member, content  # type: ignore[misc]
                    elif warn is not None and not member.isdir():
                        warn(ParseError("archive_member_no_file", file=f"{file} › {member.name}"))
        except (tarfile.TarError, *DAMAGED):
            raise ParseError("archive_damaged", file=file) from None


class PackedParser:
    """Reads the one file that gzip, bzip2 or xz packs."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit

    def __call__(self, source: Source, stream: BinaryIO, warn: Warn) -> Iterator[Document | ParseError]:
        """Yield the documents of the file.

        Raises:
            ParseError: it is damaged, or unpacks to more than the limit of a file.
        """
        file = name_of(source)
        limit = self._kit.settings.max_file_mb
        try:
            error = ParseError("file_too_large", file=file, size=f"> {limit:g}", limit=f"{limit:g}")
            data = unpacked(stream, int(limit * _MEGABYTE), error).read()
        except DAMAGED:
            raise ParseError("archive_damaged", file=file) from None
        name = PurePosixPath(file).name
        yield from self._kit.parts.documents(source, name.rpartition(".")[0] or name, data, warn)


def _refuse_bomb(members: int, size: int, most: int, file: str) -> None:
    if size > most or members > _MOST_MEMBERS:
        raise _too_large(most, file)


def _too_large(most: int, file: str) -> ParseError:
    return ParseError("parts_too_large", file=file, limit=f"{most / _MEGABYTE:g}")
