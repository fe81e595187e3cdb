# ruff: noqa: E501 - templates of files, one a line
"""Places of Word, OpenDocument and RTF files."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator

from tools.marked.places import FILLER, Place, crossed

_NS = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    ' xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
    ' xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
    ' xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"'
    ' xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"'
    ' xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
    ' xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"'
    ' xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    ' xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml"'
    ' xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"'
)
_P = "<w:p>{}</w:p>"
_BOX = "<w:p><w:r><w:drawing><wp:inline><wps:txbx><w:txbxContent><w:p>{}</w:p></w:txbxContent></wps:txbx></wp:inline></w:drawing></w:r></w:p>"
_BLOCKS = {
    "paragraph": _P,
    "heading": '<w:p><w:pPr><w:outlineLvl w:val="0"/></w:pPr>{}</w:p>',
    "cell": (
        "<w:tbl><w:tr><w:tc><w:p>{}</w:p></w:tc><w:tc><w:p><w:r><w:t>x</w:t></w:r></w:p></w:tc></w:tr></w:tbl>"
    ),
    "nested table": (
        "<w:tbl><w:tr><w:tc><w:tbl><w:tr><w:tc><w:p>{}</w:p></w:tc></w:tr></w:tbl></w:tc></w:tr></w:tbl>"
    ),
    "cell control": (
        "<w:tbl><w:tr><w:sdt><w:sdtContent><w:tc><w:p>{}</w:p></w:tc></w:sdtContent></w:sdt></w:tr></w:tbl>"
    ),
    "control": "<w:sdt><w:sdtContent><w:p>{}</w:p></w:sdtContent></w:sdt>",
    "box": _BOX,
    "inserted": "<w:customXml><w:p>{}</w:p></w:customXml>",
    "header": _P,
    "footer": _P,
    "footnotes": '<w:footnote w:id="2"><w:p>{}</w:p></w:footnote>',
    "endnotes": '<w:endnote w:id="2"><w:p>{}</w:p></w:endnote>',
    "comments": '<w:comment w:id="2"><w:p>{}</w:p></w:comment>',
}
_R = "<w:r><w:t>{}</w:t></w:r>"
_INLINE = {
    "run": _R,
    "link": f"<w:hyperlink>{_R}</w:hyperlink>",
    "inserted": f'<w:ins w:id="1">{_R}</w:ins>',
    "moved to": f'<w:moveTo w:id="1">{_R}</w:moveTo>',
    "deleted": '<w:del w:id="1"><w:r><w:delText>{}</w:delText></w:r></w:del>',
    "moved from": f'<w:moveFrom w:id="1">{_R}</w:moveFrom>',
    "struck": "<w:r><w:rPr><w:strike/></w:rPr><w:t>{}</w:t></w:r>",
    "struck twice": "<w:r><w:rPr><w:dstrike/></w:rPr><w:t>{}</w:t></w:r>",
    "hidden": "<w:r><w:rPr><w:vanish/></w:rPr><w:t>{}</w:t></w:r>",
    "raised": '<w:r><w:rPr><w:vertAlign w:val="superscript"/></w:rPr><w:t>{}</w:t></w:r>',
    "control": f"<w:sdt><w:sdtContent>{_R}</w:sdtContent></w:sdt>",
    "prompt": f"<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent>{_R}</w:sdtContent></w:sdt>",
    "entry": (
        "<w:sdt><w:sdtPr><w:dropDownList"
        ' w:lastValue="{}"/></w:sdtPr><w:sdtContent><w:r/></w:sdtContent></w:sdt>'
    ),
    "field": f'<w:fldSimple w:instr="REF a">{_R}</w:fldSimple>',
    "field without result": '<w:fldSimple w:instr=" QUOTE {} "/>',
    "long field": (
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>REF'
        f' a</w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r>{_R}<w:r><w:fldChar'
        ' w:fldCharType="end"/></w:r>'
    ),
    "long field without result": (
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>QUOTE'
        ' "{}"</w:instrText></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r>'
    ),
    "button": (
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>MACROBUTTON Aucune'
        ' {}</w:instrText></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r>'
    ),
    "list of a form": (
        '<w:r><w:fldChar w:fldCharType="begin"><w:ffData><w:ddList><w:result w:val="1"/><w:listEntry'
        ' w:val="a"/><w:listEntry w:val="{}"/></w:ddList></w:ffData></w:fldChar></w:r><w:r><w:fldChar'
        ' w:fldCharType="end"/></w:r>'
    ),
    "picture": (
        '<w:r><w:drawing><wp:inline><wp:docPr id="1" name="x"'
        ' descr="{}"/><a:graphic><a:graphicData><pic:pic/></a:graphicData></a:graphic></wp:inline></w:drawing></w:r>'
    ),
    "old picture": '<w:r><w:pict><v:shape alt="{}"><v:imagedata/></v:shape></w:pict></w:r>',
    "word art": '<w:r><w:pict><v:shape><v:textpath string="{}"/></v:shape></w:pict></w:r>',
    "drawing": (
        "<w:r><w:drawing><wp:inline><a:graphic><a:graphicData><a:t>{}</a:t></a:graphicData></a:graphic></wp:inline></w:drawing></w:r>"
    ),
    "equation": "<m:oMath><m:r><m:t>{}</m:t></m:r></m:oMath>",
    "fraction": (
        "<m:oMath><m:f><m:num><m:r><m:t>{}</m:t></m:r></m:num><m:den><m:r><m:t>2</m:t></m:r></m:den></m:f></m:oMath>"
    ),
    "choice": (
        f'<mc:AlternateContent><mc:Choice Requires="wps">{_R}</mc:Choice><mc:Fallback/></mc:AlternateContent>'
    ),
    "direction": f'<w:bdo w:val="ltr">{_R}</w:bdo>',
    "tag": f'<w:smartTag w:element="x">{_R}</w:smartTag>',
    "reading aid": f"<w:r><w:ruby><w:rt>{_R}</w:rt><w:rubyBase>{_R}</w:rubyBase></w:ruby></w:r>",
}
_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml."
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
_ROOTS = {
    "header": "hdr",
    "footer": "ftr",
    "footnotes": "footnotes",
    "endnotes": "endnotes",
    "comments": "comments",
}


def _docx(inside: str, block: str) -> bytes:
    body = f"<w:p><w:r><w:t>{FILLER}</w:t></w:r></w:p>" + ("" if block in _ROOTS else inside)
    part = block if block in _ROOTS else ""
    override = f'<Override PartName="/word/{part}1.xml" ContentType="{_TYPE}{part}+xml"/>' if part else ""
    relation = f'<Relationship Id="rId9" Type="{_RELATION}{part}" Target="{part}1.xml"/>' if part else ""
    files = {
        "[Content_Types].xml": (
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default'
            ' Extension="rels"'
            ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default'
            ' Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml"'
            f' ContentType="{_TYPE}document.main+xml"/>{override}</Types>'
        ),
        "_rels/.rels": (
            "<Relationships"
            ' xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1"'
            f' Type="{_RELATION}officeDocument" Target="word/document.xml"/></Relationships>'
        ),
        "word/document.xml": f"<w:document {_NS}><w:body>{body}</w:body></w:document>",
        "word/_rels/document.xml.rels": (
            "<Relationships"
            f' xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{relation}</Relationships>'
        ),
    }
    if part:
        files[f"word/{part}1.xml"] = f"<w:{_ROOTS[part]} {_NS}>{inside}</w:{_ROOTS[part]}>"
    return zipped(files)


def zipped(files: dict[str, str]) -> bytes:
    """Return a package of these members."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return out.getvalue()


