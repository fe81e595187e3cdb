"""How much is done for addresses that have not shown who they are: each has a budget that fills again, and
who has spent it waits.

A sign-in that succeeds costs nothing, so many people behind one address are not kept out. Waiting holds a
socket and nothing else, and makes a loop of requests slow; where too many wait already, the answer comes at
once.
"""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address

_ADDRESSES = 10_000
_PAUSE_S, _PAUSING = (1.0, 3.0), 256
"""Seconds, at random in between: who waits together must not come back together."""


class Budget:
    """So many acts at once an address, and so many more a minute."""

    def __init__(self, at_once: int, a_minute: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._a_second, self._clock = float(at_once), a_minute / 60, clock
        self._guard = threading.Lock()
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        """Network → what was left, and when that was."""

    def take(self, address: str) -> bool:
        """Spend one act of an address; false where nothing is left."""
        with self._guard:
            left = self._now(network_of(address))
            if left < 1:
                return False
            self._keep(network_of(address), left - 1)
            return True

    def give_back(self, address: str) -> None:
        """Return one act that is not to count."""
        with self._guard:
            self._keep(network_of(address), min(self._most, self._now(network_of(address)) + 1))

    def _now(self, network: str) -> float:
        left, at = self._left.get(network, (self._most, self._clock()))
        return min(self._most, left + (self._clock() - at) * self._a_second)

    def _keep(self, network: str, left: float) -> None:
        self._left[network] = (left, self._clock())
        self._left.move_to_end(network)
        if len(self._left) > _ADDRESSES:
            self._left.popitem(last=False)


class Strangers:
    """The budgets of one server: ``signing`` for sign-ins with a password, which cost the most, ``knocks``
    for requests whose credentials are missing or wrong.
    """

    def __init__(self, signing: Budget, knocks: Budget) -> None:
        self.signing, self.knocks = signing, knocks
        self._pausing = 0

    async def pause(self) -> None:
        """Let an address that has spent its budget wait, where not too many wait already."""
        if self._pausing >= _PAUSING:
            return
        self._pausing += 1
        try:
            await asyncio.sleep(random.uniform(*_PAUSE_S))  # noqa: S311 - nothing to guess
        finally:
            self._pausing -= 1


def network_of(address: str) -> str:
    """Return what counts as one address: an IPv4 address, or the /64 that one subscriber has of IPv6."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv6Address):
        mapped = found.ipv4_mapped
        return str(mapped) if mapped is not None else found.exploded[:19]
    return str(found)
