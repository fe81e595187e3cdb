"""The concept table as the dictionary of search: forms that have terms, and enough of them."""

from __future__ import annotations

from rag.clinical.concepts import concepts
from rag.clinical.stems import terms

SEARCHED = [row for row in concepts() if "search" in row.uses]


def test_every_form_that_search_translates_has_terms() -> None:
    bad = [
        (row.id, form)
        for row in SEARCHED
        for language, forms in row.forms.items()
        for form in forms
        if not terms(form, language) and not form.isupper() and sum(char.isalpha() for char in form) > 2
    ]
    assert bad == []


def test_dictionary_is_large_enough_to_matter() -> None:
    assert sum(len(row.forms.get("fr", ())) * len(row.forms.get("en", ())) for row in SEARCHED) > 4000


def test_no_form_is_written_twice_in_a_row() -> None:
    for row in concepts():
        for forms in row.forms.values():
            assert len(forms) == len(set(forms)), row.id
