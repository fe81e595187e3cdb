"""The rows of the concept table, read once: what a concept is called in each language, its codes, its uses and its units."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from importlib.resources import files

from rag.core.codes import Code

_SEVERAL = " ; "


@dataclass(frozen=True, slots=True)
class Measure:
    """A unit in which a thing is measured (UCUM); ``factor`` × the value is the value in the first unit of the concept."""

    unit: str
    factor: Fraction


@dataclass(frozen=True, slots=True)
class Concept:
    """One meaning.

    Attributes:
        id: its name in the project, lower case English with underscores.
        kind: ``drug``, ``drug_class``, ``lab``, ``vital``, ``condition``, ``symptom``, ``procedure``, ``imaging``, ``anatomy``,
            ``device``, ``organism``, ``allergen``, ``person``, ``word``.
        labels: how it is shown, by language.
        forms: how it is written, by language, the label first; a form all in capitals is an abbreviation.
        codes: its codes in public systems (``loinc``, ``atc``, ``cim10``, ``snomed``).
        uses: what it serves: ``search``, ``gate``, ``guard``, ``facts``.
        measured_in: units accepted, the first the one that values are compared in; empty where it is not measured.
        broader: ids of the concepts that this one is a kind of.
    """

    id: str
    kind: str
    labels: Mapping[str, str]
    forms: Mapping[str, tuple[str, ...]]
    codes: tuple[Code, ...] = ()
    uses: frozenset[str] = frozenset()
    measured_in: tuple[Measure, ...] = ()
    broader: tuple[str, ...] = field(default=())

    def label(self, language: str) -> str:
        """Return the label in a language, in another one where it has none there."""
        return self.labels.get(language) or next(iter(self.labels.values()), self.id)


@cache
def table() -> Mapping[str, Concept]:
    """Return every concept by its id, in the order of the files."""
    read: dict[str, Concept] = {}
    for name, row in _rows():
        if row["id"] in read:
            raise ValueError(f"concept {row['id']} stands twice, again in {name}")
        read[row["id"]] = _concept(row)
    return read


def _rows() -> Iterator[tuple[str, dict[str, str]]]:
    for file in sorted(files(__package__).iterdir(), key=lambda item: item.name):
        if file.name.endswith(".tsv"):
            lines = [line for line in file.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
            columns = lines[0].split("\t")
            for line in lines[1:]:
                cells = line.split("\t")
                yield file.name, dict(zip(columns, cells + [""] * (len(columns) - len(cells)), strict=True))


def _concept(row: Mapping[str, str]) -> Concept:
    languages = [column.removeprefix("label_") for column in row if column.startswith("label_")]
    labels = {language: row[f"label_{language}"] for language in languages if row[f"label_{language}"]}
    forms = {
        language: tuple(dict.fromkeys(form for form in (labels.get(language, ""), *_split(row.get(f"forms_{language}", ""))) if form))
        for language in languages
    }
    return Concept(
        id=row["id"],
        kind=row["kind"],
        labels=labels,
        forms=forms,
        codes=tuple(_code(code) for code in _split(row.get("codes", ""))),
        uses=frozenset(row.get("use", "").split(",")) - {""},
        measured_in=tuple(_measure(measure) for measure in _split(row.get("measured_in", ""))),
        broader=tuple(_split(row.get("broader", ""))),
    )


def _split(cell: str) -> list[str]:
    return [part for part in (part.strip() for part in cell.split(_SEVERAL)) if part]


def _code(cell: str) -> Code:
    system, _, code = cell.partition(":")
    return Code(system, code)


def _measure(cell: str) -> Measure:
    unit, _, factor = cell.partition("=")
    return Measure(unit, Fraction(factor or "1"))
