"""Unusual reading, told from the audit as it is written: records of many patients within an hour, many
refusals, reading at night, emergency access. A rule says that somebody should look, not that anything is
wrong.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from rag.store.people.audit_entries import AuditEntry

AlertKind = Literal["many_patients", "many_refusals", "night", "emergency"]
_HOUR_S = 3600.0
_REMEMBERED = 10_000
NOT_OPENING = frozenset(
    {"list", "list_patients", "search", "coverage", "identity_list", "identity_notices", "alert"}
)
"""Actions that name patients and open no record."""


@dataclass(frozen=True, slots=True)
class Alert:
    """Somebody whose reading is unusual: an account, or an address where nobody was signed in."""

    kind: AlertKind
    at: str
    account_id: str
    name: str
    address: str
    count: int


@dataclass(frozen=True, slots=True)
class AlertRules:
    """From how many on, within an hour, something is unusual; ``night`` are the first and last hour (UTC)."""

    patients: int = 40
    refusals: int = 20
    night: tuple[int, int] | None = None


class ReadingWatch:
    """Hears entries in order and returns what is unusual, each kind once an hour for the same person."""

    def __init__(self, rules: AlertRules) -> None:
        self._rules = rules
        self._opened: dict[str, deque[tuple[float, str]]] = defaultdict(deque)
        self._refused: dict[str, deque[tuple[float, str]]] = defaultdict(deque)
        self._told: dict[tuple[str, str], float] = {}

    def hear(self, entries: Iterable[AuditEntry]) -> list[Alert]:
        """Return the alerts that entries raise."""
        found = []
        for entry in entries:
            found += [alert for alert in self._of(entry) if self._is_new(alert)]
        if len(self._opened) + len(self._refused) + len(self._told) > _REMEMBERED:
            self._sweep()
        return found

    def _of(self, entry: AuditEntry) -> list[Alert]:
        at, who, found = _seconds(entry.at), _who(entry), []
        if entry.outcome == "denied":
            if (count := _within(self._refused[who], at, entry.request_id)) > self._rules.refusals:
                found.append(_alert("many_refusals", entry, count))
            return found
        if entry.action == "emergency_open":
            found.append(_alert("emergency", entry, 1))
        if entry.patient_id is None or entry.action in NOT_OPENING:
            return found
        if (count := _within(self._opened[who], at, entry.patient_id)) > self._rules.patients:
            found.append(_alert("many_patients", entry, count))
        if self._rules.night is not None and _is_between(entry.at, *self._rules.night):
            found.append(_alert("night", entry, 1))
        return found

    def _is_new(self, alert: Alert) -> bool:
        key, at = (alert.account_id or alert.address, alert.kind), _seconds(alert.at)
        if alert.kind != "emergency" and at - self._told.get(key, -_HOUR_S) < _HOUR_S:
            return False
        self._told[key] = at
        return True

    def _sweep(self) -> None:
        latest = max(self._told.values(), default=0.0)
        for kept in (self._opened, self._refused):
            latest = max([latest, *(held[-1][0] for held in kept.values() if held)])
        for kept in (self._opened, self._refused):
            for who in [who for who, held in kept.items() if not held or latest - held[-1][0] > _HOUR_S]:
                del kept[who]
        self._told = {key: at for key, at in self._told.items() if latest - at < _HOUR_S}


def _who(entry: AuditEntry) -> str:
    return entry.account_id if entry.account_id not in ("", "-") else f"address:{entry.address}"


def _within(held: deque[tuple[float, str]], at: float, value: str) -> int:
    """Note a value and return how many different ones there were within an hour."""
    while held and at - held[0][0] > _HOUR_S:
        held.popleft()
    if not any(kept == value for _, kept in held):
        held.append((at, value))
    return len(held)


def _alert(kind: AlertKind, entry: AuditEntry, count: int) -> Alert:
    return Alert(kind, entry.at, entry.account_id, entry.name, entry.address, count)


def _seconds(at: str) -> float:
    return datetime.fromisoformat(at).timestamp()


def _is_between(at: str, first: int, last: int) -> bool:
    hour = datetime.fromisoformat(at).hour
    return first <= hour <= last if first <= last else hour >= first or hour <= last
