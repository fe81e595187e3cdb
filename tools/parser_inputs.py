"""Input files of every format, made from a number: what the parsers are fuzzed and timed on. Their persons
and facts are invented.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import tarfile
import zipfile
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

DATA = Path(__file__).resolve().parents[1] / "tests" / "data"

_FACTS = (
    "Le patient est vu à {n} jours d'une prothèse totale de hanche gauche, sans fièvre ni douleur au repos",
    "La créatinine est à {n} µmol/L et l'INR à 2,{d} sous warfarine, sans saignement rapporté",
    "On conclut à une évolution simple ; le contrôle est prévu dans {d} semaines avec une radiographie",
    "The wound is clean and dry, and the patient walks {n} metres with one crutch",
    "Aucune allergie connue ; le traitement habituel est repris à la dose de {n} mg par jour",
    "L'échographie montre un épanchement de {d} mm, stable depuis l'examen précédent",
)
_TITLES = ("MOTIF", "ANTÉCÉDENTS", "EXAMEN", "BIOLOGIE", "CONCLUSION")


def sentences(number: int, count: int = 12) -> list[str]:
    """Return sentences that differ from number to number."""
    return [
        _FACTS[(number + at) % len(_FACTS)].format(n=10 + (number * 7 + at) % 190, d=1 + (number + at) % 9)
        + "."
        for at in range(count)
    ]


def day(number: int) -> str:
    """Return a date of the past."""
    return (date(2025, 1, 1) - timedelta(days=number % 3000)).isoformat()


def _sections(number: int) -> list[tuple[str, str]]:
    said = sentences(number, 15)
    return [(title, " ".join(said[3 * at : 3 * at + 3])) for at, title in enumerate(_TITLES)]


def _text(number: int) -> bytes:
    return "\n\n".join(f"{title}\n{body}" for title, body in _sections(number)).encode()


def _markdown(number: int) -> bytes:
    body = "\n\n".join(f"## {title}\n\n{body}" for title, body in _sections(number))
    return f"---\ntitle: Note {number}\npatient_id: B-{number}\ndate: {day(number)}\n---\n\n{body}\n".encode()


def _json_lines(number: int) -> bytes:
    lines = (
        {"_id": f"l{number}-{at}", "title": f"Note {at}", "text": " ".join(sentences(number + at))}
        for at in range(100)
    )
    return "\n".join(json.dumps(line, ensure_ascii=False) for line in lines).encode()


def _html(number: int) -> bytes:
    body = "".join(
        f"<h2>{title}</h2><p>{body}</p><ul><li>{number}</li></ul>" for title, body in _sections(number)
    )
    return (
        "<!DOCTYPE html><html><head><meta"
        f" charset='utf-8'><title>Note</title></head><body>{body}</body></html>".encode()
    )


def _rtf(number: int) -> bytes:
    def escaped(part: str) -> str:
        return "".join(char if ord(char) < 128 else f"\\u{ord(char)}?" for char in part)

    body = "".join(rf"\b {escaped(title)}\b0\par {escaped(body)}\par " for title, body in _sections(number))
    return rf"{{\rtf1\ansi\ansicpg1252\deff0{{\fonttbl{{\f0 Arial;}}}}{body}}}".encode()


def _odt(number: int) -> bytes:
    body = "".join(
        f"<text:h text:outline-level='1'>{title}</text:h><text:p>{body}</text:p>"
        for title, body in _sections(number)
    )
    names = "xmlns:office='urn:o' xmlns:text='urn:t'"
    content = (
        "<office:document-content"
        f" {names}><office:body><office:text>{body}</office:text></office:body></office:document-content>"
    )
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text", zipfile.ZIP_STORED)
        archive.writestr("content.xml", content)
    return packed.getvalue()


def _docx(number: int) -> bytes:
    from docx import Document

    word = Document()
    for title, body in _sections(number):
        word.add_heading(title, 1)
        word.add_paragraph(body)
    packed = io.BytesIO()
    word.save(packed)
    return packed.getvalue()


def _pdf(number: int) -> bytes:
    from fpdf import FPDF

    page = FPDF()
    for _ in range(2):
        page.add_page()
        for title, body in _sections(number):
            page.set_font("helvetica", "B", 12)
            page.cell(
                0, 8, title.encode("latin-1", "replace").decode("latin-1"), new_x="LMARGIN", new_y="NEXT"
            )
            page.set_font("helvetica", "", 11)
            page.multi_cell(0, 6, body.encode("latin-1", "replace").decode("latin-1"))
    return bytes(page.output())


def _table(number: int) -> bytes:
    written = io.StringIO()
    rows = csv.writer(written, delimiter=";")
    rows.writerow(["id", "ipp", "date", "texte"])
    rows.writerows(
        [f"c{number}-{at}", f"B-{at}", day(at), " ".join(sentences(number + at))] for at in range(100)
    )
    return written.getvalue().encode()


def _workbook(number: int) -> bytes:
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    sheet.append(["id", "ipp", "date", "texte"])
    for at in range(100):
        sheet.append([f"x{number}-{at}", f"B-{at}", day(at), " ".join(sentences(number + at))])
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


def _mail(number: int) -> bytes:
    from email.message import EmailMessage

    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = (
        "a@example.org",
        "b@example.org",
        f"Courrier {number}",
    )
    message.set_content("\n".join(sentences(number)))
    message.add_attachment(_text(number + 1), maintype="text", subtype="plain", filename="note.txt")
    return message.as_bytes()


def _pubmed(number: int) -> bytes:
    def citation(at: int) -> str:
        parts = "".join(
            f"<AbstractText Label='{title}'>{body}</AbstractText>" for title, body in _sections(number + at)
        )
        article = (
            f"<Article><ArticleTitle>Study {at} of"
            f" {number}</ArticleTitle><Abstract>{parts}</Abstract><PublicationTypeList><PublicationType>"
            f"Randomized"
            " Controlled Trial</PublicationType></PublicationTypeList></Article>"
        )
        return (
            f"<PubmedArticle><MedlineCitation><PMID>{number * 1000 + at}</PMID>"
            f"{article}</MedlineCitation></PubmedArticle>"
        )

    return f"<PubmedArticleSet>{''.join(citation(at) for at in range(100))}</PubmedArticleSet>".encode()


def _jats(number: int) -> bytes:
    body = "".join(
        f"<sec><title>{title}</title><p>{body}<sup>2</sup></p></sec>" for title, body in _sections(number)
    )
    cells = "".join(f"<tr><td>{at}</td><td>{fact}</td></tr>" for at, fact in enumerate(sentences(number, 4)))
    meta = "<title-group><article-title>Delay of surgery</article-title></title-group>"
    wrap = f"<table-wrap><label>Table 1</label><table>{cells}</table></table-wrap>"
    return (
        f"<article><front><article-meta>{meta}</article-meta></front><body>{body}{wrap}</body></article>"
    ).encode()


def _bioc(number: int) -> bytes:
    passages = [
        {"infons": {"section_type": title, "type": "paragraph"}, "text": body}
        for title, body in _sections(number)
    ]
    documents = [{"id": f"{number}{at}", "infons": {}, "passages": passages} for at in range(20)]
    return json.dumps({"source": "x", "documents": documents}, ensure_ascii=False).encode()


def _numbered(name: str) -> Callable[[int], bytes]:
    """Return a maker of a record that is kept for the tests; a number goes into its texts, its persons stay
    its own.
    """
    data = (DATA / "records" / name).read_bytes()
    return lambda number: data.replace(b"2026", str(2000 + number % 26).encode())


def _archive(number: int) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as members:
        for at in range(20):
            members.writestr(f"patients/B-{at}/{day(at)}_note.txt", _text(number + at))
    return packed.getvalue()


def _tarball(number: int) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as members:
        for at in range(20):
            data = _text(number + at)
            member = tarfile.TarInfo(f"patients/B-{at}/{day(at)}_note.txt")
            member.size = len(data)
            members.addfile(member, io.BytesIO(data))
    return packed.getvalue()


def _dicom(number: int) -> bytes:
    import pydicom
    from pydicom.dataset import FileDataset, FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage, generate_uid

    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.TransferSyntaxUID = (
        SecondaryCaptureImageStorage,
        ExplicitVRLittleEndian,
    )
    meta.MediaStorageSOPInstanceUID = generate_uid(entropy_srcs=[str(number)])
    image = FileDataset("", {}, file_meta=meta, preamble=bytes(128))
    image.SOPClassUID, image.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    image.StudyInstanceUID = image.SeriesInstanceUID = generate_uid(entropy_srcs=[f"s{number}"])
    image.PatientID, image.Modality, image.StudyDate = f"B-{number}", "CR", day(number).replace("-", "")
    image.StudyDescription, image.BodyPartExamined = "Radiographie du thorax", "CHEST"
    image.Rows = image.Columns = 16
    image.BitsAllocated = image.BitsStored = 8
    image.HighBit, image.SamplesPerPixel, image.PixelRepresentation = 7, 1, 0
    image.PhotometricInterpretation, image.PixelData = "MONOCHROME2", bytes(256)
    written = io.BytesIO()
    pydicom.dcmwrite(written, image, enforce_file_format=True)
    return written.getvalue()


MAKERS: dict[str, tuple[str, Callable[[int], bytes]]] = {
    "text": (".txt", _text),
    "markdown": (".md", _markdown),
    "jsonl": (".jsonl", _json_lines),
    "jsonl.gz": (".jsonl.gz", lambda number: gzip.compress(_json_lines(number))),
    "html": (".html", _html),
    "rtf": (".rtf", _rtf),
    "odt": (".odt", _odt),
    "docx": (".docx", _docx),
    "pdf": (".pdf", _pdf),
    "csv": (".csv", _table),
    "xlsx": (".xlsx", _workbook),
    "mail": (".eml", _mail),
    "pubmed": (".xml", _pubmed),
    "jats": (".nxml", _jats),
    "bioc": (".json", _bioc),
    "cda": (".xml", _numbered("crh-neurologie.cda.xml")),
    "fhir": (".json", _numbered("cardiologie.fhir.json")),
    "hl7": (".hl7", _numbered("flux.hl7")),
    "dicom": (".dcm", _dicom),
    "zip": (".zip", _archive),
    "tar.gz": (".tar.gz", _tarball),
}
"""By format: the ending of its files, and what makes one from a number."""
