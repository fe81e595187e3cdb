"""How much of a drug, how often, which way, how long: read from the words after its name, or just before it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from rag.clinical.facts.measures import NUMBER, number_of
from rag.clinical.facts.note import Note
from rag.clinical.phrases import phrases_in

_MASS = r"mg|g|gr|grammes?|milligrammes?|ug|mcg|microg(?:rammes?|rams?)?|ng|ui|iu|u|unites?|units?|mui|meq|mmol|ml|cc|l|kcal|%|cp|cps|cpr|comprimes?|gelules?|gel|capsules?|tabs?|tablets?|sachets?|amp(?:oules?)?|bouffees?|puffs?|gouttes?|drops?|patchs?|patches|injections?|dragees?|suppositoires?|unidoses?|culots?"
_DOSE = re.compile(
    rf"(?<![\w.,/])(?:(?P<from>{NUMBER})\s?(?P<from_unit>{_MASS})?\s?(?:→|->|=>|a|to|/|-|–)\s?)?(?P<num>{NUMBER}|un|une|deux|demi|one|two|half|1/2|½|¼)\s?(?P<unit>{_MASS})(?![a-z])(?P<per>\s?/\s?(?:kg|m2|ml|h|j|jour|24\s?h|d|day|dose|prise|min|semaine|week)(?![a-z])(?:\s?/\s?(?:j|jour|24\s?h|h|d|day|min|dose)(?![a-z]))?)?"
)
_CHANGE_WORD = re.compile(r"\b(?:de|from|passe\w* de)\s*$")
_UCUM = {"gr": "g", "gramme": "g", "grammes": "g", "milligramme": "mg", "milligrammes": "mg", "mcg": "ug", "microg": "ug", "microgrammes": "ug", "micrograms": "ug", "microgramme": "ug", "microgram": "ug",
         "ui": "[IU]", "iu": "[IU]", "unites": "[IU]", "unite": "[IU]", "unit": "[IU]", "units": "[IU]", "u": "[IU]", "mui": "m[IU]", "ml": "mL", "cc": "mL", "l": "L"}  # fmt: skip
_KEPT = frozenset({"mg", "g", "ug", "ng", "meq", "mmol", "kcal", "%"})
_PER_DAY = re.compile(r"/(?:j|jour|24h|d|day)$")
_DURATION = re.compile(
    r"\b(?:pendant|durant|pdt|duree(?: totale)?(?: de)?\s?:?|x|for|qsp|during|pour|sur|total(?: of)?)\s?(?P<n>\d{1,3}|un|une|deux|trois|one|two|three)\s?(?P<unit>jours?|j|semaines?|sem|mois|ans?|days?|d|weeks?|wks?|months?|years?)(?![a-z])"
)
_UNTIL = re.compile(r"\b(?:jusqu'\s?(?:au|a)|until|through|till)\s[^;.\n,]{3,40}")
_WAY = re.compile(r"\b(?:per os|po|iv|sc|im|vo|lp|si besoin|prn|inhale|oral|orally)\b")
_FREQUENCY = re.compile(
    r"(?:\b(?:une|deux|trois|quatre|1|2|3|4|5|6|once|twice|three times|four times|one time|two times|thrice)\s?(?:fois|x|prises?|times?|injections?|cp|)\s?(?:par|/|per|a|an|each|every)\s?(?:jour|j|24\s?h|semaine|sem|mois|nuit|day|d|week|month|night)\b"
    r"|\b(?:once|twice|three times|four times) (?:daily|weekly|monthly)\b|\b[x×]\s?\d\s?(?:/\s?(?:j|jour|24\s?h|d|day|sem|semaine|week)\b|\s?par (?:jour|semaine)|\s?daily|(?!\d|\s?\w))|\b\d\s?x\s?(?:/|par\s)\s?(?:j|jour|day|d|semaine|sem)\b|\b\d\s?/\s?(?:j|jour|sem|semaine)\b"
    r"|\btou(?:te)?s les (?:\d{1,2}|deux|trois|quatre|six|huit|douze)?\s?(?:h|heures?|jours?|j|mois|semaines?|matins?|soirs?|nuits?|lundis?|mardis?|mercredis?|jeudis?|vendredis?|samedis?|dimanches?)\b|/\s?(?:4|6|8|12|24|48|72)\s?h\b|\bun jour sur deux\b|\b1\s?j(?:our)?\s?/\s?2\b"
    r"|\bevery (?:\d{1,2}|two|three|four|six|eight|twelve|other)?\s?(?:h|hours?|hrs?|days?|weeks?|months?|morning|evening|night)\b|\bq\s?\d{1,2}\s?-?\s?\d{0,2}\s?h(?:rs?|ours?)?\b|\b(?:bid|tid|qid|qd|qhs|qam|qpm|od|bd|tds|qds|b\.i\.d|t\.i\.d|q\.i\.d|o\.d|nocte|mane|hs)\b\.?|\b[0-2½](?:[.,]5)?\s?-\s?[0-2½](?:[.,]5)?\s?-\s?[0-2½](?:[.,]5)?(?:\s?-\s?[0-2])?\b"
    r"|\b(?:(?:le |au |a )?matin,? (?:et (?:le )?|/|\+ ?)?(?:midi,? )?(?:et (?:le )?|/|\+ ?)?soir|matin,? midi,? (?:et )?soir|(?:le |chaque )matin|(?:le |chaque )soir|matin|soir|midi|au coucher|coucher|au petit[- ]dejeuner|avant les repas|aux repas|a chaque repas|quotidien(?:ne|nement)?|hebdomadaire|mensuel(?:le)?|par jour|par semaine|par mois|/ ?j(?:our)?\b|en continu|en une fois|dose unique)\b"
    r"|\b(?:in the morning|in the evening|at (?:bedtime|night|noon)|morning and evening|nightly|daily|weekly|monthly|per day|per week|a day|each day|with meals|before meals|every day|single dose|once)\b)"
)


@dataclass(frozen=True, slots=True)
class Dose:
    """A dose: number and UCUM unit where it is of mass or activity, words as written, what it was before, and further parts."""

    value: float | None = None
    unit: str = ""
    text: str = ""
    end: int = 0
    details: Mapping[str, str] = field(default_factory=dict)


def dose_after(note: Note, start: int, end: int) -> Dose:
    """Return the dose written between two places, with its frequency, route and duration; all empty where none is."""
    details: dict[str, str] = {}
    found = list(_DOSE.finditer(note.plain, start, end))
    first = _first_real(note, found)
    value, unit, text, last = None, "", "", start
    if first is not None:
        value, unit, text, last = *_read(note, first), first.end()
        details |= _change(note, found, first)
        if details.get("dose") and len(found) > 1:
            second = next((other for other in found if note.quote(other.start("num"), other.end()).strip() == details["dose"]), first)
            value, unit, text, last = *_read(note, second), max(last, second.end())
        details["dose"] = text
    last = max(last, *(_more(note, start, end, details)))
    return Dose(value, unit, text, last, details)


def dose_before(note: Note, start: int, end: int) -> Dose:
    """Return the dose that ends just before a drug: ``2 g de céfazoline``, ``1000 mg of metformin``."""
    found = [match for match in _DOSE.finditer(note.plain, max(start, end - 24), end)]
    if not found or not re.fullmatch(r"\s?(?:de|d'|of|x)?\s?(?:la |l')?", note.plain[found[-1].end() : end]):
        return Dose()
    value, unit, text = _read(note, found[-1])
    return Dose(value, unit, text, end, {"dose": text}) if text else Dose()


def without_doses(plain: str) -> str:
    """Return flat words without the doses, frequencies, durations and ways among them."""
    for pattern in (_DOSE, _FREQUENCY, _DURATION, _WAY):
        plain = pattern.sub(" ", plain)
    return plain


def _first_real(note: Note, found: list[re.Match[str]]) -> re.Match[str] | None:
    """Return the first dose; a strength before a count of tablets (``500 mg 2 cp``) is one dose, the strength."""
    for match in found:
        if match["unit"] in ("%", "l") and len(found) > 1:
            continue
        if re.search(r"(?:max(?:imum|i)?(?: de)?|sans depasser|not exceed(?:ing)?|si|if|eva|plaquettes)\s*[<>:]?\s*$", note.plain[max(0, match.start() - 24) : match.start()]):
            continue
        return match
    return None


def _read(note: Note, match: re.Match[str]) -> tuple[float | None, str, str]:
    text = note.quote(match.start("num"), match.end()).strip()
    value = number_of(match["num"], note.language) if match["num"][0].isdigit() and "/" not in match["num"] else None
    unit = _UCUM.get(match["unit"], match["unit"] if match["unit"] in _KEPT else "")
    per = re.sub(r"\s", "", match["per"] or "")
    if per and unit:
        per = per.replace("/jour", "/d").replace("/j", "/d").replace("/24h", "/d").replace("/day", "/d").replace("/semaine", "/wk").replace("/ml", "/mL")
        unit += per if not re.search(r"/(?:dose|prise|week|mL)$", per) else ""
    return (value if unit else None), unit, text


def _change(note: Note, found: list[re.Match[str]], first: re.Match[str]) -> dict[str, str]:
    """Return the old and the new dose where the words tell of a change: ``de 5 à 10 mg``, ``5 mg → 10 mg``, ``10 mg au lieu de 5 mg``."""
    if first["from"]:
        unit = note.quote(*first.span("from_unit")) if first["from_unit"] else note.quote(*first.span("unit"))
        sign = note.plain[first.end("from_unit") if first["from_unit"] else first.end("from") : first.start("num")].strip()
        if sign in ("→", "->", "=>", "to") or (sign == "a" and _CHANGE_WORD.search(note.plain[max(0, first.start() - 14) : first.start()])):
            return {"old_dose": f"{note.quote(*first.span('from'))} {unit}"}
        return {}
    if len(found) > 1 and (second := found[found.index(first) + 1] if found.index(first) + 1 < len(found) else None):
        between = note.plain[first.end() : second.start()]
        if re.search(r"(?:→|->|=>|passe\w* a|porte\w* a|augmente\w* a|diminue\w* a|reduit\w* a|majore\w* a|baisse\w* a|(?:increased|decreased|reduced|changed|titrated|up|down) to|^\s*(?:a|to)\s*$)\s*$", between):
            return {"old_dose": _read(note, first)[2], "dose": note.quote(second.start("num"), second.end()).strip()}
        if re.search(r"(?:au lieu d[e']|contre|instead of|rather than|\(avant\s?:?|previously|auparavant|from|versus)\s*$", between):
            return {"old_dose": _read(note, second)[2]}
    return {}


def _more(note: Note, start: int, end: int, details: dict[str, str]) -> list[int]:
    ends = [start]
    if frequency := _FREQUENCY.search(note.plain, start, end):
        details["frequency"] = note.quote(*frequency.span()).strip()
        ends.append(frequency.end())
    elif (dose := details.get("dose")) and _PER_DAY.search(re.sub(r"\s", "", dose.lower())):
        details["frequency"] = dose[dose.rfind("/") :]
    if duration := _DURATION.search(note.plain, start, end) or _UNTIL.search(note.plain, start, end):
        details["duration"] = note.quote(*duration.span()).strip()
        ends.append(duration.end())
    return ends + _route(note, start, end, details)


def _route(note: Note, start: int, end: int, details: dict[str, str]) -> list[int]:
    for phrase in phrases_in(note.tokens, note.language, "drugs_cues", *note.tokens_in(start, end)):
        table, name = phrase.name.split(".")
        if table == "route":
            details["route"] = name
            return [phrase.end]
        if table == "more" and name == "prn":
            details["as_needed"] = note.quote(phrase.start, phrase.end)
    return []
