"""Dosages in words: every dose, rate, limit, schedule, weekday and condition that a dosage codes, in R5, R4,
STU3 and DSTU2.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rag.ingest.fhir.node import Node
from rag.ingest.fhir.telling.words import concept, counted, limits, period, quantity, ratio, word
from rag.ingest.records.wording.units import number_in_words
from rag.ingest.records.wording.when import from_iso, in_words
from rag.messages import catalogue, message

_DOSES = ("doseQuantity", "doseRange", "dose", "quantityQuantity", "quantityRange", "quantity")
_RATES = ("rateRatio", "rateQuantity", "rateRange", "rate")
_UNITS_OF_TIME = ("s", "min", "h", "d", "wk", "mo", "a")


def in_order(dosages: Sequence[Node]) -> list[Node]:
    """Return dosages in the order in which they are to be taken."""
    return sorted(
        dosages, key=lambda one: int(one.text("sequence")) if one.text("sequence").isdecimal() else 0
    )


def dosage(node: Node, language: str) -> str:
    """Return one dosage: its own text, else all that is coded of it."""
    if text := node.text("text"):
        return text
    parts = [
        *doses(node, language),
        *rates(node, language),
        timing(node.node("timing"), language) or timing(node.node("scheduledTiming"), language),
        concept(node.node("route")),
        concept(node.node("site")) or concept(node.node("siteCodeableConcept")),
        concept(node.node("method")),
        as_needed(node, language),
        *most(node, language),
        *(
            concept(extra)
            for extra in (*node.nodes("additionalInstruction"), *node.nodes("additionalInstructions"))
        ),
        node.text("patientInstruction"),
    ]
    return ", ".join(dict.fromkeys(filter(None, parts)))


def doses(node: Node, language: str) -> Iterator[str]:
    """Yield the doses of a dosage."""
    for held in (*node.nodes("doseAndRate"), node):
        for name in _DOSES:
            inner = _object(held, name)
            if inner.text("value") and not (inner.text("unit") or inner.text("code")):
                yield f"{inner.text('value')} {counted('dose', inner.text('value'), language)}"
            elif text := quantity(inner) or limits(inner, language):
                yield text


def rates(node: Node, language: str) -> Iterator[str]:
    """Yield the rates of a dosage."""
    for held in (*node.nodes("doseAndRate"), node):
        for name in _RATES:
            inner = _object(held, name)
            if text := ratio(inner) or quantity(inner) or limits(inner, language):
                yield message("record.at_rate", language, rate=text)


def most(node: Node, language: str) -> Iterator[str]:
    """Yield what must not be exceeded: for a period, for one time, for a lifetime."""
    for held in node.nodes("maxDosePerPeriod"):
        if held.node("numerator").text("value"):
            dose, time = quantity(held.node("numerator")), _time(held.node("denominator"), language)
            yield message(
                "record.max_per_period",
                language,
                dose=dose,
                period=time or quantity(held.node("denominator")),
            )
    for name, key in (("maxDosePerAdministration", "max_per_dose"), ("maxDosePerLifetime", "max_per_life")):
        if text := quantity(node.node(name)):
            yield message(f"record.{key}", language, dose=text)


def as_needed(node: Node, language: str) -> str:
    """Return ``si besoin``, with what for where that is said."""
    wanted = concept(node.node("asNeededCodeableConcept")) or ", ".join(
        filter(None, map(concept, node.nodes("asNeededFor")))
    )
    said = node.data.get("asNeeded")
    if (
        wanted
        or node.text("asNeededBoolean") == "true"
        or (isinstance(said, bool | str) and node.text("asNeeded") == "true")
    ):
        return f"{message('record.as_needed', language)}{f' ({wanted})' if wanted else ''}"
    return ""


def timing(node: Node, language: str) -> str:
    """Return when something is to be done."""
    repeat = node.node("repeat")
    parts = [_code(node, language)]
    parts.extend(in_words(from_iso(one), language, clock=True) for one in node.texts("event"))
    if not parts[0] or repeat.has("frequencyMax") or repeat.has("periodMax"):
        parts.append(_frequency(repeat, language))
    parts.extend(word("weekday", one.lower(), language) for one in repeat.texts("dayOfWeek"))
    offset = repeat.text("offset")
    parts.extend(
        (
            f"{offset} min {word('when', one.lower(), language)}"
            if offset
            else word("when", one.lower(), language)
        )
        for one in repeat.texts("when")
    )
    parts.extend(one[:5] for one in repeat.texts("timeOfDay"))
    parts.append(_each(repeat, language))
    parts.append(_bounds(repeat, language))
    if count := repeat.text("count"):
        shown = _between(count, repeat.text("countMax"), language)
        parts.append(message("record.occurrences", language, count=shown))
    return ", ".join(filter(None, parts))


def _code(node: Node, language: str) -> str:
    text = concept(node.node("code"))
    return catalogue(language).get(f"pattern.{text.upper()}", text)


def _frequency(repeat: Node, language: str) -> str:
    every, unit = repeat.text("period"), repeat.text("periodUnit") or repeat.text("periodUnits")
    if not every or unit not in _UNITS_OF_TIME:
        return ""
    longest = repeat.text("periodMax")
    is_one = every in ("1", "1.0") and not longest
    span = (
        counted(unit, "1", language)
        if is_one
        else f"{_between(every, longest, language)} {counted(unit, longest or every, language)}"
    )
    count, highest = repeat.text("frequency") or "1", repeat.text("frequencyMax")
    times = f"{_between(count, highest, language)} {counted('times', highest or count, language)}"
    return message("record.times_per" if is_one else "record.times_each", language, count=times, period=span)


def _between(low: str, high: str, language: str) -> str:
    shown = number_in_words(low)
    return (
        message("record.given_range", language, low=shown, high=number_in_words(high))
        if high and high != low
        else shown
    )


def _each(repeat: Node, language: str) -> str:
    """Return how long each time lasts."""
    lasting, unit = repeat.text("duration"), repeat.text("durationUnit") or repeat.text("durationUnits")
    if not lasting:
        return ""
    longest = repeat.text("durationMax")
    return message(
        "record.lasting",
        language,
        time=f"{_between(lasting, longest, language)} {counted(unit, longest or lasting, language)}",
    )


def _bounds(repeat: Node, language: str) -> str:
    """Return for how long, or from when to when, it is to be done."""
    held = [_object(repeat, name) for name in ("boundsDuration", "boundsQuantity", "boundsRange", "bounds")]
    for one in held:
        if time := _time(one, language):
            return message("record.during", language, time=time)
        if one.has("low") or one.has("high"):
            low, high = one.node("low"), one.node("high")
            shown = _between(low.text("value") or high.text("value"), high.text("value"), language)
            return message(
                "record.during", language, time=f"{shown} {_unit(high or low, high.text('value'), language)}"
            )
    return period(_object(repeat, "boundsPeriod") or _object(repeat, "bounds"), language)


def _time(node: Node, language: str) -> str:
    """Return a duration: ``10 jours``; of one unit the unit alone stands after a preposition elsewhere."""
    amount = node.text("value")
    return f"{number_in_words(amount)} {_unit(node, amount, language)}" if amount else ""


def _unit(node: Node, count: str, language: str) -> str:
    code = node.text("code")
    return counted(code if code in _UNITS_OF_TIME else node.text("unit") or code, count, language)


def _object(node: Node, name: str) -> Node:
    """Return an element that is an object there; versions differ, and in one it may be a plain value."""
    held = node.data.get(name)
    return node.node(name) if isinstance(held, dict | list) else Node({})
