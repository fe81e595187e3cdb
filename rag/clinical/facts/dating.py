"""The time that a thing in a note belongs to: the day it was measured or done, not the day of the letter that
repeats it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from rag.clinical.facts.note import LIKELY, SURE, UNSURE, Note
from rag.clinical.folding import flat
from rag.clinical.languages import served
from rag.clinical.measures.ucum import is_unit
from rag.clinical.patterns import alternatives
from rag.clinical.phrases import listed
from rag.clinical.times.periods import When, of_day
from rag.core.facts import Period
from rag.core.text import Span

_TIED = re.compile(
    rf"[\s,(\[*]*(?:\(?[hbln*+-]{{1,2}}\)?\s*)?{alternatives('tied', 'forms')}?[\s:]*(?:le\s|the\s)?$"
)
_FREE = re.compile(r"[^;.\n|]{0,60}")
_HEADING_TAIL = re.compile(r"[\s:*)\]-]*+(?:a|at)?\s*+(?:\d{1,2}\s?[h:]\s?\d{0,2})?[\s:*)\].-]*+$")
_ON_ARRIVAL = re.compile(r"\b(?:entree|admission|arrivee|arrival|initial)\b")
_ON_LEAVING = re.compile(
    r"\b(?:de sortie|a la sortie|le jour de la sortie|(?:at|on) discharge|discharge"
    r" (?=labs|weight|creatinine|hemoglobin))\b"
)
_NEAR = 40
_LETTERS = ("discharge_letter", "discharge_summary", "letter", "liaison", "summary", "transfer")
_PARTED = re.compile(r"[,;]")
_SENTENCE = re.compile(r"[.;!?](?=\s)")


@dataclass(frozen=True, slots=True)
class Dated:
    """A time, how sure it is, and whether the note names it (otherwise it is that of the note)."""

    at: Period | None
    confidence: float
    is_named: bool = False


def time_of(note: Note, span: Span, limit: int | None = None) -> Dated:
    """Return the time of what stands at a span; ``limit`` is where the next thing begins that a following
    date may belong to.
    """
    return _to_the_minute(note, span, limit, _day_of(note, span, limit))


def _to_the_minute(note: Note, span: Span, limit: int | None, dated: Dated) -> Dated:
    """Return a time with the hour that is written after the thing or begins its line (``08:15 TA 132/78``),
    where its day is known.
    """
    day = dated.at
    if day is None or day.precision != "day" or day.start != day.end or dated.confidence < LIKELY:
        return dated
    clock = _CLOCK_AFTER.match(note.plain, span[1], limit if limit is not None else len(note.plain))
    if clock is None:
        clock = _CLOCK_FIRST.match(note.plain, note.line_at(span[0]).start, span[0])
    if clock is None:
        start = max(note.sentence_at(span[0]).start, span[0] - _CLOCK_REACH)
        clock = next(reversed(list(_CLOCK_BEFORE.finditer(note.plain, start, span[0]))), None)
    if clock is None:
        return dated
    instant = f"{day.start}T{int(clock['hour']):02d}:{clock['minute'] or '00'}"
    return Dated(Period(instant, instant, "minute"), dated.confidence, dated.is_named)


_CLOCK_AFTER = re.compile(
    r"\s*\(?(?:a|at)\s+(?P<hour>[01]?\d|2[0-3])\s?(?:h|:)\s?(?P<minute>[0-5]\d)?(?![\d/%])"
)
_CLOCK_REACH = 160
_CLOCK_BEFORE = re.compile(
    r"\b(?:a|at|vers)\s+(?P<hour>[01]?\d|2[0-3])\s?(?:h|:)\s?(?P<minute>[0-5]\d)?(?![\d/%])"
)
_CLOCK_FIRST = re.compile(
    r"[\s*•>|-]*(?P<hour>[01]?\d|2[0-3])\s?(?:h|:)\s?(?P<minute>[0-5]\d)?(?=[\s:,*|–-])(?!\s?\d)"
)


def _day_of(note: Note, span: Span, limit: int | None) -> Dated:
    line = note.line_at(span[0])
    inside = [
        when
        for when in _between(note, line.start, line.end)
        if when.event != "birth" and when.sort in ("at", "since")
    ]
    if tied := _tied(note, inside, span, limit):
        return _as_dated(tied)
    if _AT_ENTRY.match(note.plain, span[1], limit if limit is not None else line.end):
        return _of_admission(note)
    before, after = _before(note, inside, span, line.start), _after(note, inside, span, limit)
    if before is not None and not (after is not None and _PARTED.search(note.plain, before.end, span[0])):
        return _as_dated(before)
    if after is not None:
        return _as_dated(after)
    if run := _of_run(note, inside, span):
        return _as_dated(run)
    if (arrival := _on_arrival(note, span)) is not None:
        return arrival
    if day := _at_the_end(note, span, limit):
        return day
    if header := _header(note, span[0]):
        return _as_dated(header)
    return _of_note(note, span[0])


_AT_ENTRY = re.compile(
    r"[^\w.;|,]{0,3}(?:a l'(?:entree|admission|arrivee)|a son arrivee|(?:on|at) (?:admission|arrival))\b"
)
_ENTRY_LINE = re.compile(r"[\s*•#-]*(?:a l')?(?:entree|admission|arrivee|on admission|on arrival)\s*:")


def _of_admission(note: Note) -> Dated:
    """Return the day of admission for what a note gives as of then, no day where it does not name one."""
    if note.anchors.admission is not None:
        return Dated(of_day(note.anchors.admission), LIKELY, True)
    return Dated(None, UNSURE, True)


def _on_arrival(note: Note, span: Span) -> Dated | None:
    """Return the day of admission for the values of a line that opens with it: ``Entrée : T 39,4``."""
    sentence, line = note.sentence_at(span[0]), note.line_at(span[0])
    opens = any(_ENTRY_LINE.match(note.plain, start) for start in (sentence.start, line.start))
    return _of_admission(note) if opens and note.anchors.admission is not None else None


def _at_the_end(note: Note, span: Span, limit: int | None) -> Dated | None:
    """Return the day of discharge for what a letter gives as of then (``créatinine de sortie``, ``labs at
    discharge:``).
    """
    if not any(name in note.kind for name in _LETTERS) or not note.authored_at:
        return None
    sentence = note.sentence_at(span[0])
    end = min(sentence.end, limit if limit is not None else sentence.end, span[1] + _NEAR)
    if _ON_LEAVING.search(note.plain, span[0], end) or any(
        found.start() < span[0] for found in _ON_LEAVING.finditer(note.plain, sentence.start, span[1])
    ):
        day = note.anchors.discharge.isoformat() if note.anchors.discharge else note.authored_at[:10]
        return Dated(Period(day, day, "day"), LIKELY, True) if len(day) == len("2026-01-31") else None
    return None


def time_of_sample(note: Note) -> Dated:
    """Return the time at which a note says its sample was taken, that of the note where it says none."""
    when = _sampled(note)
    return _as_dated(when) if when is not None else _of_note(note)


def _as_dated(when: When) -> Dated:
    if when.period is None or when.is_future:
        return Dated(None, UNSURE, True)
    period = when.period
    return Dated(
        Period(period.start, period.start, period.precision) if period.end is None else period, SURE, True
    )


def _between(note: Note, start: int, end: int) -> list[When]:
    return [when for when in note.whens if start <= when.start < end]


def _tied(note: Note, whens: Sequence[When], span: Span, limit: int | None) -> When | None:
    """Return the date written against the thing: ``134 µmol/L le 12/03``, ``9,8 (14/03)``."""
    for when in whens:
        if when.start >= span[1] and (limit is None or when.start < limit) and when.sort == "at":
            if _TIED.fullmatch(note.plain, span[1], when.start):
                return when
            return None
    return None


def _before(note: Note, whens: Sequence[When], span: Span, line_start: int) -> When | None:
    """Return the last date before the thing in its sentence, or the one that begins its line."""
    earlier = [
        when
        for when in whens
        if when.end <= span[0] and when.sort == "at" and not _is_of_another(note, when, span)
    ]
    if not earlier:
        return None
    last = earlier[-1]
    if not _SENTENCE.search(note.plain, last.end - 1, span[0]):  # the date may end in its abbreviation's stop
        return last
    leading = earlier[0]
    head = note.plain[line_start : leading.start].strip(" -*•#|>(").split()
    return (
        leading
        if not head
        or (len(head) <= 3 and note.plain[leading.end : leading.end + 3].lstrip(" )*")[:1] in (":", "-", "–"))
        else None
    )


def _of_run(note: Note, whens: Sequence[When], span: Span) -> When | None:
    """Return the date that closes a run of results and is that of each: ``Créat 82, K 4,4 (labo du
    16/01)``.
    """
    if not any(named.start == span[0] for named in note.measured):
        return None
    sentence = note.sentence_at(span[0])
    when = next((when for when in whens if span[1] <= when.start < sentence.end and when.sort == "at"), None)
    if when is None:
        return None
    between = list(note.plain[span[1] : when.start])
    for named in note.measured:
        if span[1] <= named.start < when.start:
            between[named.start - span[1] : named.end - span[1]] = " " * (named.end - named.start)
    words = re.findall(r"[a-z][a-z0-9/]*", "".join(between))
    return when if all(word in _RUN_WORDS or "/" in word or is_unit(word) for word in words) else None


_RUN_WORDS = frozenset("labo bilan bio biologie labs bloods du le on of the au date et and a".split())


def _is_of_another(note: Note, when: When, span: Span) -> bool:
    """Tell whether a date belongs to another thing named before it, and not to what follows.

    So does one in brackets (``DES (2019), HFrEF``), and, of what is not measured, one written right after a
    thing that a comma or *and* parts from the next (``cardiopathie découverte en 2021 et un diabète``).
    """
    start = note.sentence_at(when.start).start
    if _COMING.search(note.plain, start, when.start) and "," in note.plain[when.end : span[0]]:
        return True  # "entré hier pour ..., sat 92": what follows is of the note's own day
    marks = [mark.end() for mark in _CLAUSE.finditer(note.plain, start, when.start)]
    start = marks[-1] if marks else start
    is_bracketed = note.plain[: when.start].rstrip()[-1:] == "(" or _OPENED.search(
        note.plain, start, when.start
    )
    ahead = [
        named
        for named in note.named
        if start <= named.start and named.end <= when.start and named.kind not in ("word", "person")
    ]
    if not ahead:
        return False
    if is_bracketed:
        return ")" in note.plain[when.end : span[0]]
    is_measured = any(named.start == span[0] for named in note.measured)
    return not is_measured and _PARTED_FROM.search(note.plain, when.end, span[0]) is not None


_COMING = re.compile(
    r"\b(?:entree?|admise?|hospitalisee?|arrivee?|admitted|presented|transferee?)\s+(?:le |on |depuis )?$"
)
_CLAUSE = re.compile(r"[,;:](?=\s)|\b(?:et|and|avec|with)\b")
_OPENED = re.compile(r"\([^)]*$")
_PARTED_FROM = re.compile(r"[,;]|\b(?:et|and|avec|with|sans|pas|ni|no|without|aucune?)\b")


def _after(note: Note, whens: Sequence[When], span: Span, limit: int | None) -> When | None:
    """Return the only date that follows in the same clause."""
    later = [
        when
        for when in whens
        if when.start >= span[1] and (limit is None or when.start < limit) and when.sort == "at"
    ]
    if (
        later
        and _FREE.fullmatch(note.plain, span[1], later[0].start)
        and "," not in note.plain[span[1] : later[0].start]
    ):
        return later[0]
    return None


def _header(note: Note, position: int) -> When | None:
    """Return the date of the heading or of the dated line above, within its part; else that of the sample."""
    part = note.rooms.at(position)
    for line in reversed([line for line in note.lines if line.end < position]):
        whens = [
            when
            for when in _between(note, line.start, line.end)
            if when.event not in ("birth", "discharge") and when.sort == "at"
        ]
        if whens and (
            _heads(note, line.start, line.end, whens)
            or (
                part is not None
                and part.heading[0] >= line.start
                and part.heading[1] <= line.end
                and line.start == note.line_at(part.heading[0]).start
            )
        ):
            return whens[0]
        if part is not None and line.start <= part.heading[0]:
            break
        if note.text[line.start - 2 : line.start] == "\n\n" and part is None:
            break
    return _sampled(note)


def _heads(note: Note, start: int, end: int, whens: Sequence[When]) -> bool:
    """Tell whether a line is a dated heading: it ends after its date, or with a colon, and says little
    else.
    """
    period = whens[0].period
    if len(whens) > 1 or end - start > 90 or period is None or period.precision != "day":
        return False
    if note.plain[start:end].rstrip(" *").endswith("."):
        return False  # a sentence that ends on a date heads nothing
    rest = note.plain[whens[0].end : end]
    digits = re.search(r"\d", note.plain[start : whens[0].start])
    return (bool(_HEADING_TAIL.fullmatch(rest)) and digits is None) or (
        rest.rstrip(" *").endswith(":") and len(rest) < 40
    )


@cache
def _sampling() -> re.Pattern[str]:
    names = sorted(
        {flat(name) for language in served() for name in listed(language, "results", "headers", "sampled")},
        key=len,
        reverse=True,
    )
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, names))})\b\s*[:=|]?\**\s*(?:le |du |on )?$")


def _sampled(note: Note) -> When | None:
    return next(
        (when for when in note.whens if _sampling().search(note.plain[max(0, when.start - 45) : when.start])),
        None,
    )


def _of_note(note: Note, position: int | None = None) -> Dated:
    """Return the time of what a note states without a date: its own day; for a letter that sums up a stay,
    the stay.
    """
    if note.authored_at is None:
        return Dated(None, UNSURE)
    day = note.authored_at[:10]
    if any(name in note.kind for name in _LETTERS):
        start = note.anchors.admission
        part = note.rooms.at(position) if position is not None else None
        if (
            start is not None
            and part is not None
            and _ON_ARRIVAL.search(note.plain[part.heading[0] : part.heading[1]])
        ):
            return Dated(of_day(start), LIKELY)
        return Dated(Period(start.isoformat(), day, "day") if start else None, UNSURE)
    precision = "day" if len(day) == 10 else "month" if len(day) == 7 else "year"
    return Dated(Period(day, day, precision), LIKELY)  # type: ignore[arg-type]
