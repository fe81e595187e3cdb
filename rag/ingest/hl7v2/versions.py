"""Which version of an order stands: its number of who performs it (filler) says which order it is, status and
time which version is newest.

A final result is never replaced by a preliminary one. A newer message replaces the results that it sends
again; results of the same order that it does not send stand, and so do values of other times, unless the
newer one is a correction (table 0085).
"""

from __future__ import annotations

from collections.abc import Sequence

from rag.core.times import bounds
from rag.ingest.hl7v2.groups import Order
from rag.ingest.hl7v2.message import Message
from rag.ingest.hl7v2.telling.results import Observed
from rag.ingest.records.wording.when import from_stamp

Rank = tuple[int, float, int]
_UNFINISHED = frozenset("P R S I O A N".split())
_CORRECTED = "C"


def reported_at(order: Order, message_: Message) -> str | None:
    """Return when a version of an order was reported: when its status changed (OBR-22), else when the message
    was sent.
    """
    stamps = (order.segment.get(22), message_.header.get(7))
    return next((iso for stamp in stamps if stamp and (iso := from_stamp(stamp))), None)


def status_of(order: Order) -> str:
    """Return the status of an order (OBR-25), else that of its results, the correction first."""
    stated = order.segment.get(25).upper()
    found = {one.status for one in order.observations}
    return stated or next((status for status in (_CORRECTED, "F", *sorted(found)) if status in found), "")


def rank_of(order: Order, message_: Message) -> Rank:
    """Return what versions of an order are compared by: finished, then newer, then corrected."""
    status, iso = status_of(order), reported_at(order, message_)
    return int(status not in _UNFINISHED), bounds(iso)[0] if iso else 0.0, int(status == _CORRECTED)


def joined_order(before: Order, after: Order) -> tuple[Order, list[Observed]]:
    """Return an order as its newer version says it with what that leaves standing of the older, and the
    results that it replaces.
    """
    gone = [one for one in before.observations if _is_replaced(one, after.observations)]
    kept = [one for one in before.observations if one not in gone]
    order = Order(
        after.segment,
        after.common or before.common,
        [*kept, *after.observations],
        after.notes or before.notes,
        after.specimens or before.specimens,
        after.timings or before.timings,
    )
    return order, gone


def _is_replaced(old: Observed, newer: Sequence[Observed]) -> bool:
    return any(_key(old) == _key(new) and _is_same_time(old, new) for new in newer)


def _is_same_time(old: Observed, new: Observed) -> bool:
    if old.is_text or old.is_embedded or not old.at or not new.at:
        return True
    return old.at == new.at or new.status == _CORRECTED or new.is_withdrawn


def _key(one: Observed) -> tuple[str, str]:
    """Return what is observed: its code, else its name, with OBX-4; the numbers of lines of a report tell
    nothing apart.
    """
    code = one.segment.get(3, 1, 1) or one.label.casefold()
    return code, "" if one.is_text else one.segment.get(4)
