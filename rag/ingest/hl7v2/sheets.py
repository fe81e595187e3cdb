"""The documents of orders, medicines and further entries that the messages of one file come to, before they
are written.

A message gives a sheet for each order that has a number of its own, and one for all the rest; an order that a
result of another gave rise to (susceptibilities of a culture) stays with that. A later message with the same
number of the same examination goes on the same sheet, so that a correction replaces what it corrects.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from rag.ingest.hl7v2.groups import Entry, Group, Order
from rag.ingest.hl7v2.message import Message
from rag.ingest.hl7v2.telling.orders import kind_of_orders
from rag.ingest.hl7v2.telling.results import Observed
from rag.ingest.hl7v2.versions import joined_order, rank_of


@dataclass(slots=True)
class Sheet:
    """One document in the making. ``identity`` tells it apart in all files, and is empty where its orders
    have no number.
    """

    key: str
    identity: str
    group: Group
    message_: Message
    kind: str = "note"
    gone: list[Observed] = field(default_factory=list)
    is_replaced: bool = False

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing is left to show."""
        group = self.group
        return not (
            group.orders
            or group.loose
            or group.entries
            or group.notes
            or any(one.notes for one in group.common)
        )


@dataclass(slots=True)
class Sheets:
    """The sheets of a file, in the order of their first messages; counts what newer messages replaced."""

    held: dict[str, Sheet] = field(default_factory=dict)
    replaced: Counter[str] = field(default_factory=Counter)
    _entries: dict[str, tuple[Sheet, Entry]] = field(default_factory=dict)

    def take(self, group: Group, message_: Message, record: str, patient: str) -> None:
        """Enter what a message says of one patient."""
        numbered, kind = by_number(group.orders, message_), kind_of_orders(group)
        rest = replace(group, orders=[order for order in group.orders if not _number(order, message_)])
        is_one = len(numbered) == 1 and not rest.orders and not rest.medicines
        for number, orders in numbered.items():
            alone = (
                replace(group, orders=orders)
                if is_one
                else Group(group.pid, group.visit, orders, unread=group.unread)
            )
            self._enter(
                Sheet(f"order/{patient}/{number}", f"hl7-order/{patient}/{number}", alone, message_, kind)
            )
        if not is_one and (not numbered or _says_more(rest)):
            sheet = Sheet(record, "", rest, message_, kind)
            self.held[record] = sheet
            self._enter_medicines(sheet, patient)

    def _enter(self, sheet: Sheet) -> None:
        before = self.held.get(sheet.key)
        if before is None:
            self.held[sheet.key] = sheet
            return
        orders = list(before.group.orders)
        for order in sheet.group.orders:
            at = next((place for place, one in enumerate(orders) if _code(one) == _code(order)), None)
            if at is None:
                orders.append(order)
                continue
            older, newer = orders[at], order
            is_newer = rank_of(order, sheet.message_) >= rank_of(older, before.message_)
            if not is_newer:
                older, newer = newer, older
            orders[at], gone = joined_order(older, newer)
            self.replaced[sheet.key.split("/")[-2]] += len(gone)
            before.gone.extend(gone)
            if is_newer:
                before.message_, before.group.visit = sheet.message_, sheet.group.visit or before.group.visit
        before.group = joined_entries(before.group, sheet.group)
        before.group.orders, before.is_replaced = orders, True

    def _enter_medicines(self, sheet: Sheet, patient: str) -> None:
        """Take an order of a medicine from the older sheet where a newer message has the same number: it was
        changed or stopped.
        """
        for entry in sheet.group.medicines:
            number = _medicine_number(entry)
            if not number:
                continue
            key = f"{patient}/{entry.name}/{number}"
            if (older := self._entries.get(key)) is not None and older[0] is not sheet:
                older[0].group.entries = [one for one in older[0].group.entries if one is not older[1]]
                self.replaced[number] += 1
            self._entries[key] = (sheet, entry)

    def sheets(self) -> Iterator[Sheet]:
        """Yield what is left to write."""
        yield from (sheet for sheet in self.held.values() if not sheet.is_empty)


def joined_entries(before: Group, after: Group) -> Group:
    """Return a newer group; entries of kinds that it does not repeat stand as they were said before."""
    kept = [entry for entry in before.entries if not any(other.name == entry.name for other in after.entries)]
    return replace(
        after,
        visit=after.visit or before.visit,
        orders=after.orders or before.orders,
        loose=after.loose or before.loose,
        entries=[*kept, *after.entries],
        notes=after.notes or before.notes,
    )


def _says_more(rest: Group) -> bool:
    return bool(
        rest.orders or rest.loose or rest.entries or rest.notes or any(one.notes for one in rest.common)
    )


def by_number(orders: Sequence[Order], message_: Message) -> dict[str, list[Order]]:
    """Return the orders that have a number of their own, by it and by what is examined: one number may stand
    for several examinations.
    """
    found: dict[str, list[Order]] = {}
    last = ""
    for order in orders:
        number = _number(order, message_)
        is_child = bool(order.segment.raw(26) or order.segment.raw(29))
        if number and not (is_child and last):
            last = f"{number}/{_code(order)}".replace("#", " ")
        if number:
            found.setdefault(last, []).append(order)
    return found


def _number(order: Order, message_: Message) -> str:
    """Return the number of an order with who gave it; of a request without result the placer's number
    serves.
    """
    number = order.filler
    if not number:
        return ""
    system = (
        ""
        if "^" in number
        else "^".join(filter(None, (message_.header.get(3, 1), message_.header.get(4, 1))))
    )
    kind = "" if order.observations or message_.code in ("ORU", "OUL") else "request/"
    return f"{kind}{number}{f'^{system}' if system else ''}".replace("#", " ")


def _medicine_number(entry: Entry) -> str:
    order = entry.order
    if order is None or entry.name == "RXA":
        return ""
    return order.get(3, 1) or order.get(2, 1)


def _code(order: Order) -> str:
    return order.segment.get(4, 1, 1) or order.name.casefold()
