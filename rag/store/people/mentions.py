"""What people typed or wrote that may still speak of an erased patient: for a person to look at. No word of
it is told, only where it stands.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass

from sqlalchemy import String, Table, cast, func, or_, select

from rag.clinical.folding import flat
from rag.core.filters import Filters
from rag.core.traits import Traits
from rag.store.database import Database
from rag.store.identity.merges import MergeStore
from rag.store.people.tables import care, conversations, feedback, turns, uploads
from rag.store.tables import documents, inputs
from rag.store.traits import TraitStore

_SHORTEST = 3
_MOST = 1000
_SEARCHED: tuple[tuple[str, Table, str, tuple[str, ...]], ...] = (
    ("conversation", conversations, "conversation_id", ("title",)),
    ("turn", turns, "turn_id", ("question", "answer")),
    ("remark", feedback, "feedback_id", ("comment",)),
    ("upload", uploads, "upload_id", ("files", "caller")),
    ("reading", inputs, "uri", ("uri", "variables")),
    ("document", documents, "doc_id", ("text", "title", "metadata", "source_uri")),
    ("care", care, "subject", ("patient_id",)),
)
"""What is looked through: a name, its table, what a row is called by, and the columns with words."""


@dataclass(frozen=True, slots=True)
class PatientMention:
    """Where a patient may be spoken of: ``by`` is ``id``, ``name`` or ``identity`` (the national one)."""

    where: str
    id: str
    by: str

    def to_json(self) -> dict[str, str]:
        """Return it as a certificate shows it."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Known:
    """What a patient is called by: ids, and pairs of family name and first name."""

    ids: frozenset[str]
    names: frozenset[tuple[str, str]]
    identities: frozenset[str]


def known_of(database: Database, patient_id: str) -> Known:
    """Return what a patient is called by, as the documents say that are here still."""
    ids = MergeStore(database).aliases([patient_id])
    found = TraitStore(database).of_patients(Filters(patient_ids=ids, literature=False)).values()
    return Known(ids, frozenset(_names(found)), frozenset(one.ins for one in found if one.ins))


def mentions(database: Database, known: Known) -> list[PatientMention]:
    """Return the places that speak of a patient, at most 1,000."""
    wanted = [
        *((one, "id") for one in known.ids if len(one) >= _SHORTEST),
        *((one, "identity") for one in known.identities),
        *((family, "name") for family, _ in known.names),
    ]
    found: dict[tuple[str, str], PatientMention] = {}
    for where, table, key, columns in _SEARCHED:
        for word, by in wanted:
            for row_id, words in _rows(database, table, key, columns, word):
                if by != "name" or _names_both(words, word, known):
                    found.setdefault((where, row_id), PatientMention(where, row_id, by))
            if len(found) >= _MOST:
                return list(found.values())
    return list(found.values())


def _rows(
    database: Database, table: Table, key: str, columns: Iterable[str], word: str
) -> Iterator[tuple[str, str]]:
    """Yield the rows that may hold a word: as it is, or as JSON writes it."""
    cells = [cast(table.c[name], String) for name in columns]
    forms = {word, json.dumps(word)[1:-1]}
    holds = [func.lower(cell).contains(form.lower(), autoescape=True) for cell in cells for form in forms]
    with database.read() as connection:
        for row in connection.execute(select(table.c[key], *cells).where(or_(*holds)).limit(_MOST)):
            yield str(row[0]), " ".join(_plain(cell) for cell in row[1:] if cell)


def _plain(cell: str) -> str:
    try:
        return json.dumps(json.loads(cell), ensure_ascii=False)
    except ValueError:
        return cell


def _names(found: Iterable[Traits]) -> Iterator[tuple[str, str]]:
    for one in found:
        first = one.given.split()[0] if one.given.split() else ""
        yield from ((name, first) for name in one.names if len(name) >= _SHORTEST)


def _names_both(words: str, family: str, known: Known) -> bool:
    """Tell whether words hold a family name and the first name that goes with it, where one is known."""
    plain = flat(words)
    return any(flat(name) in plain and flat(given) in plain for name, given in known.names if name == family)
