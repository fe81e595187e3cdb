"""Words of facts in the reader's language: labels, values, dates, sides. Numbers stay those of the document;
only their comma changes.
"""

from __future__ import annotations

import re

from rag.answer.from_facts.matching import keys, row_of
from rag.answer.from_facts.record import UNSURE, time_of
from rag.answer.from_facts.values import Fragment
from rag.clinical.folding import fold
from rag.clinical.languages import served
from rag.core.facts import Fact, Side
from rag.messages import message

_POINT = re.compile(r"(?<=\d)\.(?=\d)")
_COMMA = re.compile(r"(?<=\d),(?=\d)")
_DATE_LIKE = re.compile(r"\d+\.\d+\.\d+")
_IN_DOCUMENT_WORDS = frozenset(
    {"drug", "allergy", "procedure", "device", "encounter", "family", "lifestyle", "directive", "appointment"}
)
"""Sorts of facts that are named as the document names them: a brand, the kind of a prosthesis."""
_LETTER = re.compile(r"[^\W\d_]|[%°]")


def say(key: str, language: str, **variables: object) -> str:
    """Return a phrase of ``rag/messages/*/facts.toml``."""
    return message(f"facts.{key}", language, **variables)


def label_of(fact: Fact, language: str) -> str:
    """Return what a fact is about: results and diseases by their name in the language, other things as the
    document names them.

    What the document names in another language has the name of the table in the reader's.
    """
    row = row_of(fact.concept)
    own = fact.label.strip()
    label = own if row is None or (own and _stays(own, fact, language)) else row.label(language)
    return label[:1].upper() + label[1:]


def _stays(words: str, fact: Fact, language: str) -> bool:
    """Tell whether a reader of the language is shown the document's own words."""
    if fact.kind in _IN_DOCUMENT_WORDS:
        others = (code for code in served() if code != language)
        return _is_told_in(words, fact, language) or not any(
            _is_told_in(words, fact, code) for code in others
        )
    return fact.kind == "condition" and _is_told_in(words, fact, language)


def _is_told_in(words: str, fact: Fact, language: str) -> bool:
    """Tell whether the document names a thing in a language: its words may say more than the name in the
    table.
    """
    row = row_of(fact.concept)
    forms = row.forms.get(language, ()) if row else ()
    return any(keys(form.lstrip("~")) <= keys(words) and len(form) > _ABBREVIATION for form in forms)


_ABBREVIATION = 5


def value_of(fact: Fact, language: str) -> str:
    """Return a value with its unit; a decimal comma in French, a point in English."""
    text = " ".join(fact.value_text.split())
    if not text and fact.value is not None:
        text = f"{fact.comparator}{fact.value:g}"
    if fact.value is not None and fact.unit and not _LETTER.search(text) and not _IN_CENTIMETRES.match(text):
        text = f"{text} {_UNITS.get(fact.unit, fact.unit)}"
    return written_number(text, language)


_IN_CENTIMETRES = re.compile(r"\d{1,2}(?:[.,]\d)?/\d{1,2}(?:[.,]\d)?$")
"""A blood pressure as French notes write it (``13/7``): its unit is left as the document leaves it."""
_UNITS = {
    "umol/L": "µmol/L",
    "10*9/L": "G/L",
    "10*12/L": "T/L",
    "Cel": "°C",
    "mm[Hg]": "mmHg",
    "mL/min/{1.73_m2}": "mL/min/1,73 m²",
    "1": "",
}
"""UCUM as clinicians write it, where the document gives a number alone."""


def written_number(text: str, language: str) -> str:
    """Return a text with the decimal mark of a language."""
    if _DATE_LIKE.search(text):
        return text
    return _POINT.sub(",", text) if language == "fr" else _COMMA.sub(".", text)


