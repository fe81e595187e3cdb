# ruff: noqa: E501  (markup stands on lines of its own)
"""A marked word in every element of a CDA narrative, and in every text of its entries, comes out in the
document or is named as left out.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.golden import everything

WORD = "zaphirol"
HEADER = (
    '<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><id'
    ' root="1.2.3"/><code code="11488-4"/><title>Note</title><effectiveTime value="20260312"/><languageCode'
    ' code="fr-FR"/><recordTarget><patientRole><id root="1.2.4" extension="P1"/></patientRole></recordTarget>'
)
SECTION = "<component><structuredBody><component><section>{code}<title>Section</title>{text}{entries}</section></component></structuredBody></component>"
NARRATIVE = {
    "plain": "{}",
    "paragraph": "<paragraph>{}</paragraph>",
    "content": "<paragraph>avant <content>{}</content> après</paragraph>",
    "caption of a paragraph": "<paragraph><caption>{}</caption>texte</paragraph>",
    "break": "avant<br/>{}",
    "tail of a break": "<paragraph>avant<br/>{}<br/>après</paragraph>",
    "list": "<list><item>{}</item></list>",
    "caption of a list": "<list><caption>{}</caption><item>un</item></list>",
    "caption of an item": "<list><item><caption>{}</caption>un</item></list>",
    "list in a list": "<list><item>un<list><item>{}</item></list></item></list>",
    "text behind a list in a list": "<list><item>un<list><item>deux</item></list>{}</item></list>",
    "ordered list": '<list listType="ordered"><item>{}</item></list>',
    "table": (
        "<table><tbody><tr><td>{}</td><td>un</td></tr><tr><td>deux</td><td>trois</td></tr></tbody></table>"
    ),
    "head": (
        "<table><thead><tr><th>{}</th><th>a</th></tr></thead><tbody><tr><td>b</td><td>c</td></tr><tr><td>d</td><td>e</td></tr></tbody></table>"
    ),
    "head of a table of one row": (
        "<table><thead><tr><th>{}</th><th>a</th></tr></thead><tbody><tr><td>b</td><td>c</td></tr></tbody></table>"
    ),
    "first of two heads": (
        "<table><thead><tr><th>{}</th></tr><tr><th>a</th></tr></thead><tbody><tr><td>b</td></tr></tbody></table>"
    ),
    "head over many columns": (
        "<table><thead><tr><th>a</th><th>{}</th></tr></thead><tbody><tr><td>b</td></tr><tr><td>c</td></tr></tbody></table>"
    ),
    "head alone": "<table><thead><tr><th>{}</th></tr></thead></table>",
    "foot": "<table><tfoot><tr><td>{}</td></tr></tfoot><tbody><tr><td>a</td></tr></tbody></table>",
    "caption of a table": "<table><caption>{}</caption><tbody><tr><td>a</td></tr></tbody></table>",
    "list in a cell": (
        "<table><tbody><tr><td><list><item>{}</item></list></td><td>a</td></tr></tbody></table>"
    ),
    "table in an item": "<list><item>un<table><tbody><tr><td>{}</td></tr></tbody></table></item></list>",
    "footnote": "<paragraph>texte<footnote>{}</footnote></paragraph>",
    "footnote of a cell": (
        "<table><tbody><tr><td>a<footnote>{}</footnote></td><td>b</td></tr></tbody></table>"
    ),
    "raised": "<paragraph>mot <sup>{}</sup></paragraph>",
    "lowered": "<paragraph>mot<sub>{}</sub></paragraph>",
    "link": '<linkHtml href="#a">{}</linkHtml>',
    "picture": '<renderMultiMedia referencedObject="A"><caption>{}</caption></renderMultiMedia>',
    "inserted": '<content revised="insert">{}</content>',
}
ENTRIES = {
    "original text": (
        '<observation classCode="OBS" moodCode="EVN"><code'
        ' code="1"><originalText>{}</originalText></code></observation>'
    ),
    "name of a code": (
        '<observation classCode="OBS" moodCode="EVN"><code code="1" displayName="{}"/><value xsi:type="INT"'
        ' value="3"/></observation>'
    ),
    "value": (
        '<observation classCode="OBS" moodCode="EVN"><code code="1" displayName="Constat"/><value'
        ' xsi:type="ST">{}</value></observation>'
    ),
    "name of a value": (
        '<observation classCode="OBS" moodCode="EVN"><code code="1" displayName="a"/><value xsi:type="CD"'
        ' code="2" displayName="{}"/></observation>'
    ),
    "original text of a value without code": (
        '<observation classCode="OBS" moodCode="EVN"><code code="1" displayName="Diagnostic"/>'
        '<value xsi:type="CD" nullFlavor="OTH"><originalText>{}</originalText></value></observation>'
    ),
    "translation": (
        '<observation classCode="OBS" moodCode="EVN"><code code="1" displayName="Diagnostic"/><value'
        ' xsi:type="CD" nullFlavor="UNK"><translation code="x" displayName="{}"/></value></observation>'
    ),
    "text": '<act classCode="ACT" moodCode="EVN"><code code="48767-8"/><text>{}</text></act>',
    "text of an observation": (
        '<observation classCode="OBS" moodCode="EVN"><code code="1"'
        ' displayName="Constat"/><text>{}</text></observation>'
    ),
    "comment within": (
        '<observation classCode="OBS" moodCode="EVN"><code code="1" displayName="a"/><value xsi:type="INT"'
        ' value="1"/><entryRelationship typeCode="SUBJ"><act classCode="ACT" moodCode="EVN"><code'
        ' code="48767-8"/><text>{}</text></act></entryRelationship></observation>'
    ),
    "medicine": (
        '<substanceAdministration classCode="SBADM"'
        ' moodCode="EVN"><consumable><manufacturedProduct><manufacturedMaterial>'
        '<code code="1"'
        ' displayName="{}"/></manufacturedMaterial></manufacturedProduct></consumable></substanceAdministration>'
    ),
    "name of a medicine": (
        '<substanceAdministration classCode="SBADM"'
        ' moodCode="EVN"><consumable><manufacturedProduct><manufacturedMaterial>'
        "<name>{}</name></manufacturedMaterial></manufacturedProduct></consumable></substanceAdministration>"
    ),
    "instructions of a medicine": (
        '<substanceAdministration classCode="SBADM"'
        ' moodCode="EVN"><text>{}</text><consumable><manufacturedProduct>'
        '<manufacturedMaterial><code code="1"'
        ' displayName="m"/></manufacturedMaterial></manufacturedProduct></consumable></substanceAdministration>'
    ),
    "allergen": (
        '<observation classCode="OBS" moodCode="EVN"><code code="ASSERTION"/><value xsi:type="CD"'
        ' code="416098002"/><participant typeCode="CSM"><participantRole><playingEntity><code code="1"'
        ' displayName="{}"/></playingEntity></participantRole></participant></observation>'
    ),
    "name of an allergen": (
        '<observation classCode="OBS" moodCode="EVN"><code code="ASSERTION"/><value xsi:type="CD"'
        ' code="416098002"/>'
        "<participant"
        ' typeCode="CSM"><participantRole><playingEntity><name>{}</name></playingEntity></participantRole></participant></observation>'
    ),
    "procedure": '<procedure classCode="PROC" moodCode="EVN"><code code="1" displayName="{}"/></procedure>',
    "encounter": '<encounter classCode="ENC" moodCode="EVN"><code code="1" displayName="{}"/></encounter>',
    "device": (
        '<supply classCode="SPLY" moodCode="EVN"><participant typeCode="DEV"><participantRole><playingDevice>'
        '<code code="1" displayName="{}"/></playingDevice></participantRole></participant></supply>'
    ),
    "range": (
        '<observation classCode="OBS" moodCode="EVN"><code code="1" displayName="a"/><value xsi:type="INT"'
        ' value="1"/>'
        "<referenceRange><observationRange><text>{}</text></observationRange></referenceRange></observation>"
    ),
    "negated": (
        '<observation classCode="OBS" moodCode="EVN" negationInd="true"><code code="1"/><value xsi:type="CD"'
        ' code="2" displayName="{}"/></observation>'
    ),
}


def said(folder: Path, text: str, entries: str, code: str = '<code code="10164-2"/>') -> str:
    """Return all that a document gives: texts, codes' labels are not looked at; errors and warnings."""
    path = folder / "note.xml"
    path.write_text(
        HEADER + SECTION.format(code=code, text=text, entries=entries) + "</ClinicalDocument>",
        encoding="utf-8",
    )
    documents, errors, warnings = everything(path)
    return "\n".join(
        (*(one.text for one in documents), *(problem.describe() for problem in (*errors, *warnings)))
    )


@pytest.mark.parametrize("where", sorted(NARRATIVE))
def test_every_element_of_a_narrative_is_told(tmp_path: Path, where: str) -> None:
    assert WORD in said(tmp_path, f"<text>{NARRATIVE[where].format(WORD)}</text>", "")


@pytest.mark.parametrize("text", ["", "<text>Rien d'autre.</text>", '<text nullFlavor="NI"/>'])
@pytest.mark.parametrize("where", sorted(ENTRIES))
def test_every_text_of_an_entry_is_told_with_and_without_a_narrative(
    tmp_path: Path, where: str, text: str
) -> None:
    assert WORD in said(tmp_path, text, f"<entry>{ENTRIES[where].format(WORD)}</entry>")


@pytest.mark.parametrize(
    "element",
    [
        "<del>{}</del>",
        '<content revised="delete">{}</content>',
        '<content styleCode="Strikethrough">{}</content>',
    ],
)
def test_what_is_struck_out_is_left_out_and_counted(tmp_path: Path, element: str) -> None:
    told = said(tmp_path, f"<text>Aspirine. {element.format(WORD)}</text>", "")
    assert WORD not in told
    assert "1 passages" in told