_ODT_NS = " ".join(
    f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{long}"'
    for short, long in {
        "office": "office:1.0", "text": "text:1.0", "table": "table:1.0", "style": "style:1.0", "draw": "drawing:1.0", "form": "form:1.0",
        "svg": "svg-compatible:1.0", "fo": "xsl-fo-compatible:1.0", "field": "field:1.0", "loext": "loext:1.0",
    }.items()
) + ' xmlns:xlink="http://www.w3.org/1999/xlink"'  # fmt: skip
_ODT_STYLES = (
    '<style:style style:name="S" style:family="text"><style:text-properties'
    ' style:text-line-through-style="solid"/></style:style><style:style style:name="H"'
    ' style:family="text"><style:text-properties text:display="none"/></style:style><style:style'
    ' style:name="U" style:family="text"><style:text-properties style:text-position="super'
    ' 58%"/></style:style>'
)
_ODT_BLOCKS = {
    "paragraph": "<text:p>{}</text:p>",
    "heading": '<text:h text:outline-level="1">{}</text:h>',
    "item": "<text:list><text:list-item><text:p>{}</text:p></text:list-item></text:list>",
    "cell": (
        "<table:table><table:table-row><table:table-cell><text:p>{}</text:p></table:table-cell><table:table-cell><text:p>x</text:p></table:table-cell></table:table-row></table:table>"
    ),
    "head of table": (
        "<table:table><table:table-header-rows><table:table-row><table:table-cell><text:p>{}</text:p></table:table-cell></table:table-row></table:table-header-rows></table:table>"
    ),
    "section": '<text:section text:name="a"><text:p>{}</text:p></text:section>',
    "hidden section": '<text:section text:name="a" text:display="none"><text:p>{}</text:p></text:section>',
    "box": "<text:p><draw:frame><draw:text-box><text:p>{}</text:p></draw:text-box></draw:frame></text:p>",
    "shape": "<text:p><draw:custom-shape><text:p>{}</text:p></draw:custom-shape></text:p>",
    "note": (
        "<text:p>x<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>{}</text:p></text:note-body></text:note></text:p>"
    ),
    "comment": "<text:p>x<office:annotation><text:p>{}</text:p></office:annotation></text:p>",
    "index": (
        "<text:table-of-content><text:index-body><text:p>{}</text:p></text:index-body></text:table-of-content>"
    ),
    "numbered": "<text:numbered-paragraph><text:p>{}</text:p></text:numbered-paragraph>",
    "header": "<text:p>{}</text:p>",
    "deletion": (
        "<text:tracked-changes><text:changed-region><text:deletion><text:p>{}</text:p></text:deletion></text:changed-region></text:tracked-changes>"
    ),
}
_ODT_INLINE = {
    "text": "{}",
    "span": "<text:span>{}</text:span>",
    "link": '<text:a xlink:href="x">{}</text:a>',
    "struck": '<text:span text:style-name="S">{}</text:span>',
    "hidden": '<text:span text:style-name="H">{}</text:span>',
    "raised": '<text:span text:style-name="U">{}</text:span>',
    "hidden text": '<text:hidden-text text:string-value="{}"/>',
    "hidden paragraph": '<text:hidden-paragraph text:is-hidden="true">{}</text:hidden-paragraph>',
    "placeholder": '<text:placeholder text:placeholder-type="text">{}</text:placeholder>',
    "input": "<text:text-input>{}</text:text-input>",
    "variable": '<text:variable-get text:name="a">{}</text:variable-get>',
    "drop-down": '<text:drop-down text:name="a"><text:label text:value="b"/>{}</text:drop-down>',
    "reading aid": (
        "<text:ruby><text:ruby-base>x</text:ruby-base><text:ruby-text>{}</text:ruby-text></text:ruby>"
    ),
    "picture": "<draw:frame><draw:image/><svg:desc>{}</svg:desc></draw:frame>",
    "title of picture": "<draw:frame><draw:image/><svg:title>{}</svg:title></draw:frame>",
    "object": (
        "<draw:frame><draw:object><office:document><text:p>{}</text:p></office:document></draw:object></draw:frame>"
    ),
    "script": "<text:script>{}</text:script>",
    "control of content": "<loext:content-control>{}</loext:content-control>",
    "prompt": '<loext:content-control loext:showing-place-holder="true">{}</loext:content-control>',
    "after a tab": "<text:tab/>{}",
}


