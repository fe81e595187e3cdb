# ruff: noqa: E501 - templates of files, one a line
"""Places of workbooks, PDF, DICOM and articles."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any

from tools.marked.places import FILLER, Place, single


def _workbook(change: Callable[[Any, str], None]) -> Callable[[str], bytes]:
    def make(word: str) -> bytes:
        from openpyxl import Workbook

        book, out = Workbook(), io.BytesIO()
        assert book.active is not None
        for row in (["Examen", "Valeur"], ["Sodium", 139], ["Potassium", 4.2]):
            book.active.append(row)
        change(book, word)
        book.save(out)
        return out.getvalue()

    return make


def _workbooks() -> dict[str, Callable[[Any, str], None]]:
    from openpyxl.cell.rich_text import CellRichText, TextBlock
    from openpyxl.cell.text import InlineFont
    from openpyxl.comments import Comment
    from openpyxl.styles import Font

    def cell(book: Any, word: str) -> None:
        book.active["B2"] = word or None

    def styled(**how: Any) -> Callable[[Any, str], None]:
        def change(book: Any, word: str) -> None:
            cell(book, word)
            book.active["B2"].font = Font(**how)

        return change

    def rich(**how: Any) -> Callable[[Any, str], None]:
        def change(book: Any, word: str) -> None:
            book.active["B2"] = CellRichText(["x ", TextBlock(InlineFont(**how), word or " ")])

        return change

    def on_sheet(state: str) -> Callable[[Any, str], None]:
        def change(book: Any, word: str) -> None:
            sheet = book.create_sheet("Autre")
            sheet.append(["a", "b"])
            sheet.append([word or None, 1])
            sheet.sheet_state = state

        return change

    def hide_row(book: Any, word: str) -> None:
        cell(book, word)
        book.active.row_dimensions[2].hidden = True

    def hide_column(book: Any, word: str) -> None:
        cell(book, word)
        book.active.column_dimensions["B"].hidden = True

    def comment(book: Any, word: str) -> None:
        if word:
            book.active["B2"].comment = Comment(word, "x")

    def merged(book: Any, word: str) -> None:
        book.active["A2"] = word or None
        book.active.merge_cells("A2:A3")

    def name_sheet(book: Any, word: str) -> None:
        book.active.title = word[:30] or "Suivi"

    def formula(book: Any, word: str) -> None:
        book.active["B2"] = f'="{word}"' if word else None

    def unshown(book: Any, word: str) -> None:
        cell(book, word)
        book.active["B2"].number_format = ";;;"

    def header(book: Any, word: str) -> None:
        book.active.oddHeader.center.text = word or None

    def subject(book: Any, word: str) -> None:
        book.properties.subject = word or None

    def beyond(book: Any, word: str) -> None:
        book.active["D2"] = word or None

    return {
        "cell": cell, "bold": styled(bold=True), "struck": styled(strike=True), "struck in part": rich(strike=True), "raised": rich(vertAlign="superscript"),
        "hidden sheet": on_sheet("hidden"), "very hidden sheet": on_sheet("veryHidden"), "second sheet": on_sheet("visible"), "hidden row": hide_row,
        "hidden column": hide_column, "comment": comment, "merged": merged, "name of sheet": name_sheet, "formula": formula, "no format": unshown,
        "header": header, "subject": subject, "beyond the header": beyond,
    }  # fmt: skip


def _pdf(draw: Callable[[Any, str], None]) -> Callable[[str], bytes]:
    def make(word: str) -> bytes:
        from fpdf import FPDF

        out = FPDF()
        out.add_page()
        out.set_font("Helvetica", size=11)
        out.multi_cell(0, 6, FILLER, new_x="LMARGIN", new_y="NEXT")
        draw(out, word)
        return bytes(out.output())

    return make


def _pdfs() -> dict[str, Callable[[Any, str], None]]:
    def line(out: Any, word: str) -> None:
        out.multi_cell(0, 6, f"Suite {word} fin.", new_x="LMARGIN", new_y="NEXT")

    def cell(out: Any, word: str) -> None:
        for text in ("Examen", word or "x", "4,2"):
            out.cell(40, 8, text, border=1)

    def column(out: Any, word: str) -> None:
        for at in range(6):
            out.set_xy(10, 60 + 6 * at)
            out.cell(85, 6, "Le texte de la colonne de gauche va ici")
            out.set_xy(110, 60 + 6 * at)
            out.cell(85, 6, f"La colonne de droite dit {word if at == 3 else 'autre chose'} ici")

    def raised(out: Any, word: str) -> None:
        out.write(6, "Valeur 4,2")
        out.char_vpos = "SUP"
        out.write(6, word or "x")
        out.char_vpos = "LINE"

    def note(out: Any, word: str) -> None:
        out.text_annotation(x=10, y=80, text=word)

    def typed(out: Any, word: str) -> None:
        out.free_text_annotation(text=word, x=10, y=80, w=80, h=10)

    def marked(out: Any, word: str) -> None:
        with out.highlight(word):
            out.cell(40, 8, "texte")

    def attached(out: Any, word: str) -> None:
        out.embed_file(bytes=f"Compte rendu : {word}.".encode(), basename="compte_rendu.txt")

    def attached_on_page(out: Any, word: str) -> None:
        import tempfile
        from pathlib import Path

        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "a.txt"
            path.write_text(f"Compte rendu : {word}.")
            out.file_attachment_annotation(str(path), x=10, y=80)

    def subject(out: Any, word: str) -> None:
        out.set_subject(word)

    def keywords(out: Any, word: str) -> None:
        out.set_keywords(word)

    def turned(out: Any, word: str) -> None:
        with out.rotation(90, 100, 150):
            out.text(100, 150, word or "x")

    def second_page(out: Any, word: str) -> None:
        out.add_page()
        out.multi_cell(0, 6, f"Page deux {word}.")

    def struck(out: Any, word: str) -> None:
        out.set_font("Helvetica", style="S", size=11)
        out.cell(40, 8, word or "x")

    return {
        "line": line, "cell": cell, "column": column, "raised": raised, "note": note, "typed note": typed, "highlight": marked, "attached": attached,
        "attached on page": attached_on_page, "subject": subject, "keywords": keywords, "turned": turned, "second page": second_page, "struck": struck,
    }  # fmt: skip


_TEXT_VRS = ("LO", "LT", "SH", "ST", "UC", "UT", "PN")


def _dicoms() -> Iterator[Place]:
    """Yield a place for every keyword of text that a header may have at its first level, and those of a
    report.
    """
    from pydicom.datadict import DicomDictionary

    for tag, (vr, many, _, retired, keyword) in DicomDictionary.items():
        if (
            vr in _TEXT_VRS
            and keyword
            and tag >> 16 > 8 - 1
            and keyword not in ("PatientID", "SpecificCharacterSet")
            and not retired
            and many
        ):
            yield Place("dicom", keyword, ".dcm", lambda word, keyword=keyword: _header(keyword, word))  # type: ignore[misc]
    for kind in ("TEXT", "CODE", "NUM", "PNAME", "qualifier", "modifier", "name", "container"):
        yield Place("dicom", f"report/{kind}", ".dcm", lambda word, kind=kind: _report(kind, word))  # type: ignore[misc]


def _dataset() -> Any:
    from pydicom import Dataset
    from pydicom.dataset import FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian

    data = Dataset()
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data.file_meta.MediaStorageSOPClassUID = data.SOPClassUID = "1.2.840.10008.5.1.4.1.1.88.33"
    data.SOPInstanceUID = data.StudyInstanceUID = data.SeriesInstanceUID = "1.2.3"
    data.file_meta.MediaStorageSOPInstanceUID = "1.2.3"
    data.SpecificCharacterSet, data.PatientID, data.Modality, data.StudyDate = (
        "ISO_IR 192",
        "P1",
        "SR",
        "20260310",
    )
    return data


def _saved(data: Any) -> bytes:
    out = io.BytesIO()
    data.save_as(out, enforce_file_format=True)
    return out.getvalue()


def _header(keyword: str, word: str) -> bytes:
    data = _dataset()
    if word:
        setattr(data, keyword, word[:16])
    return _saved(data)


def _code(meaning: str) -> Any:
    from pydicom import Dataset, Sequence

    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = "1", "99X", meaning
    return Sequence([code])


def _report(kind: str, word: str) -> bytes:
    from pydicom import Dataset, Sequence

    data, item = _dataset(), Dataset()
    data.ConceptNameCodeSequence = _code("Compte rendu")
    item.ValueType = {"qualifier": "NUM", "modifier": "CODE", "name": "TEXT", "container": "CONTAINER"}.get(
        kind, kind
    )
    item.ConceptNameCodeSequence = _code(word if kind in ("name", "container") and word else "Constat")
    if kind in ("TEXT", "name"):
        item.TextValue = (word or "x") if kind == "TEXT" else "texte"
    elif kind in ("CODE", "modifier"):
        item.ConceptCodeSequence = _code(word if kind == "CODE" and word else "trouvé")
    elif kind == "PNAME":
        item.PersonName = word
    elif kind in ("NUM", "qualifier"):
        item.NumericValueQualifierCodeSequence = _code(word or "x")
    if kind in ("modifier", "container"):
        inner = Dataset()
        inner.RelationshipType, inner.ValueType = "HAS CONCEPT MOD", "CODE"
        inner.ConceptNameCodeSequence, inner.ConceptCodeSequence = (
            _code("Présence"),
            _code(word if kind == "modifier" and word else "oui"),
        )
        item.ContentSequence = Sequence([inner])
    data.ContentSequence = Sequence([item])
    return _saved(data)


_PUBMED = (
    "<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>1</PMID><Article><Journal><Title>{journal}</Title></Journal>"
    "<ArticleTitle>{title}</ArticleTitle><Abstract>{abstract}</Abstract></Article></MedlineCitation></PubmedArticle></PubmedArticleSet>"
)
_JATS = (
    '<article xmlns:xlink="http://www.w3.org/1999/xlink"><front><article-meta><article-id'
    ' pub-id-type="pmid">1</article-id><title-group><article-title>Essai</article-title></title-group><abstract><p>Un'
    " résumé assez long pour être"
    " lu.</p></abstract></article-meta></front><body><sec><title>Méthodes</title><p>Une"
    " phrase.</p>{}</sec></body></article>"
)
_JATS_INLINE = {
    "paragraph": "<p>{}</p>",
    "bold": "<p><bold>{}</bold></p>",
    "raised": "<p>x<sup>{}</sup></p>",
    "item": "<list><list-item><p>{}</p></list-item></list>",
    "cell": "<table-wrap><table><tr><td>{}</td><td>x</td></tr></table></table-wrap>",
    "caption": "<fig><caption><p>{}</p></caption></fig>",
    "foot of table": (
        "<table-wrap><table><tr><td>a</td></tr></table><table-wrap-foot><fn><p>{}</p></fn></table-wrap-foot></table-wrap>"
    ),
    "boxed": "<boxed-text><p>{}</p></boxed-text>",
    "quote": "<disp-quote><p>{}</p></disp-quote>",
    "formula": "<disp-formula><tex-math>{}</tex-math></disp-formula>",
    "section": "<sec><title>{}</title><p>x</p></sec>",
    "definition": "<def-list><def-item><term>x</term><def><p>{}</p></def></def-item></def-list>",
}


def places() -> Iterator[Place]:
    """Yield the places of workbooks, PDF, DICOM and articles."""
    for name, change in _workbooks().items():
        yield Place("xlsx", name, ".xlsx", _workbook(change))
    for name, draw in _pdfs().items():
        yield Place("pdf", name, ".pdf", _pdf(draw))
    yield from _dicoms()
    values = {"journal": "Revue", "title": "Essai", "abstract": "<AbstractText>Un résumé.</AbstractText>"}
    pubmed = {
        "title": _PUBMED.format(**values | {"title": "{}"}),
        "abstract": _PUBMED.format(**values | {"abstract": "<AbstractText>{}</AbstractText>"}),
        "label": _PUBMED.format(**values | {"abstract": '<AbstractText Label="{}">x</AbstractText>'}),
        "raised": _PUBMED.format(**values | {"abstract": "<AbstractText>x<sup>{}</sup></AbstractText>"}),
        "journal": _PUBMED.format(**values | {"journal": "{}"}),
    }
    yield from single("pubmed", ".xml", pubmed, str.encode)
    yield from single(
        "jats", ".xml", {name: _JATS.replace("{}", text) for name, text in _JATS_INLINE.items()}, str.encode
    )
