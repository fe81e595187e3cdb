"""The rows of the concept table, read once: what a concept is called in each language, its codes, its uses
and its units.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from rag.clinical.languages import folders
from rag.core.codes import Code

_SEVERAL = " ; "
_ASIDE = "~"


@dataclass(frozen=True, slots=True)
class Measure:
    """A unit in which a thing is measured (UCUM); ``factor`` × the value is the value in the first unit of
    the concept.
    """

    unit: str
    factor: Fraction


@dataclass(frozen=True, slots=True)
class Concept:
    """One meaning.

    Attributes:
        id: its name in the project, lower case English with underscores. kind: ``drug``, ``drug_class``,
        ``lab``, ``vital``, ``condition``, ``symptom``, ``procedure``, ``imaging``, ``anatomy``,
            ``device``, ``organism``, ``allergen``, ``person``, ``word``.
        labels: how it is shown, by language. forms: how it is written, by language, the label first; a form
        all in capitals is an abbreviation. codes: its codes in public systems (``loinc``, ``atc``, ``cim10``,
        ``snomed``). uses: what it serves: ``search``, ``gate``, ``guard``, ``facts``. measured_in: units
        accepted, the first the one that values are compared in; empty where it is not measured. broader: ids
        of the concepts that this one is a kind of. aside: forms that name it in a text, but that search
        neither translates nor proposes (``~`` before them in the file).
    """

    id: str
    kind: str
    labels: Mapping[str, str]
    forms: Mapping[str, tuple[str, ...]]
    codes: tuple[Code, ...] = ()
    uses: frozenset[str] = frozenset()
    measured_in: tuple[Measure, ...] = ()
    broader: tuple[str, ...] = field(default=())
    aside: frozenset[str] = frozenset()

    def searched(self, language: str) -> tuple[str, ...]:
        """Return the forms by which search knows it in a language, the label first."""
        return tuple(form for form in self.forms.get(language, ()) if form not in self.aside)

    def label(self, language: str) -> str:
        """Return the label in a language, in another one where it has none there."""
        return self.labels.get(language) or next(iter(self.labels.values()), self.id)


GENERATED = "drugs.tsv"
"""The one file that a tool writes; the others are written by hand."""


@cache
def table() -> Mapping[str, Concept]:
    """Return every concept by its id, in the order of the files."""
    return {concept.id: concept for concept in _read(_files())}


def hand_written() -> tuple[Concept, ...]:
    """Return the concepts of the files that no tool writes."""
    return tuple(_read(file for file in _files() if file.name != GENERATED))


def _files() -> list[Traversable]:
    """Return the files of the table and what each language's folder adds to it, those with whole rows
    first.
    """
    own = sorted(
        (file for file in files(__package__).iterdir() if file.name.endswith(".tsv")),
        key=lambda file: file.name,
    )
    more = [folder / "concepts.tsv" for folder in folders().values()]
    return [*sorted(own, key=lambda file: file.name == GENERATED), *(file for file in more if file.is_file())]


def _read(sources: Iterable[Traversable]) -> Iterator[Concept]:
    """Yield the concepts of the files. A row without a kind continues the one of its id: its forms, codes and
    kinds are added.
    """
    found: dict[str, Concept] = {}
    for file in sources:
        for row in _rows(file):
            read, known = _concept(row), found.get(row["id"])
            if known and row.get("kind", ""):
                raise ValueError(f"concept {known.id} stands twice, again in {file.name}")
            found[read.id] = _joined(known, read) if known else read
    yield from found.values()


def _rows(file: Traversable) -> Iterator[dict[str, str]]:
    lines = [
        line for line in file.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")
    ]
    columns = lines[0].split("\t")
    for line in lines[1:]:
        cells = line.split("\t")
        yield dict(zip(columns, cells + [""] * (len(columns) - len(cells)), strict=True))


def _joined(known: Concept, more: Concept) -> Concept:
    return replace(
        known,
        labels={**more.labels, **known.labels},
        forms={
            language: tuple(dict.fromkeys((*known.forms.get(language, ()), *more.forms.get(language, ()))))
            for language in (*known.forms, *(name for name in more.forms if name not in known.forms))
        },
        codes=tuple(dict.fromkeys((*known.codes, *more.codes))),
        broader=tuple(dict.fromkeys((*known.broader, *more.broader))),
        aside=known.aside | more.aside,
    )


def _concept(row: Mapping[str, str]) -> Concept:
    languages = [column.removeprefix("label_") for column in row if column.startswith("label_")]
    labels = {language: row[f"label_{language}"] for language in languages if row[f"label_{language}"]}
    cells = {language: _split(row.get(f"forms_{language}", "")) for language in languages}
    forms = {
        language: tuple(
            dict.fromkeys(
                form.removeprefix(_ASIDE) for form in (labels.get(language, ""), *cells[language]) if form
            )
        )
        for language in languages
    }
    return Concept(
        id=row["id"],
        kind=row.get("kind", ""),
        labels=labels,
        forms=forms,
        codes=tuple(_code(code) for code in _split(row.get("codes", ""))),
        uses=frozenset(row.get("use", "").split(",")) - {""},
        measured_in=tuple(_measure(measure) for measure in _split(row.get("measured_in", ""))),
        broader=tuple(_split(row.get("broader", ""))),
        aside=frozenset(form[1:] for found in cells.values() for form in found if form.startswith(_ASIDE)),
    )


def _split(cell: str) -> list[str]:
    return [part for part in (part.strip() for part in cell.split(_SEVERAL)) if part]


def _code(cell: str) -> Code:
    system, _, code = cell.partition(":")
    return Code(system, code)


def _measure(cell: str) -> Measure:
    unit, _, factor = cell.partition("=")
    return Measure(unit, Fraction(factor or "1"))
