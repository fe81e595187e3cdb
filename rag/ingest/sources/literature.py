"""Whether a document that names no patient is literature, by its own form.

Literature is read by everybody, so a document counts as such only where it says so itself: a format of
articles, a kind that is declared beside the text, or the marks of a publication (identifiers, an abstract,
methods and references, graded recommendations, the headings of a leaflet). A sign of a patient in the text
outweighs all but a declaration. What is neither a patient's nor literature waits in quarantine.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from importlib.resources import files

from rag.core.types import Document
from rag.ingest.records.identifiers import has_ins_key
from rag.ingest.sources.intake import intake_of

DECLARATION = "literature"
"""The key of a sidecar, front matter or line that declares a document literature with ``true``."""
KINDS = frozenset(
    {
        "abstract",
        "article",
        "book",
        "book_chapter",
        "case_report",
        "clinical_trial",
        "cohort",
        "consensus",
        "drug_label",
        "drug_monograph",
        "editorial",
        "encyclopedia",
        "evidence",
        "evidence_summary",
        "guideline",
        "guidelines",
        "leaflet",
        "literature",
        "meta_analysis",
        "monograph",
        "narrative_review",
        "package_leaflet",
        "passage",
        "practice_guideline",
        "product_information",
        "protocol",
        "publication",
        "rct",
        "recommandation",
        "recommendation",
        "review",
        "systematic_review",
        "textbook",
    }
)
"""Kinds of documents that are of no patient."""
_PATIENTS_KINDS = re.compile(
    r"note|letter|courrier|report|rapport|compte_rendu|cr[oha]?|consult\w*+|prescription|ordonnance|admission"
    r"|discharge|biolog\w*+|lab\w*+|imag\w*+|radio\w*+|observation|summary|transmission|progress"
)
_PATIENTS_KEYS = frozenset(
    "ipp nip nda ins nir mrn subject_id hadm_id patient patient_name patient_uid patientid nom prenom"
    " name first_name last_name birth_date birthdate date_of_birth date_naissance dob".split()
)
_PUBLICATIONS_KEYS = frozenset("pmid pmcid doi journal issn isbn publication_types evidence_level".split())
_DIGITS = re.compile(r"(?<![\d.,])[1-8](?: ?\d){4} ?[\dAB](?: ?\d){8,9}(?![\d.,]\d)")
_ENOUGH = 3
_METHODS = 1
_PART = r"^[#*\s\d.]{{0,10}}(?:{words})\b[ \t]{{0,3}}[:*.\n&]|(?<=[.!?] )(?:{words}):"
_SCANNED = 400_000
"""Characters of a text in which its form is looked for; signs of a patient are looked for in all of it."""


def _loaded() -> dict[str, tuple[re.Pattern[str], ...]]:
    found = tomllib.loads(
        files("rag.ingest.sources").joinpath("publication.toml").read_text(encoding="utf-8")
    )
    found["parts"] = [_PART.format(words=words) for words in found["parts"]]
    return {
        name: tuple(re.compile(pattern, re.IGNORECASE | re.MULTILINE) for pattern in patterns)
        for name, patterns in found.items()
    }


_MARKS = _loaded()


def is_literature(document: Document) -> bool:
    """Tell whether a document that names no patient is literature by what it declares or by its form.

    It comes with what is declared of it, before any default: ``kind`` is empty where none is declared.
    """
    intake = intake_of(document)
    if intake.is_article or document.metadata.get(DECLARATION) == "true" or document.kind in KINDS:
        return True
    if document.metadata.get(DECLARATION) == "false" or _PATIENTS_KINDS.match(document.kind):
        return False
    if any(key.lower() in _PATIENTS_KEYS for key in document.metadata) or document.encounter_id:
        return False
    if names_somebody(document.text):
        return False
    if intake.is_declared or not _PUBLICATIONS_KEYS.isdisjoint(document.metadata):
        return True
    return publication_marks(document.text[:_SCANNED]) >= _ENOUGH


def names_somebody(text: str) -> bool:
    """Tell whether a text holds what only the papers of one patient hold: a number of a record, a national
    identity with its key, a date of birth.
    """
    plain = text.replace("\u00a0", " ").replace("\u202f", " ")
    return _count(_MARKS["patient"], plain) > 0 or any(
        has_ins_key(found[0].replace(" ", "")) for found in _DIGITS.finditer(plain)
    )


def publication_marks(text: str) -> int:
    """Count how much of a text looks like a publication: two for an identifier, a body of guidance or a
    leaflet, two or three for an abstract in parts, one for each lesser mark.
    """
    plain = text.replace("’", "'").replace("\u00a0", " ")
    parts = [bool(part.search(plain)) for part in _MARKS["parts"]]
    whole = sum(parts) - 1 if parts[_METHODS] else 0
    return (
        2 * _count(_MARKS["sure"], plain)
        + _count(_MARKS["likely"], plain)
        + whole
        + _form(_MARKS["guidance"], plain, 3)
        + _form(_MARKS["leaflet"], plain, 2)
    )


def _form(patterns: Iterable[re.Pattern[str]], text: str, least: int) -> int:
    """So many of these together are a form; fewer may stand in any letter."""
    return _ENOUGH if _count(patterns, text) >= least else 0


def _count(patterns: Iterable[re.Pattern[str]], text: str) -> int:
    return sum(pattern.search(text) is not None for pattern in patterns)
