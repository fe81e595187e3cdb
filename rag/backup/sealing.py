"""A stream of bytes under a passphrase: AES-256-GCM in blocks, keyed by scrypt.

After the mark and the salt, each block is its length and its sealed bytes. A block is sealed with its number
and with whether it is the last one, so that blocks put in another order, left out, or missing at the end are
found, and not only changed ones.
"""

from __future__ import annotations

import io
import os
from typing import Any, BinaryIO

from rag.core.errors import ConfigurationError, ParseError

MARK = b"TRABOULE-SEALED-1\n"
_SALT, _TAG, _LENGTH = 16, 16, 4
_BLOCK = 1 << 20
_SCRYPT = {"n": 2**15, "r": 8, "p": 1}
"""32 MiB and about a tenth of a second a try: RFC 7914's cost for keys of files, kept small enough for small
machines.
"""


class SealingWriter(io.RawIOBase):
    """A file to write to, whose bytes land sealed in another. ``close`` seals the last block and leaves the
    other file open.

    Raises:
        ConfigurationError: the package ``cryptography`` is not installed.
    """

    def __init__(self, sink: BinaryIO, passphrase: str) -> None:
        salt = os.urandom(_SALT)
        self._cipher = _cipher(passphrase, salt)
        self._sink, self._held, self._number = sink, bytearray(), 0
        sink.write(MARK + salt)

    def writable(self) -> bool:
        """Say yes."""
        return True

    def write(self, data: Any, /) -> int:
        """Take bytes; whole blocks are sealed at once."""
        self._held += data
        while len(self._held) > _BLOCK:
            self._seal(self._held[:_BLOCK], last=False)
            del self._held[:_BLOCK]
        return len(data)

    def close(self) -> None:
        """Seal what is left as the last block."""
        if not self.closed:
            self._seal(self._held, last=True)
        super().close()

    def _seal(self, block: bytes | bytearray, *, last: bool) -> None:
        sealed = self._cipher.encrypt(_nonce(self._number, last), bytes(block), None)
        self._sink.write(len(sealed).to_bytes(_LENGTH, "big") + sealed)
        self._number += 1


class SealedReader(io.RawIOBase):
    """The bytes of a sealed file, from its start.

    Raises:
        ConfigurationError: the package ``cryptography`` is not installed. ParseError, also from ``readinto``:
        another passphrase, or bytes that were changed or cut off.
    """

    def __init__(self, source: BinaryIO, passphrase: str, name: str) -> None:
        self._name, self._source = name, source
        if source.read(len(MARK)) != MARK:
            raise ParseError("backup_damaged", file=name)
        self._cipher = _cipher(passphrase, self._exactly(_SALT))
        self._held, self._number, self._ended = b"", 0, False

    def readable(self) -> bool:
        """Say yes."""
        return True

    def readinto(self, buffer: Any, /) -> int:
        """Fill a buffer as far as one block goes; 0 at the end."""
        while not self._held and not self._ended:
            self._held = self._opened()
        count = min(len(buffer), len(self._held))
        buffer[:count], self._held = self._held[:count], self._held[count:]
        return count

    def _opened(self) -> bytes:
        from cryptography.exceptions import InvalidTag

        length = int.from_bytes(self._exactly(_LENGTH), "big")
        if not _TAG <= length <= _BLOCK + _TAG:
            raise ParseError("backup_damaged", file=self._name)
        sealed = self._exactly(length)
        for last in (False, True):
            try:
                block = self._cipher.decrypt(_nonce(self._number, last), sealed, None)
            except InvalidTag:
                continue
            self._number, self._ended = self._number + 1, last
            return bytes(block)
        raise ParseError("backup_not_opened" if self._number == 0 else "backup_damaged", file=self._name)

    def _exactly(self, count: int) -> bytes:
        found = self._source.read(count)
        if len(found) != count:
            raise ParseError("backup_damaged", file=self._name)
        return found


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + (b"\x01" if last else b"\x00")


def _cipher(passphrase: str, salt: bytes) -> Any:
    try:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
        from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
    except ModuleNotFoundError:
        raise ConfigurationError("backup_needs_cryptography") from None
    return AESGCM(Scrypt(salt=salt, length=32, **_SCRYPT).derive(passphrase.encode()))
