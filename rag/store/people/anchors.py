"""ChainAnchors of the audit outside the database: how the chain stood, signed (HMAC-SHA256).

``head.json`` is replaced after every write, ``checkpoints.jsonl`` only grows, and goes to syslog too where
the settings say so. Whoever can write to the database and not to these cannot change, cut or replace the
audit unseen. Keep them, and the key, where the database's administrators have no right.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import os
import secrets
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from logging.handlers import SysLogHandler
from pathlib import Path
from typing import Any, Literal

from rag.core.errors import StorageError
from rag.store.people.audit_chain import ChainKey
from rag.store.privacy import private_folder
from rag.store.records import utc_now

_CHECKPOINT_S = 600.0
AnchorKind = Literal["head", "checkpoint", "base", "keyed"]
"""``base``: entries up to this one were removed because their time was over; ``keyed``: entries after this
one are digested with the key.
"""


@dataclass(frozen=True, slots=True)
class ChainAnchor:
    """How the chain stood: the number and digest of an entry."""

    kind: AnchorKind
    at: str
    entry: int
    chain: str

    def signed(self, key: bytes) -> str:
        """Return the anchor as a line."""
        told = {"kind": self.kind, "at": self.at, "entry": self.entry, "chain": self.chain}
        return json.dumps({**told, "mac": _mac(key, told)}, sort_keys=True)


@dataclass(frozen=True, slots=True)
class ReadAnchors:
    """What the files hold: anchors that our key signed, and how many lines it did not sign."""

    anchors: tuple[ChainAnchor, ...]
    forged: int

    def digests(self) -> dict[int, frozenset[str]]:
        """Return the digests that anchors give entries; more than one where they do not agree."""
        found: dict[int, frozenset[str]] = {}
        for one in self.anchors:
            found[one.entry] = found.get(one.entry, frozenset()) | {one.chain}
        return found

    def keyed_after(self) -> int | None:
        """Return after which entry digests are made with the key, None where that was never said."""
        return min((one.entry for one in self.anchors if one.kind == "keyed"), default=None)

    def base(self) -> tuple[int, str] | None:
        """Return where the chain begins since entries were last removed."""
        bases = [one for one in self.anchors if one.kind == "base"]
        return max(((one.entry, one.chain) for one in bases), default=None)


class ChainAnchors:
    """The anchors of one home."""

    def __init__(
        self,
        folder: Path,
        key_file: Path | None = None,
        syslog: str | None = None,
        checkpoint_entries: int = 100,
    ) -> None:
        self.folder, self._key_file = folder, key_file or folder / "key"
        self._every, self._syslog_at = checkpoint_entries, syslog
        self._key: bytes | None = None
        self._syslog: logging.Logger | None = None
        self._last: tuple[int, float] | None = None
        self._keyed_after: int | None = None

    def note(self, entry: int, chain: str) -> None:
        """ChainAnchor the end of the chain.

        Raises:
            StorageError: it cannot be written.
        """
        now = time.monotonic()
        last, then = self._last or (0, now - _CHECKPOINT_S)
        self._replace_head(ChainAnchor("head", utc_now(), entry, chain))
        if entry - last >= self._every or now - then >= _CHECKPOINT_S:
            self._last = (entry, now)
            self._append(ChainAnchor("checkpoint", utc_now(), entry, chain))

    def chain_key(self, last: int, chain: str) -> ChainKey:
        """Return what entries are digested with. From the first call on, it is the key: ``last`` and
        ``chain`` are how the chain stood then.
        """
        if self._keyed_after is None:
            after = self.read().keyed_after()
            if after is None:
                self._append(ChainAnchor("keyed", utc_now(), after := last, chain))
            self._keyed_after = after
        return ChainKey(self._signing_key(), self._keyed_after)

    def known_key(self, read: ReadAnchors) -> ChainKey | None:
        """Return what entries were digested with, as the anchors say; None where all have plain digests."""
        after = read.keyed_after()
        return None if after is None else ChainKey(self._signing_key(), after)

    def rebase(self, entry: int, chain: str) -> None:
        """Say that entries up to this one, whose digest it had, are about to be removed for age."""
        self._append(ChainAnchor("base", utc_now(), entry, chain))

    def seal(self, told: Mapping[str, Any]) -> str:
        """Return the signature of a document that this home gives out."""
        return _mac(self._signing_key(), told)

    def read(self) -> ReadAnchors:
        """Return what is anchored."""
        if not self._key_file.exists():
            return ReadAnchors((), sum(1 for _ in self._lines()))
        key, found, forged = self._signing_key(), [], 0
        for line in self._lines():
            anchor = _verified(line, key)
            if anchor is None:
                forged += 1
            else:
                found.append(anchor)
        return ReadAnchors(tuple(found), forged)

    def _lines(self) -> Iterator[str]:
        for name in ("checkpoints.jsonl", "head.json"):
            try:
                with (self.folder / name).open(encoding="utf-8", errors="replace") as lines:
                    yield from (line for line in lines if line.strip())
            except FileNotFoundError:
                continue
            except OSError as error:
                raise self._failed(error) from None

    def _replace_head(self, anchor: ChainAnchor) -> None:
        line = anchor.signed(self._signing_key())
        try:
            draft = self.folder / f"head.{os.getpid()}.{secrets.token_hex(4)}"
            _write(draft, line + "\n", os.O_WRONLY | os.O_CREAT | os.O_EXCL)
            draft.replace(self.folder / "head.json")
        except OSError as error:
            raise self._failed(error) from None

    def _append(self, anchor: ChainAnchor) -> None:
        line = anchor.signed(self._signing_key())
        try:
            _write(
                self.folder / "checkpoints.jsonl",
                line + "\n",
                os.O_WRONLY | os.O_CREAT | os.O_APPEND,
                sync=True,
            )
        except OSError as error:
            raise self._failed(error) from None
        if self._syslog_at is not None:
            self._system_log(self._syslog_at).info("traboule-audit %s", line)

    def _signing_key(self) -> bytes:
        if self._key is None:
            try:
                private_folder(self.folder)
                if not self._key_file.exists():
                    private_folder(self._key_file.parent)
                    draft = self._key_file.with_name(f"{self._key_file.name}.{secrets.token_hex(4)}")
                    _write(draft, secrets.token_hex(32), os.O_WRONLY | os.O_CREAT | os.O_EXCL, sync=True)
                    try:
                        os.link(draft, self._key_file)  # whoever is first, one key counts
                    except FileExistsError:
                        pass
                    finally:
                        draft.unlink()
                self._key = self._key_file.read_bytes().strip()
            except OSError as error:
                raise self._failed(error) from None
        return self._key

    def _system_log(self, place: str) -> logging.Logger:
        if self._syslog is None:
            host, _, port = place.rpartition(":")
            address = (host, int(port)) if host and port.isdigit() else place
            logger = logging.Logger("traboule-audit")  # its own: settings of the log do not silence it
            logger.addHandler(SysLogHandler(address=address))
            self._syslog = logger
        return self._syslog

    def _failed(self, error: OSError) -> StorageError:
        return StorageError(
            "store_not_writable", place=self.folder, reason=error.strerror or type(error).__name__
        )


def _write(path: Path, text: str, flags: int, *, sync: bool = False) -> None:
    handle = os.open(path, flags, 0o600)
    try:
        os.write(handle, text.encode())
        if sync:
            os.fsync(handle)
    finally:
        os.close(handle)


def _verified(line: str, key: bytes) -> ChainAnchor | None:
    try:
        told = json.loads(line)
        mac = told.pop("mac")
        return ChainAnchor(**told) if hmac.compare_digest(str(mac), _mac(key, told)) else None
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def _mac(key: bytes, told: Mapping[str, Any]) -> str:
    return hmac.new(key, json.dumps(told, sort_keys=True).encode(), hashlib.sha256).hexdigest()
