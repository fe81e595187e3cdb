"""The bilingual lexicon as data."""

from __future__ import annotations

from importlib.resources import files

from rag.clinical.stems import terms


def rows() -> list[tuple[str, str]]:
    folder = files("rag.index") / "lexicon"
    lines = [line for file in folder.iterdir() if file.name.endswith(".txt") for line in file.read_text(encoding="utf-8").splitlines()]
    return [(line.partition(" = ")[0], line.partition(" = ")[2]) for line in lines if line and not line.startswith("#")]


def test_every_row_has_forms_with_terms_in_both_languages() -> None:
    bad = [
        row
        for row in rows()
        for side, language in zip(row, ("fr", "en"), strict=True)
        for form in side.split(",")
        if not terms(form, language) and not form.strip().isupper()
    ]
    assert bad == []


def test_lexicon_is_large_enough_to_matter() -> None:
    assert sum(len(french.split(",")) * len(english.split(",")) for french, english in rows()) > 4000


def test_no_row_is_written_twice() -> None:
    seen = [(french.casefold(), english.casefold()) for french, english in rows()]
    assert len(seen) == len(set(seen))
