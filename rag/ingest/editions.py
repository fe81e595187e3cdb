"""Editions of one record in different files: a newer one takes the place of the older, whatever the order of
their coming and whichever files they are in.

Which is newer: by the number of the version, then finished before unfinished, then by time, then the
corrected one; where none of these tells, both stand. Of an order only the results fall that the newer
version carries. What an upload says never replaces what a feed gave.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from rag.core.errors import ParseError
from rag.core.protocols import Warn
from rag.core.times import bounds
from rag.core.types import Document
from rag.ingest.preparation import Preparation
from rag.ingest.records.remains import remains_of
from rag.ingest.sources.intake import claiming
from rag.ingest.writing import BatchWriter
from rag.store.documents import DocumentStore
from rag.store.editions import (
    ORDER_SET,
    ORIGINAL,
    RECORD_ID,
    REPLACEMENT,
    EditionKey,
    EditionStore,
    edition_keys,
)
from rag.store.identity.desk import IdentityStore
from rag.store.records import file_of

_UNFINISHED = frozenset(("preliminary", "partial", "draft", "in-progress", "registered"))


class Superseded(ParseError):
    """A document is an older edition of one that another file holds: it is left out, and said to be."""

    def __init__(self, **variables: object) -> None:
        super().__init__("aside_superseded", **variables)


def is_newer(one: Document, other: Document) -> bool | None:
    """Tell whether an edition is newer than another, None where nothing says."""
    mine, theirs = one.metadata, other.metadata
    numbers = [meta.get("record_version", "") for meta in (mine, theirs)]
    if all(number.isdecimal() for number in numbers) and int(numbers[0]) != int(numbers[1]):
        return int(numbers[0]) > int(numbers[1])
    finished = [meta.get("status", "") not in _UNFINISHED for meta in (mine, theirs)]
    if finished[0] != finished[1]:
        return finished[0]
    times = [bounds(iso)[0] if (iso := meta.get("reported_at", "")) else None for meta in (mine, theirs)]
    if times[0] is not None and times[1] is not None and times[0] != times[1]:
        return times[0] > times[1]
    corrected = [meta.get("status", "") == "corrected" for meta in (mine, theirs)]
    return corrected[0] if corrected[0] != corrected[1] else None


@dataclass(slots=True)
class Editions:
    """Settles, for one pass, which editions stand. ``trusted``: the pass reads a feed, not a caller's
    upload.
    """

    store: DocumentStore
    writer: BatchWriter
    prepare: Preparation
    trusted: bool
    _recent: set[tuple[str, str]] = field(default_factory=set)
    _gone: set[str] = field(default_factory=set)

    def settled(self, document: Document, file: str, warn: Warn) -> Document:
        """Return what stands of a document beside its editions; older ones are taken away when it is
        visible.

        Raises:
            Superseded: nothing of it stands.
        """
        keys = edition_keys(document.metadata)
        if not keys:
            return document
        self._see(keys)
        peers = EditionStore(self.store.database).sharing(keys, document.patient_id)
        peers.pop(document.doc_id, None)
        falls = False
        for doc_id, shared in peers.items():
            peer = self.store.whole(doc_id)
            if peer is None or doc_id in self._gone:
                continue
            wins = _wins(document, keys, peer, shared)
            if wins and self._may_replace(doc_id):
                self._take_away(document, peer, shared, warn)
            elif wins is False and self._may_stand(doc_id):
                left = remains_of(document, peer) if _is_order(shared) else None
                if left is None:
                    falls = True
                    replaced = (one.value for one in keys if one.role == REPLACEMENT)
                    self._pass_on(doc_id, replaced)
                elif left.text != document.text:
                    warn(ParseError("aside_superseded", file=file, count=1, where=document.title))
                    document = left
        if falls:
            raise Superseded(file=file, count=1, where=document.title)
        self._recent.update((one.key, one.value) for one in keys)
        return document

    def take_gone(self) -> frozenset[str]:
        """Return the documents that newer editions replaced since the last call, to be removed."""
        gone = frozenset(self._gone)
        self._gone.clear()
        return gone

    def _see(self, keys: Iterable[EditionKey]) -> None:
        """Have editions that wait to be written written, so that they are found."""
        if self.writer.holds_any() and any((one.key, one.value) in self._recent for one in keys):
            self.writer.flush()
        if not self.writer.holds_any():
            self._recent.clear()

    def _take_away(
        self, document: Document, peer: Document, shared: Iterable[EditionKey], warn: Warn
    ) -> None:
        left = remains_of(peer, document) if _is_order(shared) else None
        if left is None:
            self._gone.add(peer.doc_id)
        elif left.text == peer.text:
            return
        else:
            self._rewrite(left)
        where = peer.title or peer.doc_id
        warn(ParseError("aside_superseded", file=file_of(peer.source.uri), count=1, where=where))

    def _rewrite(self, left: Document) -> None:
        version = self.store.versions([left.doc_id]).get(left.doc_id)
        claims, trusted = IdentityStore(self.store.database).claims_of(left.doc_id, "ready")
        blob = version.blob if version else None
        self.writer.add(self.prepare(claiming(left, *claims), blob, version, trusted))
        self._recent.update((one.key, one.value) for one in edition_keys(left.metadata))

    def _pass_on(self, doc_id: str, record_ids: Iterable[str]) -> None:
        revision = self.store.ready_revisions([doc_id]).get(doc_id)
        if revision is not None:
            EditionStore(self.store.database).add_replaced(doc_id, revision, record_ids)

    def _may_replace(self, doc_id: str) -> bool:
        claims, is_of_feed = IdentityStore(self.store.database).claims_of(doc_id, "ready")
        return self.trusted or (bool(claims) and not is_of_feed)

    def _may_stand(self, doc_id: str) -> bool:
        return not self.trusted or IdentityStore(self.store.database).claims_of(doc_id, "ready")[1]


def _is_order(shared: Iterable[EditionKey]) -> bool:
    return all(one.key == ORDER_SET for one in shared)


def _wins(
    document: Document, keys: Iterable[EditionKey], peer: Document, shared: Iterable[EditionKey]
) -> bool | None:
    """Tell whether a document stands in for a peer, or the peer for it; None where both stand."""
    mine = {(one.key, one.value): one.role for one in keys}
    roles = {(mine[one.key, one.value], one.role) for one in shared}
    if (REPLACEMENT, ORIGINAL) in roles:
        return True
    if (ORIGINAL, REPLACEMENT) in roles:
        return False
    if all(
        one.key == RECORD_ID and (mine[one.key, one.value], one.role) != (ORIGINAL, ORIGINAL)
        for one in shared
    ):
        return None  # one adds to the other, or both replace a third
    newer = is_newer(document, peer)
    return False if newer is None and _is_order(shared) else newer
