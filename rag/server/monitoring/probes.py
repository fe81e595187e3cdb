"""What the process says of itself to whoever watches it: whether its parts answer, and its figures. Nothing
of what is stored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import Depends, Request

from rag.core.errors import TrabouleError
from rag.server.services import Services, services_of

State = Literal["ok", "failing"]


@dataclass(frozen=True, slots=True)
class Probes:
    """The parts that every request needs."""

    _services: Services

    async def checks(self) -> dict[str, State]:
        """Say of database and index whether they answer."""
        return await self._services.threads.run(self._checked)

    def figures(self) -> bytes:
        """Return the figures in the format of Prometheus."""
        return self._services.metrics.text()

    def _checked(self) -> dict[str, State]:
        opened = self._services.opened
        return {"database": _state(opened.store.passage_total), "index": _state(opened.index.count)}


def probes_of(request: Request) -> Probes:
    """Return the probes of the application that a request came to."""
    return Probes(services_of(request))


Watched = Annotated[Probes, Depends(probes_of)]


def _state(probe: Callable[[], object]) -> State:
    try:
        probe()
    except TrabouleError:
        return "failing"
    return "ok"
