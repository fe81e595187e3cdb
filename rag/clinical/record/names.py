"""How a thing is called in the reader's language, whatever the language and the abbreviation of the
document.
"""

from __future__ import annotations

from rag.clinical.concepts import concept
from rag.core.facts import Fact


def name_of(fact: Fact, language: str | None) -> str:
    """Return the name of a fact's concept in a language; the document's own words where the table has none,
    or with no language.
    """
    if language is None:
        return fact.label
    try:
        return concept(fact.concept).labels.get(language) or fact.label
    except KeyError:
        return fact.label


def area_of(fact: Fact) -> str:
    """Return what sort of thing the table says it is (``condition``, ``symptom``, ``drug_class``…), empty
    where it lacks it.
    """
    try:
        return concept(fact.concept).kind
    except KeyError:
        return ""