def regimen_of(fact: Fact, language: str) -> str:
    """Return dose and frequency as the document gives them, empty where it gives none."""
    dose = fact.value_text or fact.details.get("dose", "")
    parts = [dose, *(fact.details.get(name, "") for name in ("frequency", "duration"))]
    kept: list[str] = []
    for part in parts:
        if part and part.casefold() not in " ".join(kept).casefold():
            kept.append(part)
    return written_number(" ".join(" ".join(kept).split()), language)


def date_words(iso: str, language: str) -> str:
    """Return a date in words: ``18 mai 2026``, ``May 2026``, ``2026``."""
    year, *rest = iso[:10].split("-")
    if not rest:
        return year
    month = say("months", language).split()[int(rest[0]) - 1]
    if len(rest) == 1:
        return say("month_year", language, month=month, year=year)
    day = say("first_day", language) if rest[1] == "01" else str(int(rest[1]))
    return say("day_month_year", language, day=day, month=month, year=year)


def on_date(iso: str | None, language: str, key: str = "on", filed: str | None = None) -> Fragment | str:
    """Return ``le 18 mai 2026`` as a piece that gives a date; nothing where there is none.

    ``filed`` is when the document was written: of that very day, it is said that it is the document's where
    no text writes it.
    """
    if not iso:
        return ""
    precision = {4: "year", 7: "month"}.get(len(iso[:10]), "day")
    words = date_words(iso, language)
    is_of_document = (filed or "")[:10] == iso[:10]
    undated = say(f"document_{precision}", language, date=words) if is_of_document else ""
    return Fragment(say(f"{key}_{precision}", language, date=words), date=iso[:10], undated=undated)


def when_of(fact: Fact, language: str) -> Fragment | str:
    """Return when a fact was, as a piece; of an act of no known day, the document that tells of it: the
    letter's day is not its own.
    """
    of_stay = _spans_days(fact) and (fact.kind in ("lab", "vital") or _ends_with_its_letter(fact))
    if of_stay or (fact.kind in ("procedure", "device") and fact.at is None and fact.assertion == "history"):
        return on_date(fact.recorded_at, language, "document", fact.recorded_at)
    return on_date(time_of(fact), language, filed=fact.recorded_at)


def _spans_days(fact: Fact) -> bool:
    """Tell whether a fact is of some day of several: what a letter says of a stay without naming the day."""
    at = fact.at
    if fact.kind == "encounter" or at is None or at.precision != "day":
        return False
    return at.end is not None and at.start != at.end


def _ends_with_its_letter(fact: Fact) -> bool:
    """Tell whether the days of a fact are those of a stay up to the letter that sums it up."""
    end = fact.at.end if fact.at is not None else None
    return end is not None and end[:10] == (fact.recorded_at or "")[:10]


def sided(label: str, side: Side, language: str) -> str:
    """Return a thing with its side (``prothèse de hanche à droite``, ``right hip replacement``); one already
    said is not repeated.
    """
    if not side or keys(say(f"side_{side}", language)) & keys(label):
        return label
    named = label[:1].lower() + label[1:] if language == "en" and label[1:2].islower() else label
    phrase = say(f"sided_{side}", language, label=named)
    return phrase[:1].upper() + phrase[1:]


def denied(label: str, language: str) -> str:
    """Return the absence of a thing: ``Absence d'embolie``, ``No embolism``; an abbreviation keeps its
    capitals.
    """
    named = label[:1].lower() + label[1:] if label[1:2].islower() else label
    key = "absence_elided" if fold(named)[:1] in _VOWELS else "absence"
    return say(key, language, label=named)


_VOWELS = frozenset("aeiouyh")


def doubt_of(fact: Fact, language: str) -> Fragment | str:
    """Return that a fact is to be confirmed, where it is."""
    return Fragment(say("to_confirm", language), is_frame=True) if fact.confidence < UNSURE else ""


def reason_of(fact: Fact, language: str) -> str:
    """Return why, as the document says it; nothing where it does not."""
    return (
        say("reason", language, reason=" ".join(fact.reason.split()).rstrip(" ."))
        if fact.reason.strip()
        else ""
    )