def _odt(inside: str, block: str) -> bytes:
    body = "" if block == "header" else inside
    content = (
        "<office:document-content"
        f" {_ODT_NS}><office:automatic-styles>{_ODT_STYLES}</office:automatic-styles><office:body><office:text><text:p>{FILLER}</text:p>{body}</office:text></office:body></office:document-content>"
    )
    files = {
        "mimetype": "application/vnd.oasis.opendocument.text",
        "META-INF/manifest.xml": "",
        "content.xml": content,
    }
    if block == "header":
        files["styles.xml"] = (
            "<office:document-styles"
            f" {_ODT_NS}><office:automatic-styles>{_ODT_STYLES}</office:automatic-styles><office:master-styles><style:master-page><style:header>{inside}</style:header></style:master-page></office:master-styles></office:document-styles>"
        )
    return zipped(files)


_RTF_BLOCKS = {
    "paragraph": "\\pard {}\\par",
    "cell": "\\trowd\\cellx1000\\cellx2000\\intbl {}\\cell x\\cell\\row",
    "nested cell": "\\trowd\\cellx1000\\intbl {}\\nestcell x\\cell\\row",
    "header": "{\\header \\pard {}\\par}",
    "footer": "{\\footerf \\pard {}\\par}",
    "note": "x{\\footnote \\pard {}}\\par",
    "end note": "x{\\footnote\\ftnalt {}}\\par",
    "comment": "x{\\*\\annotation {}}\\par",
    "box": "{\\shp{\\*\\shpinst{\\shptxt \\pard {}\\par}}}\\par",
    "old box": "{\\*\\do{\\dptxbxtext \\pard {}\\par}}\\par",
    "result of object": "{\\object\\objemb{\\*\\objclass A}{\\result {}}}\\par",
    "item": "{\\listtext -\\tab}{}\\par",
    "group": "{\\b {{\\i {}}}}\\par",
}
_RTF_INLINE = {
    "text": "{}",
    "bold": "{\\b {}}",
    "struck": "{\\strike {}}",
    "struck twice": "{\\striked1 {}}",
    "hidden": "{\\v {}}",
    "deleted": "{\\deleted {}}",
    "inserted": "{\\revised {}}",
    "raised": "{\\super {}}",
    "field": "{\\field{\\*\\fldinst HYPERLINK x}{\\fldrslt {}}}",
    "button": "{\\field{\\*\\fldinst MACROBUTTON Aucune {}}{\\fldrslt }}",
    "list of a form": (
        "{\\field{\\*\\fldinst FORMDROPDOWN{\\*\\formfield{\\fftype2\\ffres1{\\*\\ffl a}{\\*\\ffl"
        " {}}}}}{\\fldrslt }}"
    ),
    "picture": "{\\pict{\\*\\picprop{\\sp{\\sn wzDescription}{\\sv {}}}}00ff}",
    "index": "{\\xe {}}",
    "contents": "{\\tc {}}",
    "new letters": "{\\upr{x}{\\*\\ud {}}}",
    "equation": "{\\mmath{\\*\\moMath{\\mr {}}}}",
    "unknown group": "{\\unknownword {}}",
}


def _rtf(inside: str, _block: str) -> bytes:
    head = "{\\rtf1\\ansi\\ansicpg1252\\deff0{\\fonttbl{\\f0\\fcharset0 Arial;}}\\pard "
    return f"{head}{FILLER}\\par {inside}}}".encode("cp1252", "replace")


def places() -> Iterator[Place]:
    """Yield the places of office files."""
    yield from crossed("docx", ".docx", _BLOCKS, _INLINE, _docx)
    yield from crossed("odt", ".odt", _ODT_BLOCKS, _ODT_INLINE, _odt)
    yield from crossed("rtf", ".rtf", _RTF_BLOCKS, _RTF_INLINE, _rtf)
