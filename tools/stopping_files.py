"""Small files that are made to stop whoever reads them: by time, by memory, by depth. Each came from a way in
which parsers fail.

``STOPPERS`` gives them by name; a name that ends with ``.meta.yaml`` is the sidecar of the file named before
it.
"""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable

_MANY = 100_000
_DEEP = 50_000
BOMB_MB = 40
"""What a bomb unpacks to; read it under limits below that (``max_file_mb``), as the tests do, and it is made
in no time.
"""

_BOMB = BOMB_MB << 20

Files = dict[str, bytes]


def _text() -> Files:
    n = _MANY
    lines = {
        "blanks": " " * n + "x",
        "blank-lines": "\n \n" * n,
        "stops": "." * n + "x",
        "closers": '."' * n + "x",
        "open-brackets": "(" * n,
        "thousands": " 777" * n,
        "decimals": "1." * n,
        "titles": "Dr. " * n,
        "items": "- a\n" * n,
        "headings": "A:\n\n" * n,
        "capitals": "ABCD\n\n" * n,
        "word": "a" * n * 5,
        "hyphens": "a-" * n,
        "quotes": "'" * n,
        "letters": "a.b." * n,
        "bars": "|" * n,
        "rules": "-----\nAB\n" * n,
        "marks": "a" + "\u0301\u0323" * n,
        "marks-down": "a" + "\u0301" * n + "\u0323" * n,
        "ligatures": "\ufdfa" * n,
        "months": "le 12 janvier " * n,
        "tabs": "\t" * n + "x",
        "negations": "pas de pas de " * n,
        "colons": ":" * n,
        "controls": "a\x01" * n,
    }
    texts = {f"{name}.txt": text.encode() for name, text in lines.items()}
    marked = {
        "hashes": "#" * n,
        "fences": "```\n" * n,
        "stars": "*" * n,
        "ticks": "`" * n + "x",
        "nested": "> " * n,
        "links": "[" * n,
    }
    marked |= {
        "heads": "# a\n" * n,
        "deep-heads": "".join("#" * (1 + at % 6) + " a\n" for at in range(n)),
        "hash-blanks": "# a" + " #" * n,
    }
    return texts | {f"{name}.md": text.encode() for name, text in marked.items()}


def _yaml() -> Files:
    aliases = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{chr(98 + at)}: &{chr(98 + at)} [{', '.join(['*' + chr(97 + at)] * 9)}]\n" for at in range(7)
    )
    fronts = {
        "alias-bomb": aliases,
        "merge-bomb": "a: &a {b: c}\n" + "d: {" + "<<: *a, " * 1000 + "}\n",
        "flow-depth": "a: " + "[" * _DEEP,
        "block-depth": "- " * _DEEP,
        "keys": "? " * _DEEP,
        "braces": "a: " + "{a: " * _DEEP,
        "one-key": "k" * 150_000 + ": v",
        "values": "".join(f"k{at}: v\n" for at in range(15_000)),
        "anchors": "".join(f"k{at}: &a{at} v\n" for at in range(5_000)),
        "self": "a: &a [*a]",
        "tag": "a: !!python/object/apply:os.system ['true']",
        "sixty": "a: !!int 1" + ":1" * 50_000,
        "spaces": "a: b" + " " * 150_000 + "c",
        "escapes": 'a: "' + "\\U0001F600" * 15_000 + '"',
        "directives": "%TAG !a! b\n" * 10_000,
        "never-closed": "a: b\n" * 30_000 + "-- -\n",
    }
    files: Files = {}
    for name, yaml in fronts.items():
        files[f"front-{name}.md"] = f"---\n{yaml}\n---\nExamen.\n".encode()
        files[f"side-{name}.txt"], files[f"side-{name}.txt.meta.yaml"] = b"Examen.", yaml.encode()
    return files


