"""How much of a drug, how often, which way, how long: read from the words after its name, or just before
it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from rag.clinical.facts.measured.measures import NUMBER, number_of
from rag.clinical.facts.note import Note
from rag.clinical.patterns import alternatives, pattern
from rag.clinical.phrases import phrases_in

_DOSE = re.compile(
    rf"(?<![\w.,/])(?:(?P<from>{NUMBER})\s?(?P<from_unit>{alternatives('dose', 'units')})?\s?(?:→|->|=>|a|"
    rf"to|/|-|–)\s?)?"
    rf"(?P<num>{NUMBER}|un|une|deux|demi|one|two|half|1/2|½|¼)\s?(?P<unit>"
    rf"{alternatives('dose', 'units')})(?![a-z]|\s?/\s?(?:d?l|mm3|ul)\b)"
    r"(?P<per>\s?/\s?(?:kg|m2|ml|h|j|jour|24\s?h|d|day|dose|prise|min|semaine|week)(?![a-z])"
    r"(?:\s?/\s?(?:j|jour|24\s?h|h|d|day|min|dose)(?![a-z]))?)?"
)
_CHANGE_WORD = re.compile(r"\b(?:de|from|passe\w* de)\s*$")
_SPELLINGS = (
    ("g", "gr gramme grammes"),
    ("mg", "milligramme milligrammes"),
    ("ug", "mcg µg μg microg microgramme microgrammes microgram micrograms"),
    ("[IU]", "ui iu u unite unites unit units"),
    ("m[IU]", "mui"),
    ("mL", "ml cc"),
    ("L", "l"),
)
_UCUM = {form: unit for unit, forms in _SPELLINGS for form in forms.split()}
_KEPT = frozenset({"mg", "g", "ug", "ng", "meq", "mmol", "kcal", "%"})
_PER = (
    ("/jour", "/d"),
    ("/j", "/d"),
    ("/24h", "/d"),
    ("/day", "/d"),
    ("/semaine", "/wk"),
    ("/week", "/wk"),
    ("/ml", "/mL"),
)
_PER_DAY = re.compile(r"/(?:j|jour|24h|d|day|semaine|week|wk)$")
_DURATION = pattern("duration", "counted", r"\b")
_UNTIL = pattern("duration", "until", r"\b")
_WAY = pattern("way", before=r"\b", after=r"\b")
_FREQUENCY = pattern("frequency")
_LIMIT = pattern("dose", "limit", r"\b", after=r"\s*[<>:]?\s*$")
_MOST = re.compile(r"\b(?:max(?:imum|i)?\b|sans depasser|not (?:to )?exceed)")
"""What opens the most that may be taken, which is no frequency of the dose."""
_CONDITION = re.compile(r"\b(?:si|if|when|quand|lorsque)\b")
_RAISED = re.compile(rf"(?:→|->|=>|{alternatives('dose', 'raised')})\s*$")
_INSTEAD = pattern("dose", "instead", after=r"\s*$")


@dataclass(frozen=True, slots=True)
class Dose:
    """A dose: number and UCUM unit where it is of mass or activity, words as written, what it was before, and
    further parts.
    """

    value: float | None = None
    unit: str = ""
    text: str = ""
    end: int = 0
    details: Mapping[str, str] = field(default_factory=dict)


def dose_after(note: Note, start: int, end: int) -> Dose:
    """Return the dose written between two places, with its frequency, route and duration; all empty where
    none is.
    """
    details: dict[str, str] = {}
    found = list(_DOSE.finditer(note.plain, start, end))
    first = _first_real(note, found, start)
    value, unit, text, last = None, "", "", start
    if first is not None:
        value, unit, text, last = *_read(note, first), first.end()
        details |= _change(note, found, first)
        if details.get("dose") and len(found) > 1:
            second = next(
                (
                    other
                    for other in found
                    if note.quote(other.start("num"), other.end()).strip() == details["dose"]
                ),
                first,
            )
            value, unit, text, last = *_read(note, second), max(last, second.end())
        details["dose"] = text
    last = max(last, *(_more(note, start, end, details)))
    return Dose(value, unit, text, last, details)


def dose_before(note: Note, start: int, end: int) -> Dose:
    """Return the dose that ends just before a drug: ``2 g de céfazoline``, ``1000 mg of metformin``."""
    found = list(_DOSE.finditer(note.plain, max(start, end - 24), end))
    if not found or not re.fullmatch(r"\s?(?:de|d'|of|x)?\s?(?:la |l')?", note.plain[found[-1].end() : end]):
        return Dose()
    value, unit, text = _read(note, found[-1])
    return Dose(value, unit, text, end, {"dose": text}) if text else Dose()


def without_doses(plain: str) -> str:
    """Return flat words without the doses, frequencies, durations and ways among them."""
    for form in (_DOSE, _FREQUENCY, _DURATION, _WAY):
        plain = form.sub(" ", plain)
    return plain


def _first_real(note: Note, found: list[re.Match[str]], start: int) -> re.Match[str] | None:
    """Return the first dose; a strength before a count of tablets (``500 mg 2 cp``) is one dose, the
    strength.
    """
    for match in found:
        if _CONDITION.search(note.plain[start : match.start()]):
            return None
        if match["unit"] in ("%", "l") and len(found) > 1:
            continue
        if _LIMIT.search(note.plain[max(0, match.start() - 24) : match.start()]):
            continue
        return match
    return None


def _read(note: Note, match: re.Match[str]) -> tuple[float | None, str, str]:
    sign = (
        note.plain[
            match.end("from_unit") if match["from_unit"] else match.end("from") : match.start("num")
        ].strip()
        if match["from"]
        else ""
    )
    joined = sign in ("/", "-", "–")
    text = note.quote(
        match.start() if joined else match.start("num"), match.end()
    ).strip()  # "24/26 mg" of two substances in one
    value = (
        number_of(match["num"], note.language)
        if not joined and match["num"][0].isdigit() and "/" not in match["num"]
        else None
    )
    unit = _UCUM.get(match["unit"], match["unit"] if match["unit"] in _KEPT else "")
    per = re.sub(r"\s", "", match["per"] or "")
    if per and unit:
        for written, ucum in _PER:
            per = per.replace(written, ucum)
        unit += per if not re.search(r"/(?:dose|prise|week|mL)$", per) else ""
    return (value if unit else None), (unit if value is not None else ""), text


def _change(note: Note, found: list[re.Match[str]], first: re.Match[str]) -> dict[str, str]:
    """Return the old and the new dose where the words tell of a change: ``de 5 à 10 mg``, ``5 mg → 10 mg``,
    ``10 mg au lieu de 5 mg``.
    """
    if first["from"]:
        unit = note.quote(*first.span("from_unit")) if first["from_unit"] else note.quote(*first.span("unit"))
        sign = note.plain[
            first.end("from_unit") if first["from_unit"] else first.end("from") : first.start("num")
        ].strip()
        if sign in ("→", "->", "=>", "to") or (
            sign == "a" and _CHANGE_WORD.search(note.plain[max(0, first.start() - 14) : first.start()])
        ):
            return {"old_dose": f"{note.quote(*first.span('from'))} {unit}"}
        return {}
    if len(found) > 1 and (
        second := found[found.index(first) + 1] if found.index(first) + 1 < len(found) else None
    ):
        between = note.plain[first.end() : second.start()]
        if _RAISED.search(between):
            return {
                "old_dose": _read(note, first)[2],
                "dose": note.quote(second.start("num"), second.end()).strip(),
            }
        if _INSTEAD.search(between):
            return {"old_dose": _read(note, second)[2]}
    return {}


def _more(note: Note, start: int, end: int, details: dict[str, str]) -> list[int]:
    ends = [start]
    most = _MOST.search(note.plain, start, end)
    if frequency := _FREQUENCY.search(note.plain, start, most.start() if most else end):
        details["frequency"] = note.quote(*frequency.span()).strip()
        ends.append(frequency.end())
    elif (dose := details.get("dose")) and _PER_DAY.search(re.sub(r"\s", "", dose.lower())):
        details["frequency"] = dose[dose.rfind("/") :]
    if duration := _DURATION.search(note.plain, start, end) or _UNTIL.search(note.plain, start, end):
        details["duration"] = note.quote(*duration.span()).strip()
        ends.append(duration.end())
    ends += _route(note, start, end, details)
    if "as_needed" not in details and (condition := _WHEN_NEEDED.search(note.plain, start, end)):
        details["as_needed"] = note.quote(*condition.span()).strip()
    return ends


_WHEN_NEEDED = re.compile(r"\b(?:(?:si|if|in case of|en cas de)\s|en cas d')(?!besoin)[a-z][^.;,\n|()]{2,40}")


def _route(note: Note, start: int, end: int, details: dict[str, str]) -> list[int]:
    ends = []
    for phrase in phrases_in(note.tokens, note.language, "drugs_cues", *note.tokens_in(start, end)):
        table, name = phrase.name.split(".")
        if table == "route" and "route" not in details:
            details["route"] = name
            ends.append(phrase.end)
        elif table == "more" and name == "prn":
            details["as_needed"] = note.quote(phrase.start, phrase.end)
    return ends
