"""What identifies people in a DICOM file, and how it is kept out of what is shown and searched.

Only values on a list of clinical ones ever reach the text (``dicom.py``); this guards their free text, into which names are typed. The list
is that of the basic profile of PS3.15, Annex E, as far as it names people; the patient's id is kept, for it is what the scope goes by.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from rag.ingest.dicom.file import text

if TYPE_CHECKING:
    from pydicom import Dataset

PEOPLE = (
    "PatientName",
    "OtherPatientNames",
    "PatientBirthName",
    "PatientMotherBirthName",
    "ResponsiblePerson",
    "ReferringPhysicianName",
    "ConsultingPhysicianName",
    "PhysiciansOfRecord",
    "PerformingPhysicianName",
    "NameOfPhysiciansReadingStudy",
    "RequestingPhysician",
    "ScheduledPerformingPhysicianName",
    "OperatorsName",
    "PersonName",
    "VerifyingObserverName",
    "ContentCreatorName",
    "PatientAddress",
    "PatientTelephoneNumbers",
    "OtherPatientIDs",
    "MilitaryRank",
    "IssuerOfPatientID",
)
HIDDEN = "[…]"

_LEAST_LETTERS = 3
_PART = re.compile(r"[^\W\d_]{2,}|\d{4,}")


class Names:
    """The names of people in the header of one file."""

    def __init__(self, data: Dataset) -> None:
        parts = {part for name in PEOPLE for part in _parts(text(data, name))} - set(_parts(text(data, "PatientID")))
        known = "|".join(sorted(map(re.escape, parts), key=len, reverse=True))
        self._known = re.compile(rf"(?<!\w)(?:{known})(?!\w)", re.IGNORECASE) if parts else None

    def hidden(self, words: str) -> str:
        """Return a text with the names taken out."""
        if self._known is None:
            return words
        return re.sub(rf"{re.escape(HIDDEN)}(?:[\s,^.-]*{re.escape(HIDDEN)})+", HIDDEN, self._known.sub(HIDDEN, words))


def _parts(name: str) -> Iterator[str]:
    return (part for part in _PART.findall(name) if len(part) >= _LEAST_LETTERS and part.lower() not in _NO_NAMES)


_NO_NAMES = {"test", "patient", "name", "dicom", "unknown", "inconnu", "anonymous", "anonymized", "anonyme"}
"""What systems write where a name should be: hiding these words would hide the text."""