def _markup() -> Files:
    laughs = (
        "<!DOCTYPE a [<!ENTITY a 'x'>" + "".join(f"<!ENTITY a{at} '{'&a;' * 10}'>" for at in range(30)) + "]>"
    )
    starts = {
        "comments-40": "<!---->" * 40,
        "comments": "<!---->" * 9_000,
        "comments-words": "<!-- a -->\n" * 6_000 + "<b>",
        "open-comments": "<!--" * 10_000,
        "instructions": "<?a?>" * 9_000,
        "open-instructions": "<?a" * 9_000,
        "doctypes": "<!DOCTYPE a []>" * 4_000,
        "open-doctype": "<!DOCTYPE a [" + "]" * 60_000,
        "doctype-spaces": "<!DOCTYPE a [" + "] " * 30_000,
        "laughs": laughs + "<a>&a29;</a>",
        "depth": "<a>" * _MANY,
        "closed-depth": "<a>" * _DEEP + "</a>" * _DEEP,
        "attributes": "<a " + " ".join(f"b{at}=''" for at in range(_DEEP)) + "/>",
        "namespaces": "<a " + " ".join(f"xmlns:b{at}='u'" for at in range(20_000)) + "/>",
        "xmlns": "<a" + " xmlns=" * 8_000 + ">",
        "name": "<" + "a" * _MANY,
        "letters": "<a>" + "&eacute;" * _DEEP + "</a>",
        "blanks": " " * 60_000 + "<",
    }
    files = {
        f"xml-{name}{suffix}": text.encode() for name, text in starts.items() for suffix in (".xml", ".html")
    }
    roots = {
        "cda": "<ClinicalDocument xmlns='urn:hl7-org:v3'>{}</ClinicalDocument>",
        "pubmed": "<PubmedArticleSet><PubmedArticle>{}</PubmedArticle></PubmedArticleSet>",
        "jats": "<article><front/><body>{}</body></article>",
        "fhir": "<Bundle xmlns='http://hl7.org/fhir'>{}</Bundle>",
        "bioc": "<collection><document>{}</document></collection>",
        "html": "<!doctype html><html><body>{}</body></html>",
    }
    inner = {
        "deep": "<sec><title>a</title>" * 5_000 + "</sec>" * 5_000,
        "tables": "<table><tr><td>" * 3_000,
        "sups": "<p>" + "1<sup>2</sup>" * 5_000 + "</p>",
        "brackets": "<p>" + "<sup>[</sup>" * 5_000 + "</p>",
        "lists": "<list><item>" * 2_000 + "</item></list>" * 2_000,
        "spaces": "<p>" + " " * _MANY + "</p>",
    }
    for kind, root in roots.items():
        for name, text in inner.items():
            files[f"{kind}-{name}{'.html' if kind == 'html' else '.xml'}"] = root.format(text).encode()
    return files


def _json() -> Files:
    deep = "[" * _DEEP + "]" * _DEEP
    return {
        "deep.json": deep.encode(),
        "deep-objects.json": ('{"a":' * _DEEP + "1" + "}" * _DEEP).encode(),
        "deep.jsonl": f'{{"text": "a", "b": {deep}}}\n'.encode(),
        "nested-list.jsonl": ('{"text": "a", "b": ' + "[" * 900 + "1" + "]" * 900 + "}").encode(),
        "fhir-deep.json": ('{"resourceType": "Bundle", "entry": ' + deep + "}").encode(),
        "fhir-contained.json": ('{"resourceType": "Basic", "contained": [' * 400 + "]}" * 400).encode(),
        "bioc-marks.json": b'{"documents": [' * 5_000,
        "bioc-passages.json": ('{"documents": [' + '{"passages": [' * 5_000).encode(),
        "numbers.jsonl": ('{"text": "a", "n": ' + "9" * _MANY + "}").encode(),
        "keys.jsonl": json.dumps({"text": "a", **{f"k{at}": at for at in range(20_000)}}).encode(),
        "lines.jsonl": b"{}\n" * 10_000,
        "escapes.jsonl": ('{"text": "' + "\\u0301" * _DEEP + '"}').encode(),
    }


