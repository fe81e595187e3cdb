"""What a file is, from its bytes; its name decides only between kinds of text."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile

import pytest

from rag.ingest.parsing import media
from rag.ingest.parsing.sniff import look_into, sniff
from rag.ingest.parsing.xml_root import Root, xml_root


def zipped(*names: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in names:
            archive.writestr(name, b"application/vnd.oasis.opendocument.text" if name == "mimetype" else b"x")
    return packed.getvalue()


def tarred() -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a.txt"))
    return packed.getvalue()


CDA = b'<?xml version="1.0"?>\n<!-- export -->\n<ClinicalDocument xmlns="urn:hl7-org:v3">'
FHIR = b'{\n  "resourceType": "Bundle"'


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("a.bin", b"%PDF-1.7\n", media.PDF),
        ("a.txt", b"\x89PNG\r\n\x1a\n", media.PNG),
        ("a", b"\xff\xd8\xff\xe0", media.JPEG),
        ("a", b"II*\x00", media.TIFF),
        ("note.txt", b"BM I 24, apyr\xc3\xa9tique", media.TEXT),
        ("a", bytes(128) + b"DICM", media.DICOM),
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", media.OLE),
        ("a.doc", rb"{\rtf1\ansi", media.RTF),
        ("a.zip", zipped("[Content_Types].xml", "word/document.xml"), media.DOCX),
        ("a.docx", zipped("[Content_Types].xml", "xl/workbook.xml"), media.XLSX),
        ("a", zipped("mimetype", "content.xml"), media.ODT),
        ("a", zipped("notes/a.txt"), media.ZIP),
        ("a.docx", zipped("notes/a.txt"), media.DOCX),
        ("a", tarred(), media.TAR),
        ("a.tar.gz", gzip.compress(tarred()), media.TAR),
        ("a", lzma.compress(tarred()), media.TAR),
        ("a", bz2.compress(tarred()), media.TAR),
        ("pubmed.xml.gz", gzip.compress(b"<PubmedArticleSet/>"), media.PACKED),
        ("a.jsonl.gz", gzip.compress(b'{"text": "a"}'), media.JSON_LINES),
        ("a.ndjson.gz", gzip.compress(b'{"resourceType": "Patient"}'), media.FHIR_NDJSON),
        ("a.gz", b"\x1f\x8b broken", media.PACKED),
        ("a.xml", CDA, media.CDA),
        ("a.xml", CDA.decode().encode("utf-16"), media.CDA),
        ("a", b'<h:ClinicalDocument xmlns:h="urn:hl7-org:v3"/>', media.CDA),
        ("a.xml", b'<!DOCTYPE PubmedArticleSet [<!ENTITY a "<b>">]><PubmedArticleSet>', media.PUBMED),
        (
            "a.nxml",
            b'<!DOCTYPE article PUBLIC "-//NLM//DTD JATS"\n "JATS.dtd">\n<article xmlns:xlink="x">',
            media.JATS,
        ),
        ("a.xml", b'<article xmlns="http://docbook.org/ns/docbook">', media.XML),
        ("a.xml", b"<collection><source>PMC</source>", media.BIOC),
        ("a.xml", b'<Bundle xmlns="http://hl7.org/fhir">', media.FHIR_XML),
        ("a.xml", b"<orders/>", media.XML),
        ("a.json", FHIR, media.FHIR_JSON),
        ("a.json", b'{"resourceType":"Patient"}\n{"resourceType":"Patient"}\n', media.FHIR_NDJSON),
        ("a.ndjson", b'{"resourceType":"Patient","id":"1"}', media.FHIR_NDJSON),
        ("a.jsonl", b'{"_id": "1", "text": "resourceType"}', media.JSON_LINES),
        ("a.json", b'{"source": "PMC", "documents": [{"id": "1", "passages": [', media.BIOC_JSON),
        ("a.json", b'{"a": 1}', media.JSON),
        ("a.md", b"[Hanche] {#a}", media.MARKDOWN),
        ("a.txt", b"\x0bMSH|^~\\&|LAB", media.HL7),
        ("a", b"FHS|^~\\&|LAB", media.HL7),
        ("a.txt", b"MSH est un sigle.", media.TEXT),
        ("a.txt", b"<html><body>a", media.HTML),
        ("a.html", b"<p>Hanche</p>", media.HTML),
        ("a.eml", b"Subject: Courrier\r\nFrom: a@example.org\r\n\r\nBonjour", media.EML),
        ("a", b"From: a@example.org\nMIME-Version: 1.0\n\nBonjour", media.EML),
        ("a.txt", b"From: le service\nBonjour", media.TEXT),
        ("a.csv", b"date;poids\n2026-01-02;70\n", media.CSV),
        ("a.xyz", b"text", ""),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_bytes_say_what_a_file_is(name: str, data: bytes, expected: str) -> None:
    assert sniff(look_into(name, data)) == expected


def test_root_is_found_behind_comments_instructions_and_a_document_type() -> None:
    before = (
        b'\xef\xbb\xbf<?xml version="1.0"?>\n<?xml-stylesheet href="a"?><!-- <b> --><!DOCTYPE c:a [<!ENTITY x'
        b' "]">]>\n'
    )
    head = before + b'<c:a\n xmlns:c="urn:x" d="1">'
    assert xml_root(head) == Root("a", "urn:x")


def test_text_has_no_root() -> None:
    assert xml_root(b"CRP < 5 mg/L") is None
