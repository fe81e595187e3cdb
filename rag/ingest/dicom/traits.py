"""Who the patient is, as a DICOM header says (PS3.3, C.7.1.1): the name has five parts, the first two are
family and given name (PS3.5, 6.2).
"""

from __future__ import annotations

from pydicom.dataset import Dataset

from rag.core.traits import Traits
from rag.ingest.dicom.file import text
from rag.ingest.records.person import Person
from rag.ingest.records.wording.when import from_stamp


def traits_of(data: Dataset) -> Traits:
    """Return the traits that the header states."""
    family, given = _name(text(data, "PatientName"))
    birth_family, _ = _name(text(data, "PatientBirthName"))
    born = from_stamp(text(data, "PatientBirthDate"))
    return Person(family, birth_family, given, text(data, "PatientSex"), born).traits()


def _name(written: str) -> tuple[str, str]:
    family, *rest = written.split("=")[0].split("^")
    return family.strip(), " ".join(part.strip() for part in rest[:2] if part.strip())
