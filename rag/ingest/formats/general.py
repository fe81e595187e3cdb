"""Text, office files, mail, archives and articles."""

from __future__ import annotations

from rag.core.protocols import Parser
from rag.ingest.parsing import media
from rag.ingest.parsing.contract import Format, Kit


def _plain(kit: Kit) -> Parser:
    from rag.ingest.plain.text import PlainParser

    return PlainParser()


def _jsonl(kit: Kit) -> Parser:
    from rag.ingest.plain.jsonl import JsonLinesParser

    return JsonLinesParser(longest_line=4 * kit.settings.max_text_chars + 65_536)


def _docx(kit: Kit) -> Parser:
    from rag.ingest.office.docx.parser import DocxParser

    return DocxParser(int(kit.settings.max_file_mb * 1_000_000), kit.parts)


def _pubmed(kit: Kit) -> Parser:
    from rag.ingest.articles.pubmed import PubmedParser

    return PubmedParser()


def _jats(kit: Kit) -> Parser:
    from rag.ingest.articles.jats import JatsParser

    return JatsParser()


def _bioc(kit: Kit) -> Parser:
    from rag.ingest.articles.bioc import BiocParser

    return BiocParser()


def _zip(kit: Kit) -> Parser:
    from rag.ingest.archives.parsers import ZipParser

    return ZipParser(kit)


def _tar(kit: Kit) -> Parser:
    from rag.ingest.archives.parsers import TarParser

    return TarParser(kit)


def _packed(kit: Kit) -> Parser:
    from rag.ingest.archives.parsers import PackedParser

    return PackedParser(kit)


def _html(kit: Kit) -> Parser:
    from rag.ingest.plain.html import HtmlParser

    return HtmlParser()


def _rtf(kit: Kit) -> Parser:
    from rag.ingest.office.rtf.parser import RtfParser

    return RtfParser()


def _odt(kit: Kit) -> Parser:
    from rag.ingest.office.odt.parser import OdtParser

    return OdtParser(int(kit.settings.max_file_mb * 1_000_000), kit.parts)


def _csv(kit: Kit) -> Parser:
    from rag.ingest.office.sheets.csv_file import CsvParser

    return CsvParser()


def _xlsx(kit: Kit) -> Parser:
    from rag.ingest.office.sheets.xlsx import XlsxParser

    return XlsxParser(kit)


def _winmail(kit: Kit) -> Parser:
    from rag.ingest.plain.winmail import WinmailParser

    return WinmailParser(kit)


def _mail(kit: Kit) -> Parser:
    from rag.ingest.plain.mail import MailParser

    return MailParser(kit)


def _mailbox(kit: Kit) -> Parser:
    from rag.ingest.plain.mailbox import MailboxParser

    return MailboxParser(kit)


GENERAL = (
    Format(media.TEXT, "plain/3", (".txt", ".text"), _plain, is_plain=True),
    Format(media.MARKDOWN, "plain/3", (".md", ".markdown"), _plain, is_plain=True),
    Format(
        media.JSON_LINES,
        "jsonl/3",
        (".jsonl", ".ndjson", ".jsonl.gz", ".ndjson.gz"),
        _jsonl,
        has_many_records=True,
        is_plain=True,
    ),
    Format(media.PUBMED, "pubmed/2", (".xml",), _pubmed, has_many_records=True),
    Format(media.JATS, "jats/3", (".xml", ".nxml"), _jats),
    Format(media.BIOC, "bioc/2", (".xml",), _bioc, has_many_records=True),
    Format(media.BIOC_JSON, "bioc/2", (".json",), _bioc, has_many_records=True),
    Format(media.ZIP, "zip/1", (".zip",), _zip, has_many_records=True, has_parts=True),
    Format(
        media.TAR,
        "tar/1",
        (".tar", ".tgz", ".tar.gz", ".tar.bz2", ".tar.xz"),
        _tar,
        has_many_records=True,
        has_parts=True,
    ),
    Format(media.PACKED, "packed/1", (".gz", ".bz2", ".xz"), _packed, has_many_records=True, has_parts=True),
    Format(media.DOCX, "docx/3", (".docx",), _docx, has_parts=True),
    Format(media.ODT, "odt/2", (".odt",), _odt, has_parts=True),
    Format(media.RTF, "rtf/2", (".rtf",), _rtf),
    Format(media.HTML, "html/3", (".html", ".htm", ".xhtml"), _html),
    Format(media.CSV, "csv/2", (".csv", ".tsv"), _csv, has_many_records=True, is_plain=True),
    Format(media.XLSX, "xlsx/2", (".xlsx",), _xlsx, extra="office", has_many_records=True),
    Format(media.TNEF, "tnef/1", ("winmail.dat", ".tnef"), _winmail, has_many_records=True, has_parts=True),
    Format(media.EML, "mail/4", (".eml",), _mail, has_many_records=True, has_parts=True),
    Format(media.MBOX, "mbox/1", (".mbox",), _mailbox, has_many_records=True, has_parts=True),
)
