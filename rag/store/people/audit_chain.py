"""The chain of the audit: each entry carries a digest over itself and the digest before it, so that a change,
a removal or an insertion breaks it at that place.

The digests are made with the key of the anchors, so nobody who can only write to the database makes a right
one. The chain alone does not show that its end is gone: how it stood is written outside the database
(``anchors.py``). Entries of before the key was used have plain digests; an anchor says up to which.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

FIRST_LINK = "0" * 64
"""What stands before the first entry."""
FIELDS = (
    "entry",
    "at",
    "account_id",
    "name",
    "via",
    "action",
    "outcome",
    "patient_id",
    "doc_ids",
    "request_id",
    "address",
    "detail",
)
Fault = Literal["changed", "missing", "cut", "rewritten", "anchor_forged", "no_anchor"]
"""``changed``: an entry, or its digest, is not what was written; ``missing``: entries are gone before it;
``cut``: the end is gone; ``rewritten``: the chain is whole and not the one that was anchored;
``anchor_forged``: an anchor is not signed with our key; ``no_anchor``: there are entries and no anchor."""


@dataclass(frozen=True, slots=True)
class AuditFault:
    """Something wrong with the audit; ``entry`` is where it shows, 0 where it is no single place."""

    entry: int
    fault: Fault


@dataclass(frozen=True, slots=True)
class AuditVerdict:
    """What a check of the audit found. It holds where there are no faults; ``unanchored`` entries came after
    the last anchor."""

    entries: int
    first: int
    last: int
    anchors: int
    unanchored: int
    faults: tuple[AuditFault, ...]

    @property
    def holds(self) -> bool:
        """Tell whether nothing is wrong."""
        return not self.faults


@dataclass(frozen=True, slots=True)
class ChainKey:
    """What entries after number ``after`` are digested with."""

    key: bytes
    after: int

    def of(self, entry: int) -> bytes | None:
        """Return the key of an entry, None where its digest is a plain one."""
        return self.key if entry > self.after else None


def link(before: str, values: Mapping[str, object], key: bytes | None = None) -> str:
    """Return the digest of an entry that follows another; a plain one without a key."""
    told = json.dumps({name: values[name] for name in FIELDS}, sort_keys=True, separators=(",", ":"))
    data = f"{before}\n{told}".encode()
    return (hashlib.sha256(data) if key is None else hmac.new(key, data, hashlib.sha256)).hexdigest()


def check_chain(
    rows: Iterable[Mapping[str, Any]],
    base: tuple[int, str],
    anchors: Mapping[int, frozenset[str]],
    key: ChainKey | None = None,
    most_faults: int = 100,
) -> AuditVerdict:
    """Check entries, by ascending number, from the one after ``base`` (its number and digest) on, against
    the digests that anchors give some of them; without ``key`` all have plain digests.
    """
    faults: list[AuditFault] = []
    number, digest, seen, first = *base, 0, 0
    for row in rows:
        seen += 1
        first = first or row["entry"]
        if row["entry"] != number + 1:
            faults.append(AuditFault(row["entry"], "missing"))
        elif row["chain"] != link(digest, row, None if key is None else key.of(row["entry"])):
            faults.append(AuditFault(row["entry"], "changed"))
        elif row["entry"] in anchors and anchors[row["entry"]] != {row["chain"]}:
            faults.append(AuditFault(row["entry"], "rewritten"))
        number, digest = row["entry"], row["chain"]
        if len(faults) >= most_faults:
            break
    anchored = max(anchors, default=0)
    if anchored > number and len(faults) < most_faults:
        faults.append(AuditFault(anchored, "cut"))
    if seen and not anchors:
        faults.append(AuditFault(0, "no_anchor"))
    return AuditVerdict(seen, first, number, len(anchors), max(0, number - anchored), tuple(faults))