def _mail() -> Files:
    nested = "From: a@example.org\nMIME-Version: 1.0\n"
    for at in range(1_500):
        nested += f"Content-Type: multipart/mixed; boundary=b{at}\n\n--b{at}\n"
    head = "From: a@example.org\nMessage-ID: <1@example.org>\n"
    heads = {
        "headers": "".join(f"X-A{at}: b\n" for at in range(30_000)) + "\nExamen",
        "folded": "Subject: a\n" + " b\n" * 40_000 + "\nExamen",
        "words": "Subject: " + "=?utf-8?q?a?= " * 8_000 + "\n\nExamen",
        "bad-words": "Subject: " + "=?" * 40_000 + "\n\nExamen",
        "comments": "To: " + "(" * 20_000 + "\n\nExamen",
        "addresses": "To: " + "<" * 20_000 + "\n\nExamen",
        "people": "To: " + ", ".join(f"a{at} <a{at}@example.org>" for at in range(5_000)) + "\n\nExamen",
        "groups": "To: " + "a:" * 20_000 + "\n\nExamen",
        "parameters": "MIME-Version: 1.0\nContent-Type: text/plain" + "; a=b" * 15_000 + "\n\nExamen",
        "continued": (
            "MIME-Version: 1.0\nContent-Type: text/plain"
            + "".join(f"; a*{at}*=b" for at in range(4_000))
            + "\n\nExamen"
        ),
        "date": "Date: " + "1 " * 40_000 + "\n\nExamen",
        "parts": (
            "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n"
            + "--b\n\na\n" * 10_000
            + "--b--\n"
        ),
        "quoted": (
            "MIME-Version: 1.0\nContent-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n\n"
            + "=" * _MANY
        ),
        "message-depth": "MIME-Version: 1.0\n" + "Content-Type: message/rfc822\n\n" * 1_500 + "a",
    }
    return {
        "mail-nested.eml": nested.encode(),
        **{f"mail-{name}.eml": (head + text).encode() for name, text in heads.items()},
    }


