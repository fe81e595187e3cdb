"""Word files: what their reader sees, in order, whatever it is wrapped in."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import docx
import pytest
from docx.document import Document as WordDocument
from docx.oxml import parse_xml

from rag.core.errors import ParseError
from rag.core.text import canonical
from tests.unit.ingesting import read

NS = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def word(path: Path, write: Callable[[WordDocument], object]) -> Path:
    document = docx.Document()
    write(document)
    document.save(str(path))
    return path


def xml(document: WordDocument, body: str) -> None:
    """Append raw WordprocessingML to the body, before its last properties."""
    wrapped = parse_xml(
        f"<w:body {NS} xmlns:mc='http://schemas.openxmlformats.org/markup-compatibility/2006'>{body}</w:body>"
    )
    for element in wrapped:
        document.element.body.insert(len(document.element.body) - 1, element)


def text(path: Path, write: Callable[[WordDocument], object]) -> str:
    found = read(word(path, write)).text
    assert canonical(found) == found
    return found


def run(words: str, properties: str = "") -> str:
    return f"<w:r><w:rPr>{properties}</w:rPr><w:t xml:space='preserve'>{words}</w:t></w:r>"


def test_headings_lists_and_tables_come_in_document_order(tmp_path: Path) -> None:
    def write(out: WordDocument) -> None:
        out.add_heading("Compte rendu", 1)
        out.add_paragraph("Mme Y.")
        out.add_heading("Gestes", 2)
        out.add_paragraph("Incision", style="List Bullet")
        out.add_paragraph("Fermeture", style="List Bullet")
        out.add_paragraph("Premier", style="List Number")
        out.add_paragraph("Second", style="List Number")
        table = out.add_table(rows=2, cols=2)
        for cell, words in zip(
            [*table.rows[0].cells, *table.rows[1].cells],
            ["Implant", "Taille", "Cupule", "52\nmm"],
            strict=True,
        ):
            cell.text = words
        out.add_paragraph("Fin.")

    document = read(word(tmp_path / "a.docx", write))
    assert (
        document.text
        == "Compte rendu\n\nMme Y.\n\nGestes\n- Incision\n- Fermeture\n1. Premier\n2. Second\n\n"
        "| Implant | Taille |\n| Cupule | 52 mm |\n\nFin."
    )
    assert [section.path for section in document.sections] == [("Compte rendu",), ("Compte rendu", "Gestes")]
    assert document.text[document.sections[1].start :].startswith("Gestes\n- Incision")
    assert document.title == "Compte rendu"


def test_style_based_on_a_heading_and_outline_level_are_headings(tmp_path: Path) -> None:
    def write(out: WordDocument) -> None:
        style = out.styles.add_style("Rubrique CHU", 1)
        style.base_style = out.styles["Heading 1"]
        out.add_paragraph("Conclusion", style="Rubrique CHU")
        out.add_paragraph("Normal.")
        xml(
            out,
            f"<w:p><w:pPr><w:outlineLvl w:val='0'/></w:pPr>{run('Suites')}</w:p><w:p>{run('Simples.')}</w:p>",
        )

    assert [section.path for section in read(word(tmp_path / "a.docx", write)).sections] == [
        ("Conclusion",),
        ("Suites",),
    ]


def test_bold_lines_are_headings_where_no_style_says_so(tmp_path: Path) -> None:
    def write(out: WordDocument) -> None:
        out.add_paragraph().add_run("Motif de la venue").bold = True
        out.add_paragraph("Douleur.")

    assert [section.path for section in read(word(tmp_path / "a.docx", write)).sections] == [
        ("Motif de la venue",)
    ]


def test_content_controls_and_text_boxes_are_read(tmp_path: Path) -> None:
    def write(out: WordDocument) -> None:
        xml(out, f"<w:sdt><w:sdtContent><w:p>{run('Bloc contrôlé.')}</w:p></w:sdtContent></w:sdt>")
        xml(
            out,
            f"<w:p>{run('Allergie : ')}<w:sdt><w:sdtContent>{run('pénicilline')}</w:sdtContent></w:sdt>"
            f"</w:p>",
        )
        box = f"<w:txbxContent><w:p>{run('Encadré.')}</w:p></w:txbxContent>"
        both = f"<mc:Choice Requires='wps'>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback>"
        xml(out, f"<w:p>{run('Avant.')}<w:r><mc:AlternateContent>{both}</mc:AlternateContent></w:r></w:p>")

    assert (
        text(tmp_path / "a.docx", write) == "Bloc contrôlé.\n\nAllergie : pénicilline\n\nAvant.\n\nEncadré."
    )


def test_insertions_are_read_deletions_and_hidden_text_are_not(tmp_path: Path) -> None:
    def write(out: WordDocument) -> None:
        xml(
            out,
            f"<w:p>{run('Côté ')}<w:del><w:r><w:delText>gauche</w:delText></w:r></w:del><w:ins>"
            f"{run('droit')}</w:ins>"
            f"{run(' secret', '<w:vanish/>')}<w:hyperlink>{run(' (lien)')}</w:hyperlink></w:p>",
        )

    assert text(tmp_path / "a.docx", write) == "Côté droit (lien)"


def test_merged_cells_are_given_once_and_inner_tables_run_in(tmp_path: Path) -> None:
    def write(out: WordDocument) -> None:
        table = out.add_table(rows=2, cols=2)
        table.cell(0, 0).merge(table.cell(0, 1)).text = "Titre"
        table.cell(1, 0).text = "a"
        inner = table.cell(1, 1).add_table(rows=1, cols=2)
        inner.cell(0, 0).text, inner.cell(0, 1).text = "b", "c"

    assert text(tmp_path / "a.docx", write) == "| Titre |\n| a | | b | c | |"


def test_footnotes_follow_the_text(tmp_path: Path) -> None:
    path = word(tmp_path / "a.docx", lambda out: out.add_paragraph("Texte."))
    notes = (
        f"<w:footnotes {NS}><w:footnote"
        f" w:id='1'><w:p>{run('Sous réserve du résultat définitif.')}</w:p></w:footnote></w:footnotes>"
    )
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"
    content = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
    packed = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(packed, "w") as new:
        for name in old.namelist():
            data = old.read(name).decode("latin-1")
            if name == "word/_rels/document.xml.rels":
                data = data.replace(
                    "</Relationships>",
                    f'<Relationship Id="rId99" Type="{relation}" Target="footnotes.xml"/></Relationships>',
                )
            if name == "[Content_Types].xml":
                data = data.replace(
                    "</Types>", f'<Override PartName="/word/footnotes.xml" ContentType="{content}"/></Types>'
                )
            new.writestr(name, data.encode("latin-1"))
        new.writestr("word/footnotes.xml", notes)
    path.write_bytes(packed.getvalue())
    assert read(path).text == "Texte.\n\nSous réserve du résultat définitif."


def key_of(path: Path, **settings: float) -> str:
    with pytest.raises(ParseError) as caught:
        read(path, **settings)
    return caught.value.key


def test_file_without_text_is_refused(tmp_path: Path) -> None:
    assert key_of(word(tmp_path / "a.docx", lambda out: out.add_paragraph("  "))) == "office_without_text"


@pytest.mark.parametrize("share", [0.2, 0.7, 0.99])
def test_truncated_file_is_refused(tmp_path: Path, share: float) -> None:
    path = word(tmp_path / "a.docx", lambda out: out.add_paragraph("Texte."))
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    assert key_of(path) == "office_damaged"


def test_damaged_xml_inside_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("word/document.xml", "<broken")
    assert key_of(path) == "office_damaged"


def test_zip_bomb_is_refused_before_it_is_unpacked_by_the_setting_it_names(tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b" " * 20_000_000)
    assert path.stat().st_size < 100_000
    with pytest.raises(ParseError, match=r"ingest\.max_file_mb") as caught:
        read(path, max_file_mb=10)
    assert caught.value.key == "office_too_large"


def test_word_97_and_encrypted_files_are_named(tmp_path: Path) -> None:
    path = tmp_path / "a.doc"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600)
    assert key_of(path) == "office_old_or_locked"
