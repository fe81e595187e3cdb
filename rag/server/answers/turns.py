"""Whose turn it is with the language model: a bounded queue, fair between callers, that anyone may leave.

Each question gets a place on a common clock when it comes in: the clock's own time, or one after the same
caller's question before. So who asks ten questions waits longer for the tenth, nobody else does, and nobody
waits for ever (start-time fair queueing, all costs equal).
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from rag.core.calls import Cancelled
from rag.server.http.refusals import TooBusy

_FIRST_GUESS_S = 20.0
"""How long a question is taken to need before any was timed."""


@dataclass(eq=False, slots=True)
class Ticket:
    """One question in the queue: a ``rag.core.calls.Call``. Its place is (time on the common clock, order of
    arrival).
    """

    caller: str
    turns: Turns
    place: tuple[int, int]
    cancelled: bool = False

    def check(self) -> None:
        """Raise ``Cancelled`` when nobody waits for the answer."""
        if self.cancelled:
            raise Cancelled

    def begin_model(self) -> None:
        """Wait for the turn. Raises ``Cancelled``."""
        self.turns.begin(self)

    def end_model(self) -> None:
        """Let the next one in."""
        self.turns.end(self)

    def cancel(self) -> None:
        """Tell the thread that works for this ticket to stop."""
        self.turns.cancel(self)

    def finish(self) -> None:
        """Leave the queue for good."""
        self.turns.finish(self)

    def position(self) -> int:
        """Return the place among those who wait, from 1; 0 when this one does not wait."""
        return self.turns.position(self)


class Turns:
    """The queue. ``slots`` questions use the model at once; ``waiting`` more may wait, ``per_caller`` of one
    caller.
    """

    def __init__(self, slots: int, waiting: int, per_caller: int) -> None:
        self._slots, self._limit, self._per_caller = slots, slots + waiting, per_caller
        self._tickets: set[Ticket] = set()
        self._waiting: set[Ticket] = set()
        self._working: dict[Ticket, float] = {}
        self._clock, self._arrivals = 0, 0
        self._last: dict[str, int] = {}
        self._mean_s = _FIRST_GUESS_S
        self._changed = threading.Condition()

    @property
    def limit(self) -> int:
        """How many questions may be in the queue, working or waiting."""
        return self._limit

    def admit(self, caller: str) -> Ticket:
        """Take a question in.

        Raises:
            TooBusy: too many are in the queue already, of all callers or of this one.
        """
        with self._changed:
            own = sum(ticket.caller == caller for ticket in self._tickets)
            if len(self._tickets) >= self._limit or own >= self._per_caller:
                raise TooBusy("too_many_questions", max(1, round(self._mean_s)))
            self._arrivals += 1
            self._last[caller] = max(self._clock, self._last.get(caller, -1) + 1)
            ticket = Ticket(caller, self, (self._last[caller], self._arrivals))
            self._tickets.add(ticket)
            return ticket

    def counts(self) -> tuple[int, int]:
        """Return how many questions use the model, and how many wait for it."""
        with self._changed:
            return len(self._working), len(self._waiting)

    def begin(self, ticket: Ticket) -> None:
        """See ``Ticket.begin_model``."""
        with self._changed:
            if ticket in self._working:
                return
            self._waiting.add(ticket)
            try:
                self._changed.wait_for(lambda: ticket.cancelled or self._is_next(ticket))
                ticket.check()
                self._working[ticket] = time.monotonic()
                self._clock = max(self._clock, ticket.place[0])
            finally:
                self._waiting.discard(ticket)
                self._changed.notify_all()

    def end(self, ticket: Ticket) -> None:
        """See ``Ticket.end_model``."""
        with self._changed:
            since = self._working.pop(ticket, None)
            if since is not None:
                self._mean_s = 0.8 * self._mean_s + 0.2 * (time.monotonic() - since)
                self._changed.notify_all()

    def cancel(self, ticket: Ticket) -> None:
        """See ``Ticket.cancel``."""
        with self._changed:
            ticket.cancelled = True
            self._changed.notify_all()

    def cancel_all(self) -> None:
        """Cancel every question, as when the server stops."""
        with self._changed:
            for ticket in self._tickets:
                ticket.cancelled = True
            self._changed.notify_all()

    def finish(self, ticket: Ticket) -> None:
        """See ``Ticket.finish``."""
        self.end(ticket)
        with self._changed:
            ticket.cancelled = True
            self._tickets.discard(ticket)
            self._last = {caller: last for caller, last in self._last.items() if last >= self._clock}
            self._changed.notify_all()

    def position(self, ticket: Ticket) -> int:
        """See ``Ticket.position``."""
        with self._changed:
            return (
                sorted(other.place for other in self._waiting).index(ticket.place) + 1
                if ticket in self._waiting
                else 0
            )

    def _is_next(self, ticket: Ticket) -> bool:
        return len(self._working) < self._slots and ticket is min(
            self._waiting, key=lambda other: other.place
        )
