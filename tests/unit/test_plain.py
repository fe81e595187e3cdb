"""Text and Markdown: encodings, front matter, headings."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.core.errors import ParseError
from rag.ingest.parsing.decode import decode
from rag.ingest.plain.sections import markdown_headings, plain_headings, sections_of
from tests.unit.ingesting import read

NOTE = (
    "Opérée le 3 à gauche : scanner évocateur d'un œdème « discret », créatinine 71 µmol/L, température 38,2"
    " °C, âge 72 ans."
)


def written(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp1252"])
def test_text_is_read_in_the_encoding_it_was_written_in(encoding: str) -> None:
    mark = b"\xff\xfe" if encoding == "utf-16-le" else b""
    assert decode(mark + NOTE.encode(encoding), "f")[0] == NOTE


@pytest.mark.parametrize("encoding", ["cp1252", "iso8859-15", "mac-roman", "cp850"])
def test_encoding_of_old_systems_is_found_from_where_french_puts_its_letters(encoding: str) -> None:
    note = NOTE.replace("œ", "oe")  # the one letter that these encodings disagree about most
    assert decode(note.encode(encoding), "f") == (note, "cp1252" if encoding == "iso8859-15" else encoding)


@pytest.mark.parametrize(
    "data", [b"\x00\x01\x02\x03", b"text\x00text", bytes(range(1, 32)) * 20, b"\x7fELF" + bytes(range(256))]
)
def test_binary_junk_is_refused(data: bytes) -> None:
    with pytest.raises(ParseError) as caught:
        decode(data, "f")
    assert caught.value.key == "text_binary"


@pytest.mark.parametrize(
    "data", [b"\xff\xfe\x41", "Пациент оперирован".encode("koi8-r"), "患者は手術".encode("shift-jis")]
)
def test_encoding_that_makes_no_sense_is_refused(data: bytes) -> None:
    with pytest.raises(ParseError) as caught:
        decode(data, "f")
    assert caught.value.key == "text_encoding"


def test_guessed_encoding_is_noted_on_the_document(tmp_path: Path) -> None:
    document = read(written(tmp_path, "note.txt", NOTE.encode("cp1252")))
    assert document.text == NOTE
    assert document.metadata == {"encoding": "cp1252"}


def test_markdown_keeps_the_characters_of_its_source(tmp_path: Path) -> None:
    body = "# CRO\n\n**Voie** : postérieure.\n\n| Taille | Côté |\n|---|---|\n| 52 | droit |"
    document = read(written(tmp_path, "cro.md", f"---\nid: d1\ntitle: Opération\n---\n{body}\n"))
    assert document.text == body
    assert (document.doc_id, document.title) == ("d1", "Opération")


def test_first_heading_is_the_title_where_none_is_declared(tmp_path: Path) -> None:
    assert read(written(tmp_path, "a.md", "# Compte rendu\n\nTexte.")).title == "Compte rendu"
    assert read(written(tmp_path, "b.md", "## Sous-titre\n\nTexte.")).title == "b"
    assert read(written(tmp_path, "c.txt", "Texte.")).title == "c"


def test_front_matter_that_is_never_closed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ParseError) as caught:
        read(written(tmp_path, "a.md", "---\npatient_id: P1\n\nTexte."))
    assert caught.value.key == "front_matter_open"


def test_rule_at_the_top_is_no_front_matter(tmp_path: Path) -> None:
    assert (
        read(written(tmp_path, "a.md", "---\n\nTexte libre.\n\n---\nSuite.")).text
        == "---\n\nTexte libre.\n\n---\nSuite."
    )


@pytest.mark.parametrize("content", ["", "   \n\n", "\ufeff", "---\nid: a\n---\n"])
def test_file_without_text_is_refused(tmp_path: Path, content: str) -> None:
    with pytest.raises(ParseError) as caught:
        read(written(tmp_path, "a.md", content))
    assert caught.value.key in {"file_empty", "file_without_text"}


def headed(text: str, headings: list[object]) -> list[tuple[tuple[str, ...], str]]:
    return [(section.path, text[section.start : section.end]) for section in sections_of(text, headings)]  # type: ignore[arg-type]


def test_markdown_sections_nest_and_hold_their_heading() -> None:
    text = "avant\n# A\ntexte a\n## B ##\ntexte b\n### C\ntexte c\n# D\ntexte d"
    assert headed(text, markdown_headings(text)) == [
        (("A",), "# A\ntexte a"),
        (("A", "B"), "## B ##\ntexte b"),
        (("A", "B", "C"), "### C\ntexte c"),
        (("D",), "# D\ntexte d"),
    ]


def test_heading_with_nothing_under_it_opens_the_deeper_section() -> None:
    text = "# A\n\n## B\ntexte\n## Vide\n## C\nfin"
    assert headed(text, markdown_headings(text)) == [
        (("A", "B"), "# A\n\n## B\ntexte"),
        (("A", "Vide"), "## Vide"),
        (("A", "C"), "## C\nfin"),
    ]


def test_hash_in_a_fenced_block_or_without_a_space_is_no_heading() -> None:
    text = "# A\n```\n# code\n```\n#hashtag\n## B\nfin"
    assert [heading.title for heading in markdown_headings(text)] == ["A", "B"]


PLAIN = """HOPITAL FICTIF
SERVICE DE CHIRURGIE
Patient : M. X
---------------------
INDICATION
Coxarthrose droite.

Conclusion : pose d'une PTH
sans complication.

ANTECEDENTS :
- HTA

SUITES OPERATOIRES (J1 à J3)
Simples.

Soins infirmiers :
Pansement.

On note une phrase assez longue pour n'être pas un titre mais qui finit ainsi :
PARACETAMOL 1 g
Dose      Voie
"""


def test_plain_report_is_cut_at_its_usual_headings() -> None:
    headings = plain_headings(PLAIN)
    assert [heading.title for heading in headings] == [
        "INDICATION",
        "Conclusion",
        "ANTECEDENTS",
        "SUITES OPERATOIRES (J1 à J3)",
        "Soins infirmiers",
    ]
    assert headed(PLAIN, headings)[1] == (("Conclusion",), "Conclusion : pose d'une PTH\nsans complication.")  # type: ignore[arg-type]


def test_capitals_above_a_table_are_a_heading() -> None:
    text = "Analyse      Résultat\nHEMATOLOGIE\nHémoglobine     12,1\nBIOCHIMIE\nSodium     138"
    assert [heading.title for heading in plain_headings(text)] == ["HEMATOLOGIE", "BIOCHIMIE"]


def test_capitals_mean_nothing_in_a_text_that_is_all_capitals() -> None:
    text = "NOTE DU JOUR\n\nPATIENT STABLE\n\nPAS DE FIEVRE\n\nCONCLUSION : SORTIE"
    assert [heading.title for heading in plain_headings(text)] == ["CONCLUSION"]
