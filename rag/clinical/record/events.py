"""The care pathway: facts as events in order of time. A treatment is one event from its start to its end,
results of one day are one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from rag.clinical.record.courses import ENDS, State, latest, state_of
from rag.core.facts import Fact, FactKind, Period, Precision
from rag.core.times import bounds

_NOT_OF_THE_PATHWAY = ("family", "lifestyle", "directive")
_NO_EVENT = ("not_to_give", "refuted", "unusable")
_PRECISIONS: tuple[Precision, ...] = ("year", "month", "day", "minute")
_SURE = 0.5

Label = Callable[[Fact], str]
"""Returns how a fact is called in the reader's language."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened or held.

    ``at`` is open at its end where nothing says that it ended; None where nothing says when. ``state`` and
    ``last``, the fact that counts, are of what has a course, a treatment or a device; what is planned says so
    whatever it is.
    """

    kind: FactKind
    title: str
    at: Period | None
    facts: tuple[Fact, ...]
    state: State = ""
    last: Fact | None = None

    @property
    def doc_ids(self) -> tuple[str, ...]:
        """Return the documents that tell of it, each once, in order."""
        return tuple(dict.fromkeys(fact.doc_id for fact in self.facts))


def events_of(facts: Iterable[Fact], label: Label) -> tuple[Event, ...]:
    """Return the events of one patient's facts, the oldest first, those without a time last.

    What is denied, supposed, of a relative, or doubtful is no event; a planned act is one, and its title says
    so by its facts' status.
    """
    facts = tuple(facts)
    real = [fact for fact in facts if fact.kind not in _NOT_OF_THE_PATHWAY and _is_real(fact)]
    until = max((fact.recorded_at for fact in facts if fact.recorded_at), key=_first, default=None)
    events = [
        *_courses([fact for fact in real if fact.kind in ("drug", "device")], label, until),
        *_days([fact for fact in real if fact.kind in ("lab", "vital")], label),
        *_once([fact for fact in real if fact.kind not in ("drug", "device", "lab", "vital")], label),
    ]
    return tuple(sorted(events, key=_order))


def _is_real(fact: Fact) -> bool:
    return (
        fact.assertion in ("present", "history") and fact.confidence >= _SURE and fact.status not in _NO_EVENT
    )


def _courses(facts: Sequence[Fact], label: Label, until: str | None) -> Iterator[Event]:
    """Yield a treatment or a device as one event from its first mention to its end."""
    for group in _grouped(facts, lambda fact: (fact.kind, fact.concept, fact.side)):
        state, last = state_of(group, until), latest(group)
        yield Event(group[0].kind, label(last), _held(group, state), tuple(group), state, last)


def _held(course: Sequence[Fact], state: State) -> Period | None:
    """Return from when to when a course held: to its latest end where it is over or was given once, else
    open.
    """
    start = min(filter(None, (_start(fact) for fact in course)), key=_first, default=None)
    ends = {
        "ended": [fact for fact in course if fact.status in ENDS] or [latest(course)],
        "given": list(course),
    }.get(state, [])
    end = max(filter(None, (_end(fact) for fact in ends)), key=_first, default=None)
    return Period(start, end, _coarsest(course)) if start or end else None


def _days(facts: Sequence[Fact], label: Label) -> Iterator[Event]:
    """Yield the results of one kind and one day as one event."""
    for group in _grouped(facts, lambda fact: (fact.kind, (_start(fact) or "")[:10])):
        once = {(fact.concept, fact.value_text): fact for fact in reversed(group)}
        title = " · ".join(f"{label(fact)} {fact.value_text}".strip() for fact in reversed(once.values()))
        day = (_start(group[0]) or "")[:10]
        yield Event(group[0].kind, title, Period(day, day, _coarsest(group)) if day else None, tuple(group))


def _once(facts: Sequence[Fact], label: Label) -> Iterator[Event]:
    """Yield acts, conditions and the like; the same thing of the same day and side, written by several
    documents, once.
    """
    for group in _grouped(
        facts,
        lambda fact: (
            fact.kind,
            fact.concept,
            fact.side,
            fact.status == "planned",
            (_start(fact) or "")[:10],
        ),
    ):
        known = next((fact.at for fact in group if fact.at), None)
        yield Event(
            group[0].kind,
            label(group[0]),
            known,
            tuple(group),
            "planned" if group[0].status == "planned" else "",
        )


def _grouped(facts: Sequence[Fact], key: Callable[[Fact], tuple[object, ...]]) -> Iterator[list[Fact]]:
    groups: dict[tuple[object, ...], list[Fact]] = {}
    for fact in sorted(
        facts,
        key=lambda fact: (_first(_start(fact) or "9999"), fact.recorded_at or "", fact.doc_id, fact.spans),
    ):
        groups.setdefault(key(fact), []).append(fact)
    yield from groups.values()


def _start(fact: Fact) -> str | None:
    """Return when a fact begins to hold: its own time, else when it was written down (a drug or an act is at
    least that old).
    """
    if fact.at is not None and (fact.at.start or fact.at.end):
        return fact.at.start or fact.at.end
    return fact.recorded_at if fact.kind in ("drug", "device") and fact.status != "planned" else None


def _end(fact: Fact) -> str | None:
    return (fact.at.end or fact.at.start if fact.at else None) or fact.recorded_at


def _first(iso: str) -> float:
    return bounds(iso)[0]


def _coarsest(facts: Sequence[Fact]) -> Precision:
    known: list[Precision] = [fact.at.precision for fact in facts if fact.at]
    return min(known, key=_PRECISIONS.index, default="day")


def _order(event: Event) -> tuple[bool, float, str, str]:
    start = event.at and (event.at.start or event.at.end)
    return start is None, _first(start) if start else 0.0, event.kind, event.title
