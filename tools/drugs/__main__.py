"""Write ``rag/clinical/concepts/drugs.tsv``: ``python -m tools.drugs FOLDER DATE``, FOLDER with the files of
the database.

A substance that a hand-written row names is continued there: its brands are added, its words are left.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from rag.clinical.concepts.table import Concept, hand_written
from rag.clinical.folding import fold
from tools.drugs.names import classes_of, codes_of, english_of, known_names, name_key
from tools.drugs.nomenclature import Speciality, specialities

OUT = Path(__file__).parents[2] / "rag/clinical/concepts/drugs.tsv"
NO_BRAND = Path(__file__).parent / "not_brands.txt"
COLUMNS = "id\tkind\tlabel_fr\tlabel_en\tforms_fr\tforms_en\tcodes\tuse\tmeasured_in\tbroader"
_LOWEST = 2
"""Specialities that a substance must be in to be kept where no code is known of it."""


@dataclass(slots=True)
class Row:
    """One line to be written."""

    concept_id: str
    french: str
    english: str
    brands: set[str] = field(default_factory=set)
    spellings: set[str] = field(default_factory=set)
    parts: tuple[str, ...] = ()

    def line(self, hand: Concept | None) -> str:
        """Return the line; a hand-written row is only continued."""
        codes = codes_of(self.english)
        broader = [name for name in (*self.parts, *classes_of(codes)) if name != self.concept_id]
        forms = " ; ".join(
            [*sorted(self.spellings), *sorted("~" + brand.capitalize() for brand in self.brands)]
        )
        cells = ["", "", ""] if hand else ["drug", self.french, self.english]
        atc = " ; ".join(f"atc:{code}" for code in codes)
        use = "" if hand else "gate,guard,facts"
        return "\t".join([self.concept_id, *cells, forms, "", atc, use, "", " ; ".join(broader)]).rstrip("\t")


def main(folder: Path, date: str) -> None:
    """Read the database and write the table."""
    sold = list(specialities(folder))
    hand = _hand_by_name()
    rows = _substances(sold, hand)
    _add_known(rows, hand)
    _add_brands(sold, rows)
    by_id = {concept.id: concept for concept in hand_written()}
    kept = {
        row.concept_id: row
        for row in rows.values()
        if row.brands or row.concept_id not in by_id or codes_of(row.english)
    }
    lines = sorted(row.line(by_id.get(row.concept_id)) for row in kept.values())
    head = (
        f"# Written by tools/drugs: names of the Base de données publique des médicaments of {date}; ATC"
        " codes put by hand."
    )
    OUT.write_text("\n".join([head, COLUMNS, *lines]) + "\n", encoding="utf-8")


def _hand_by_name() -> Mapping[str, Concept]:
    """Return the hand-written drugs by the keys of their names."""
    drugs = [concept for concept in hand_written() if concept.kind in ("drug", "drug_class")]
    return {
        name_key(form): concept for concept in drugs for forms in concept.forms.values() for form in forms
    }


def _other_words() -> frozenset[str]:
    """Return what is no name of a drug: forms of concepts of other kinds, and the words of
    ``not_brands.txt``.
    """
    forms = (form for concept in hand_written() for forms in concept.forms.values() for form in forms)
    lines = NO_BRAND.read_text(encoding="utf-8").split("\n")
    return frozenset(fold(word) for word in (*forms, *(line for line in lines if not line.startswith("#"))))


def _substances(sold: Iterable[Speciality], hand: Mapping[str, Concept]) -> dict[str, Row]:
    counts = Counter(name for speciality in sold for name in speciality.substances)
    rows: dict[str, Row] = {}
    others = _other_words()
    for name, count in counts.items():
        key = name_key(name)
        if key not in hand and key not in known_names() and fold(name) in others:
            continue
        if count >= _LOWEST or key in hand or key in known_names():
            rows.setdefault(key, _shared(_row(name.lower(), hand), rows))
    return rows


def _shared(row: Row, rows: Mapping[str, Row]) -> Row:
    """Return the row of the same substance where there is one, with this spelling added to it."""
    known = next((other for other in rows.values() if other.concept_id == row.concept_id), row)
    if known is not row and row.french != known.french:
        known.spellings.add(row.french)
    return known


def _row(french: str, hand: Mapping[str, Concept]) -> Row:
    english = english_of(french)
    known = hand.get(name_key(french)) or hand.get(name_key(english))
    return Row(known.id if known else re.sub(r"[^a-z0-9]+", "_", fold(english)).strip("_"), french, english)


def _add_known(rows: dict[str, Row], hand: Mapping[str, Concept]) -> None:
    """Add the substances that have a code and are not sold, as the database has them, in France."""
    ids = {row.concept_id for row in rows.values()}
    for key, english in known_names().items():
        row = _row(english, hand)
        if key not in rows and row.concept_id not in ids and " and " not in english:
            rows[key] = Row(row.concept_id, english, english)


def _add_brands(sold: Iterable[Speciality], rows: dict[str, Row]) -> None:
    refused = _other_words()
    names = {fold(word) for row in rows.values() for word in re.findall(r"\w+", row.french)}
    for speciality in sold:
        brand = speciality.brand
        words = set(re.findall(r"\w+", fold(brand)))
        if (
            speciality.is_vaccine
            or len(brand) < 4
            or fold(brand) in refused
            or words & names
            or any(char.isdigit() for char in brand)
        ):
            continue
        found = [rows[name_key(name)] for name in speciality.substances if name_key(name) in rows]
        if len(speciality.substances) == len(found) == 1:
            found[0].brands.add(brand)
        elif 2 <= len(found) <= 4 and len(found) == len(speciality.substances):
            _combination(found, rows).brands.add(brand)


def _combination(parts: list[Row], rows: dict[str, Row]) -> Row:
    ids = tuple(sorted({part.concept_id for part in parts}))
    if len(ids) == 1:
        return parts[0]
    key = "+".join(ids)
    parts = sorted(parts, key=lambda part: part.concept_id)
    name = (" / ".join(part.french for part in parts), " / ".join(part.english for part in parts))
    return rows.setdefault(key, Row("_".join(ids), *name, parts=ids))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