def _zip(members: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return packed.getvalue()


def _matryoshka(levels: int, data: bytes) -> bytes:
    for level in range(levels):
        data = _zip({f"{level}.zip" if level else "a.txt": data})
    return data


def _bomb(megabytes: int) -> bytes:
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    return packer.compress(b" " * (megabytes << 20)) + packer.flush()


def _office() -> Files:
    word = (
        "<w:document"
        " xmlns:w='http://schemas.openxmlformats.org/wordprocessingml/2006/main'><w:body>{}</w:body></w:document>"
    )
    types = (
        "<Types xmlns='http://schemas.openxmlformats.org/package/2006/content-types'><Default"
        " Extension='rels' ContentType="
        "'application/vnd.openxmlformats-package.relationships+xml'/><Override PartName='/word/document.xml'"
        " ContentType="
        "'application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml'/></Types>"
    )
    rels = (
        "<Relationships xmlns='http://schemas.openxmlformats.org/package/2006/relationships'><Relationship"
        " Id='r1' Type='http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument'"
        " Target='word/document.xml'/></Relationships>"
    )

    def docx(body: str) -> bytes:
        parts = {"[Content_Types].xml": types, "_rels/.rels": rels, "word/document.xml": word.format(body)}
        return _zip({name: part.encode() for name, part in parts.items()})

    odt = "<office:document-content xmlns:office='urn:o' xmlns:text='urn:t'>{}</office:document-content>"

    def opened(body: str) -> bytes:
        return _zip(
            {"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": odt.format(body).encode()}
        )

    sheet = (
        "<worksheet xmlns='http://schemas.openxmlformats.org/spreadsheetml/2006/main'><dimension"
        " ref='A1:XFD1048576'/></worksheet>"
    )
    return {
        "bomb.docx": docx("<w:p>" + " " * _BOMB + "</w:p>"),
        "deep.docx": docx("<w:tbl><w:tr><w:tc>" * 5_000 + "</w:tc></w:tr></w:tbl>" * 5_000),
        "runs.docx": docx("<w:p>" + "<w:r><w:t>a</w:t></w:r>" * 50_000 + "</w:p>"),
        "bomb.odt": opened("<text:p>" + " " * _BOMB + "</text:p>"),
        "spaces.odt": opened(
            "<office:body><office:text><text:p><text:s"
            " text:c='2000000000'/></text:p></office:text></office:body>"
        ),
        "repeated.odt": opened("<office:body><office:text>" + "<text:list><text:list-item>" * 5_000),
        "bomb.xlsx": _zip({"xl/workbook.xml": b"<workbook/>", "xl/worksheets/sheet1.xml": b" " * _BOMB}),
        "sheet.xlsx": _zip({"xl/workbook.xml": b"<workbook/>", "xl/worksheets/sheet1.xml": sheet.encode()}),
    }


def _packed() -> Files:
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w:gz") as members:
        for at in range(5_000):
            members.addfile(tarfile.TarInfo(f"{at}.txt"))
    return {
        "bomb.gz": _bomb(BOMB_MB),
        "bomb.jsonl.gz": _bomb(BOMB_MB),
        "bomb.bz2": bz2.compress(bytes(_BOMB)),
        "bomb.xz": lzma.compress(bytes(_BOMB), preset=0),
        "twice.gz": gzip.compress(_bomb(BOMB_MB)),
        "deep.zip": _matryoshka(200, b"Examen."),
        "many.zip": _zip({f"{at}.txt": b"" for at in range(5_000)}),
        "bomb.zip": _zip({"a.txt": bytes(_BOMB)}),
        "names.zip": _zip({"a/" * 15_000 + "a.txt": b"Examen."}),
        "many.tar.gz": tar.getvalue(),
        "comments.zip": _zip({f"{at}.xml": b"<!---->" * 40 for at in range(200)}),
    }


def _records() -> Files:
    msh = "MSH|^~\\&|A|B|C|D|20260101||ORU^R01|1|P|2.5\r"
    return {
        "messages.hl7": (msh * 5_000).encode(),
        "fields.hl7": (msh + "OBX" + "|" * _MANY).encode(),
        "components.hl7": (msh + "OBX|1|TX|A||" + "^" * _MANY).encode(),
        "repeats.hl7": (msh + "PID|||" + "1~" * _MANY).encode(),
        "escapes.hl7": (msh + "OBX|1|TX|A||" + "\\X0D\\" * 20_000).encode(),
        "open-escapes.hl7": (msh + "OBX|1|TX|A||" + "\\" * _MANY).encode(),
        "segments.hl7": (msh + "NTE|1||a\r" * 30_000).encode(),
        "blanks.hl7": b" " * 60_000 + b"MSH",
        "units.hl7": (msh + "OBX|1|NM|A||1|" + "{" * _MANY + "\r").encode(),
        "groups.rtf": b"{\\rtf1 " + b"{" * _DEEP + b"a" + b"}" * _DEEP + b"}",
        "words.rtf": b"{\\rtf1 " + b"\\b" * _MANY + b" a}",
        "letters.rtf": b"{\\rtf1 " + b"\\u233?" * _DEEP + b"}",
        "slashes.rtf": b"{\\rtf1 " + b"\\" * _MANY + b"}",
        "binary.rtf": b"{\\rtf1 \\bin999999999 a}",
        "quotes.csv": b"id;texte\n" + b'"' * _MANY,
        "columns.csv": b"id;texte\n" + b";" * _MANY,
        "rows.csv": b"id;texte\n" + b"1;a\n" * 10_000,
        "mixed.csv": b"a,b;c\td|e\n" * 20_000,
        "heads.csv": (";".join(f"c{at}" for at in range(20_000)) + "\n" + ";" * 20_000).encode(),
        "word.csv": b"a" * 400_000,
    }


_GROUPS: tuple[Callable[[], Files], ...] = (_text, _yaml, _markup, _json, _mail, _office, _packed, _records)


def stoppers() -> Files:
    """Return every file by its name."""
    return {name: data for group in _GROUPS for name, data in group().items()}
