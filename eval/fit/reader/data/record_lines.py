"""Made-up records of short lines: laboratory tables, prescriptions, allergies, vitals, histories.

What records mostly are, and what no public question set holds. Names come from the concept table, numbers
from chance: nothing of it is about anybody. A question about one line has the lines beside it as negatives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from random import Random

from eval.fit.reader.data.asking import LANGUAGES, worded
from eval.fit.reader.data.groups import AnswerGroup, Option, Split
from rag.clinical.concepts import Concept, concepts, kinds_of

_TITLES = {
    "fr": (
        "Compte rendu d'hospitalisation",
        "Ordonnance",
        "Bilan biologique",
        "Lettre de sortie",
        "Consultation",
    ),
    "en": ("Discharge summary", "Prescription", "Laboratory report", "Discharge letter", "Clinic note"),
}
_SECTIONS = {
    "lab": {"fr": "Biologie", "en": "Laboratory"},
    "drug": {"fr": "Traitement", "en": "Medication"},
    "vital": {"fr": "Constantes", "en": "Observations"},
    "condition": {"fr": "Antécédents", "en": "Past history"},
    "allergy": {"fr": "Allergies", "en": "Allergies"},
    "procedure": {"fr": "Interventions", "en": "Procedures"},
    "imaging": {"fr": "Imagerie", "en": "Imaging"},
}
_FREQUENCIES = {
    "fr": ("matin et soir", "1 fois par jour", "x 3/j", "toutes les 8 heures", "le soir au coucher", "1-0-1"),
    "en": ("twice daily", "once a day", "tds", "every 8 hours", "at night", "1-0-1"),
}
_UNITS = ("mg", "g", "µg", "UI", "mL")
_FOUND = {
    "fr": ("sans anomalie", "épanchement pleural de faible abondance", "lésion de 12 mm", "pas de fracture"),
    "en": ("unremarkable", "small pleural effusion", "12 mm lesion", "no fracture"),
}
_REACTIONS = {"fr": ("urticaire", "œdème de Quincke", "choc anaphylactique"), "en": ("rash", "angioedema")}


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    section: str
    about: Concept
    asks: tuple[str, ...]


def record_groups(count: int, split: Split, seed: int) -> Iterator[AnswerGroup]:
    """Yield questions to ``count`` made-up records, some of which leave the question open."""
    for number in range(count):
        random = Random(f"{seed} record {split} {number}")
        language = random.choice(LANGUAGES)
        lines = [_line(kind, language, random) for kind in _kinds(random)]
        title = random.choice(_TITLES[language])
        yield from _asked(lines, title, language, split, random)


def _kinds(random: Random) -> Sequence[str]:
    main = random.choice(("lab", "drug", "mixed"))
    if main == "mixed":
        return random.choices(list(_SECTIONS), k=9)
    return [main] * 7 + random.choices(list(_SECTIONS), k=3)


def _asked(
    lines: Sequence[_Line], title: str, language: str, split: Split, random: Random
) -> Iterator[AnswerGroup]:
    for line in random.sample(list(lines), min(3, len(lines))):
        asked_in = language if random.random() < 0.75 else random.choice(LANGUAGES)
        question = worded(random.choice(line.asks), line.about.id, "", asked_in, random)
        is_open = random.random() < 0.2
        others = [one for one in lines if one.about.id != line.about.id]
        others = [one for one in others if not kinds_of(one.about.id) & kinds_of(line.about.id)]
        others += [] if is_open else [line]
        random.shuffle(others)
        options = tuple(_option(one, title, int(one is line)) for one in others)
        if len(options) > 2:
            yield AnswerGroup("record_lines", asked_in, split, question, options)


def _option(line: _Line, title: str, label: int) -> Option:
    return Option(line.text, label, f"{title} > {line.section}")


def _line(kind: str, language: str, random: Random) -> _Line:
    row = random.choice(_rows(kind))
    text, asks = _MAKERS[kind](_name(row, language, random), language, random, row)
    return _Line(text, _SECTIONS[kind][language], row, asks)


def _name(row: Concept, language: str, random: Random) -> str:
    forms = row.searched(language) or (row.label(language),)
    name = row.label(language) if random.random() < 0.6 else random.choice(forms[:3])
    return name[:1].upper() + name[1:] if random.random() < 0.7 else name


_Made = tuple[str, tuple[str, ...]]


def _measured(name: str, language: str, random: Random, row: Concept) -> _Made:
    value = random.choice((str(random.randint(2, 400)), f"{random.uniform(0.5, 20):.1f}"))
    value = value.replace(".", ",") if language == "fr" else value
    unit = row.measured_in[0].unit if row.measured_in and "{" not in row.measured_in[0].unit else ""
    unit = "" if unit == "1" else unit
    forms = (f"| {name} | {value} | {unit} |", f"{name} : {value} {unit}", f"- {name} {value} {unit}")
    return random.choice(forms).replace("  ", " ").strip(), ("value",)


def _prescribed(name: str, language: str, random: Random, row: Concept) -> _Made:
    dose = f"{random.choice((1, 2, 2.5, 5, 10, 20, 40, 75, 100, 500)):g} {random.choice(_UNITS)}"
    dose = dose.replace(".", ",") if language == "fr" else dose
    often = random.choice(_FREQUENCIES[language])
    forms = (f"- {name} {dose} {often}", f"{name} {dose}, {often}", f"| {name} | {dose} | {often} |")
    stop = {"fr": f"{name} : arrêté", "en": f"{name}: stopped"}[language]
    if random.random() < 0.15:
        return stop, ("given",)
    return random.choice(forms), ("dose", "given")


def _known(name: str, language: str, random: Random, row: Concept) -> _Made:
    year = random.randint(1985, 2026)
    deny = {"fr": f"Pas de {name.lower()}", "en": f"No {name.lower()}"}[language]
    forms = (f"- {name} ({year})", f"{name}", f"{name} {year}", deny)
    return random.choice(forms), ("condition",)


def _allergic(name: str, language: str, random: Random, row: Concept) -> _Made:
    reaction = random.choice(_REACTIONS[language])
    head = {"fr": "Allergie", "en": "Allergy"}[language]
    return random.choice((f"{head} : {name} ({reaction})", f"- {name} — {reaction}")), ("allergy",)


def _done(name: str, language: str, random: Random, row: Concept) -> _Made:
    day = f"{random.randint(1, 28):02}/{random.randint(1, 12):02}/{random.randint(2001, 2026)}"
    return random.choice((f"- {day} : {name}", f"{name} ({day})", f"{name} {day}")), ("procedure",)


def _seen(name: str, language: str, random: Random, row: Concept) -> _Made:
    return f"{name} : {random.choice(_FOUND[language])}", ("finding",)


_MAKERS: dict[str, Callable[[str, str, Random, Concept], _Made]] = {
    "lab": _measured,
    "vital": _measured,
    "drug": _prescribed,
    "condition": _known,
    "allergy": _allergic,
    "procedure": _done,
    "imaging": _seen,
}


@cache
def _rows(kind: str) -> tuple[Concept, ...]:
    return concepts("drug" if kind == "allergy" else kind)
