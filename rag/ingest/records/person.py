"""Persons as records name them, and the line that says whose record a text is.

The line carries the title before the name (``M.``, ``Mme``), by which questions that name a patient find the
record.
"""

from __future__ import annotations

from dataclasses import dataclass

from rag.core.traits import Sex, Traits
from rag.ingest.records.wording.when import in_words
from rag.messages import message

_SEXES = {"f": "f", "female": "f", "w": "f", "m": "m", "male": "m"}


@dataclass(frozen=True, slots=True)
class Person:
    """A patient as a record shows one; times are ISO 8601, the sex as any standard codes it."""

    family: str = ""
    birth_family: str = ""
    given: str = ""
    sex: str = ""
    born: str | None = None
    died: str | None = None
    is_dead: bool = False

    def traits(self, national: str | None = None) -> Traits:
        """Return what tells the patient apart; the moment of birth as a day."""
        born = (self.born or "")[:10]
        sex: Sex = "f" if (code := _SEXES.get(self.sex.lower())) == "f" else "m" if code == "m" else ""
        birth_family = "" if self.birth_family == self.family else self.birth_family
        return Traits(self.family, birth_family, self.given, born, sex, national or "")

    def line(self, language: str) -> str:
        """Return ``Patient : Mme DURAND Anne, née le 3 mai 1950``; empty where nothing is known."""
        sex = _SEXES.get(self.sex.lower(), "")
        title = message(f"record.title_{sex}", language) if sex else ""
        name = " ".join(filter(None, (title if self.family else "", self.family, self.given)))
        facts = [name or message("record.unknown_what", language)]
        if self.born:
            facts.append(message(f"record.born_{sex or 'u'}", language, date=in_words(self.born, language)))
        elif sex:
            facts.append(message(f"record.sex_{sex}", language))
        if self.died:
            facts.append(message("record.deceased_on", language, date=in_words(self.died, language)))
        elif self.is_dead:
            facts.append(message("record.deceased", language))
        return message("record.patient", language, name=", ".join(facts)) if name or self.born else ""
