"""Measure how the time of every regular expression grows: ``python tools/regex_growth.py [--only TEXT]``.

A pattern that takes more than in proportion to a text lets a small file stop the process that reads it. Each
pattern is tried on the attacks that ``tools/regex_attacks.py`` makes from it, at growing lengths; it fails
where four times the length takes eight times the time or more (linear: 4, quadratic: 16), above a floor of
time under which nothing can be measured. Time is the processor's of this thread, and an alarm of processor
time ends what takes for ever. Ends with 1 where a pattern fails that ``BOUNDED`` does not excuse.
"""

from __future__ import annotations

import argparse
import contextlib
import re
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tools.regex_attacks import Attack, attacks
from tools.regex_patterns import Found, everything

LENGTHS = (24, 48, 128, 512, 2048, 8192)
_AT_MOST = 8.0
"""Times the time at four times the length."""
_WORTH_A_LOOK_S = {512: 0.000_05, 2048: 0.000_3}
"""By length, the seconds under which no longer text is tried. A quadratic pattern does two million steps at
2048, a nanosecond each.
"""
_FLOOR_S = 0.003
_ALARM_S = 0.5
_SHORT = 128

BOUNDED: dict[str, tuple[int, str]] = {
    "rag.ingest.fhir.export._FILE": (255, "the name of a file; no file system allows a longer one"),
    "rag.clinical.times.absolute_times._event_patterns": (
        160,
        "white space, which rag.clinical.readable breaks at 120",
    ),
    "rag.ingest.pdf.layout._SIGLUM": (60, "the end of a line, cut by _LONGEST_WORD"),
}
BOUNDED_ROOMS: dict[str, tuple[int, str]] = {
    "rag.clinical.": (
        400,
        "a note without endless words (120), gaps (120) or lines (2,000): see rag.clinical.readable",
    ),
    "rag.answer.from_facts.": (400, "words of a fact or of its quote"),
    "rag.understand.": (400, "a question, cut into parts"),
    "eval.fit.reader.data.": (1_000, "a sentence of the sets that weights are fitted on"),
}
"""The same for all places that begin so."""
"""By place: the longest text that the caller ever gives, in characters, and where that is seen to. The time
at that length is checked.
"""
_BOUNDED_S = 0.05


@dataclass(frozen=True, slots=True)
class Growth:
    """A pattern that grows too fast: the attack, and the seconds at each length (``inf``: ended by the
    alarm).
    """

    found: Found
    attack: Attack
    seconds: tuple[tuple[int, float], ...]

    def __str__(self) -> str:
        times = "  ".join(f"{length}: {seconds * 1000:.2f} ms" for length, seconds in self.seconds)
        shown = self.found.pattern if len(self.found.pattern) < 160 else self.found.pattern[:160]
        return (
            f"{self.found.place}  {shown!r}\n    {self.attack.start!r} + {self.attack.pump!r} × n +"
            f" {self.attack.end!r}\n    {times}"
        )


class _TooLong(Exception):
    """The alarm rang."""


def growth_of(found: Found) -> Growth | None:
    """Return how a pattern grows under the first attack that it does not stand, None where it stands them
    all.
    """
    compiled = re.compile(found.pattern, found.flags)
    for attack in attacks(found.pattern, found.flags):
        grown = _grown(compiled, found, attack)
        if grown is not None:
            return grown
    return None


def _grown(compiled: re.Pattern[str] | re.Pattern[bytes], found: Found, attack: Attack) -> Growth | None:
    most = _most(found.place)
    seconds: list[tuple[int, float]] = []
    for length in (most,) if most else LENGTHS:
        taken = _taken(compiled, found, attack, length)
        seconds.append((length, taken))
        if taken > (_BOUNDED_S if most else _ALARM_S if length > _SHORT else _ALARM_S / 10):
            return Growth(found, attack, tuple(seconds))
        if taken < _WORTH_A_LOOK_S.get(length, 0.0):
            return None
    if most or seconds[-1][1] < max(_FLOOR_S, _AT_MOST * seconds[-2][1]):
        return None
    again = [
        (length, min(_taken(compiled, found, attack, length) for _ in range(3))) for length in LENGTHS[-2:]
    ]
    return (
        Growth(found, attack, tuple(again)) if again[1][1] >= max(_FLOOR_S, _AT_MOST * again[0][1]) else None
    )


def _most(place: str) -> int:
    """Return the longest text that a place is given, 0 where nothing bounds it."""
    rooms = [bound for room, (bound, _) in BOUNDED_ROOMS.items() if place.startswith(room)]
    return BOUNDED[place][0] if place in BOUNDED else min(rooms, default=0)


def _taken(compiled: re.Pattern[str] | re.Pattern[bytes], found: Found, attack: Attack, length: int) -> float:
    text: str | bytes = attack.text(length)
    if isinstance(found.pattern, bytes):
        text = attack.text(length).encode("latin-1", "replace")
    with contextlib.suppress(_TooLong), _alarm():
        begun = time.thread_time()
        _use(compiled, found, text)
        return time.thread_time() - begun
    return float("inf")


def _use(compiled: re.Pattern[str] | re.Pattern[bytes], found: Found, text: str | bytes) -> None:
    """Do what the code does with the pattern; all matches are looked for wherever it may be looked for
    anywhere.
    """
    if found.uses <= {"match"}:
        compiled.match(text)  # type: ignore[arg-type]
    elif found.uses <= {"match", "fullmatch"}:
        compiled.fullmatch(text)  # type: ignore[arg-type]
    else:
        for _ in compiled.finditer(text):  # type: ignore[arg-type]
            pass


@contextlib.contextmanager
def _alarm() -> Iterator[None]:
    """Have the signal of processor time end what runs: the engine of ``re`` looks at signals as it goes."""
    before = signal.signal(signal.SIGVTALRM, _ring)
    signal.setitimer(signal.ITIMER_VIRTUAL, 2 * _ALARM_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def _ring(number: int, frame: FrameType | None) -> None:
    raise _TooLong


def main() -> int:
    """Measure, and say what grows too fast."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="only patterns whose place holds this text")
    options = parser.parse_args()
    patterns, unknown = everything()
    begun = time.perf_counter()
    bad = [
        grown for found in patterns if options.only in found.place and (grown := growth_of(found)) is not None
    ]
    for grown in bad:
        print(grown)
    for place in unknown:
        print("NOT MADE OUT", place)
    print(
        f"{len(patterns)} patterns in {time.perf_counter() - begun:.0f} s, {len(bad)} grow too fast,"
        f" {len(unknown)} not made out"
    )
    return 1 if bad or unknown else 0


if __name__ == "__main__":
    sys.exit(main())
