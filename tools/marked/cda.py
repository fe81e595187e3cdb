"""Every place of a CDA document where text may stand: its narrative and its entries."""

from __future__ import annotations

from collections.abc import Iterator

from tools.marked.places import Place

WORD = "zaphirol"
HEADER = (
    '<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><id'
    ' root="1.2.3"/><code code="11488-4"/><title>Note</title><effectiveTime value="20260312"/><languageCode'
    ' code="fr-FR"/><recordTarget><patientRole><id root="1.2.4" extension="P1"/></patientRole></recordTarget>'
)
SECTION = (
    "<component><structuredBody><component><section>{code}<title>Section</title>{text"
    "}{entries}</section></component></structuredBody></component>"
)
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
        "<table><thead><tr><th>{}</th><th>a</th></tr></thead><tbody><tr><td>b</td><td>c</td>"
        "</tr><tr><td>d</td><td>e</td></tr></tbody></table>"
    ),
    "head of a table of one row": (
        "<table><thead><tr><th>{}</th><th>a</th></tr></thead><tbody><tr><td>b</td><td>c</td>"
        "</tr></tbody></table>"
    ),
    "first of two heads": (
        "<table><thead><tr><th>{}</th></tr><tr><th>a</th></tr></thead><tbody><tr><td>b</td>"
        "</tr></tbody></table>"
    ),
    "head over many columns": (
        "<table><thead><tr><th>a</th><th>{}</th></tr></thead><tbody><tr><td>b</td></tr><tr>"
        "<td>c</td></tr></tbody></table>"
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
        ' displayName="{}"/></manufacturedMaterial></manufacturedProduct></consumable>'
        "</substanceAdministration>"
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
        ' displayName="m"/></manufacturedMaterial></manufacturedProduct></consumable>'
        "</substanceAdministration>"
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
        ' typeCode="CSM"><participantRole><playingEntity><name>{}</name></playingEntity>'
        "</participantRole></participant></observation>"
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
    "priority of a medicine": (
        '<substanceAdministration classCode="SBADM" moodCode="EVN"><priorityCode code="UR" displa'
        'yName="{}"/><consumable><manufacturedProduct><manufacturedMaterial><code code="1" displa'
        'yName="m"/></manufacturedMaterial></manufacturedProduct></consumable></substanceAdminist'
        "ration>"
    ),
    "site of a medicine": (
        '<substanceAdministration classCode="SBADM" moodCode="EVN"><approachSiteCode displayName='
        '"{}"/><consumable><manufacturedProduct><manufacturedMaterial><code code="1" displayName='
        '"m"/></manufacturedMaterial></manufacturedProduct></consumable></substanceAdministration'
        ">"
    ),
    "form of a medicine": (
        '<substanceAdministration classCode="SBADM" moodCode="EVN"><administrationUnitCode displa'
        'yName="{}"/><consumable><manufacturedProduct><manufacturedMaterial><code code="1" displa'
        'yName="m"/></manufacturedMaterial></manufacturedProduct></consumable></substanceAdminist'
        "ration>"
    ),
    "condition of a medicine": (
        '<substanceAdministration classCode="SBADM" moodCode="EVN"><consumable><manufacturedProdu'
        'ct><manufacturedMaterial><code code="1" displayName="m"/></manufacturedMaterial></manufa'
        'cturedProduct></consumable><precondition typeCode="PRCN"><criterion><value xsi:type="CD"'
        ' displayName="{}"/></criterion></precondition></substanceAdministration>'
    ),
    "reason of a medicine": (
        '<substanceAdministration classCode="SBADM" moodCode="EVN"><consumable><manufacturedProdu'
        'ct><manufacturedMaterial><code code="1" displayName="m"/></manufacturedMaterial></manufa'
        'cturedProduct></consumable><entryRelationship typeCode="RSON"><observation classCode="OB'
        'S" moodCode="EVN"><value xsi:type="CD" displayName="{}"/></observation></entryRelationsh'
        "ip></substanceAdministration>"
    ),
    "method of a procedure": (
        '<procedure classCode="PROC" moodCode="EVN"><code code="1" displayName="a"/><methodCode d'
        'isplayName="{}"/></procedure>'
    ),
    "device of a procedure": (
        '<procedure classCode="PROC" moodCode="EVN"><code code="1" displayName="a"/><participant '
        'typeCode="DEV"><participantRole><playingDevice><code displayName="{}"/></playingDevice><'
        "/participantRole></participant></procedure>"
    ),
    "interpretation of a result": (
        '<observation classCode="OBS" moodCode="EVN"><code code="1" displayName="a"/><value xsi:t'
        'ype="INT" value="1"/><interpretationCode code="H" displayName="{}"/></observation>'
    ),
    "method of a result": (
        '<observation classCode="OBS" moodCode="EVN"><code code="1" displayName="a"/><value xsi:t'
        'ype="INT" value="1"/><methodCode displayName="{}"/></observation>'
    ),
    "specimen of a result": (
        '<observation classCode="OBS" moodCode="EVN"><code code="1" displayName="a"/><value xsi:t'
        'ype="INT" value="1"/><specimen><specimenRole><specimenPlayingEntity><code displayName="{'
        '}"/></specimenPlayingEntity></specimenRole></specimen></observation>'
    ),
    "name of a result within": (
        '<observation classCode="OBS" moodCode="EVN"><code code="1" displayName="a"/><value xsi:t'
        'ype="INT" value="1"/><entryRelationship typeCode="COMP"><observation classCode="OBS" moo'
        'dCode="EVN"><code displayName="{}"/><value xsi:type="INT" value="4"/></observation></ent'
        "ryRelationship></observation>"
    ),
    "value within": (
        '<observation classCode="OBS" moodCode="EVN"><code code="1" displayName="a"/><value xsi:t'
        'ype="INT" value="1"/><entryRelationship typeCode="SUBJ"><observation classCode="OBS" moo'
        'dCode="EVN"><code displayName="b"/><value xsi:type="CD" displayName="{}"/></observation>'
        "</entryRelationship></observation>"
    ),
    "act": ('<act classCode="ACT" moodCode="EVN"><code code="1" displayName="{}"/></act>'),
    "negated": (
        '<observation classCode="OBS" moodCode="EVN" negationInd="true"><code code="1"/><value xsi:type="CD"'
        ' code="2" displayName="{}"/></observation>'
    ),
}


def document(text: str, entries: str, code: str = '<code code="10164-2"/>') -> str:
    """Return a document with a section of a narrative and entries."""
    return HEADER + SECTION.format(code=code, text=text, entries=entries) + "</ClinicalDocument>"


def places() -> Iterator[Place]:
    """Yield every element of a narrative, and every text of an entry with and without a narrative."""
    for name, written in NARRATIVE.items():
        yield _place(f"narrative/{name}", document(f"<text>{written.format(WORD)}</text>", ""))
    for number, text in enumerate(("", "<text>Rien d'autre.</text>", '<text nullFlavor="NI"/>')):
        for name, written in ENTRIES.items():
            held = document(text, f"<entry>{written.format(WORD)}</entry>")
            yield _place(f"entry/{name}/{number}", held)


def _place(name: str, held: str) -> Place:
    return Place("cda", name, ".xml", lambda word: held.replace(WORD, word).encode())
