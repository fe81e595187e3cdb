"""Every text of the segments of HL7 v2 that are read, every type of a value, every place of a note."""

from __future__ import annotations

from collections.abc import Iterator

from rag.ingest.hl7v2.telling.fields import types
from tools.marked.places import Place

WORD = "zaphirol"
PID = "PID|1||P1^^^H^PI||NOM^Prénom||19500101|F"
ORDER = "ORC|NW|PL1|FI1\rOBR|1|PL1|FI1|X^Examen^L|||20260301070000"
VALUE = "OBX|1|NM|K^Potassium^L||4.2|mmol/L|||||F"
ALLERGY = "AL1|1|DA|PEN^Pénicilline^L|SV|Urticaire"

AROUND: dict[str, tuple[str, str]] = {
    # segment: kind of message, the segments around it with {} in its place
    "OBR": ("ORU^R01", f"{PID}\r{{}}\r{VALUE}"),
    "ORC": ("ORU^R01", f"{PID}\r{{}}\rOBR|1|PL1|FI1|X^Examen^L|||20260301070000\r{VALUE}"),
    "OBX": ("ORU^R01", f"{PID}\r{ORDER}\r{{}}"),
    "NTE": ("ORU^R01", f"{PID}\r{ORDER}\r{VALUE}\r{{}}"),
    "SPM": ("ORU^R01", f"{PID}\r{ORDER}\r{VALUE}\r{{}}"),
    "TQ1": ("RDE^O11", f"{PID}\rORC|NW|PL1\rRXE||M^Médicament^L|1||g\r{{}}"),
    "RXO": ("OMP^O09", f"{PID}\rORC|NW|PL1\r{{}}"),
    "RXE": ("RDE^O11", f"{PID}\rORC|NW|PL1\r{{}}"),
    "RXR": ("RDE^O11", f"{PID}\rORC|NW|PL1\rRXE||M^Médicament^L|1||g\r{{}}"),
    "RXC": ("RDE^O11", f"{PID}\rORC|NW|PL1\rRXE||M^Médicament^L|1||g\r{{}}"),
    "RXD": ("RDS^O13", f"{PID}\rORC|NW|PL1\r{{}}"),
    "RXG": ("RGV^O15", f"{PID}\rORC|NW|PL1\r{{}}"),
    "RXA": ("VXU^V04", f"{PID}\rORC|RE|PL1\r{{}}"),
    "AL1": ("ADT^A01", f"{PID}\r{{}}"),
    "IAM": ("ADT^A60", f"{PID}\r{{}}"),
    "DG1": ("ADT^A01", f"{PID}\r{{}}"),
    "PR1": ("ADT^A01", f"{PID}\r{{}}"),
    "PV1": ("ADT^A01", f"{PID}\r{{}}\r{ALLERGY}"),
    "PV2": ("ADT^A01", f"{PID}\rPV1|1|I|MED\r{{}}"),
    "PRB": ("PPR^PC1", f"{PID}\r{{}}"),
    "GOL": ("PGL^PC6", f"{PID}\r{{}}"),
    "TXA": ("MDM^T02", f"{PID}\r{{}}\rOBX|1|TX|C^Texte^L||Rien.||||||F"),
    "SCH": ("SIU^S12", f"{PID}\r{{}}"),
    "AIS": ("SIU^S12", f"{PID}\rSCH|1\r{{}}"),
    "AIG": ("SIU^S12", f"{PID}\rSCH|1\r{{}}"),
    "AIL": ("SIU^S12", f"{PID}\rSCH|1\r{{}}"),
    "AIP": ("SIU^S12", f"{PID}\rSCH|1\r{{}}"),
    "SAC": ("OUL^R22", f"{PID}\r{{}}\r{ORDER}\r{VALUE}"),
    "ODS": ("OMD^O03", f"{PID}\rORC|NW|PL1\r{{}}"),
    "ODT": ("OMD^O03", f"{PID}\rORC|NW|PL1\r{{}}"),
    "ACC": ("ADT^A01", f"{PID}\r{{}}"),
    "PDA": ("ADT^A01", f"{PID}\r{{}}"),
    "RF1": ("REF^I12", f"{PID}\r{{}}\r{ALLERGY}"),
    "IN1": ("ADT^A01", f"{PID}\r{ALLERGY}\r{{}}"),
    "NK1": ("ADT^A01", f"{PID}\r{ALLERGY}\r{{}}"),
    "ZAA": ("ORU^R01", f"{PID}\r{ORDER}\r{VALUE}\r{{}}"),
}
BASES = {
    "OBR": {1: "1", 2: "PL1", 3: "FI1", 4: "X^Examen^L", 7: "20260301070000"},
    "ORC": {1: "NW", 2: "PL1", 3: "FI1"},
    "OBX": {1: "1", 2: "ST", 3: "K^Potassium^L", 5: "texte", 11: "F"},
    "NTE": {1: "1"},
    "RXO": {1: "M^Médicament^L"},
    "RXE": {2: "M^Médicament^L", 3: "1", 5: "g"},
    "RXD": {2: "M^Médicament^L"},
    "RXG": {4: "M^Médicament^L"},
    "RXA": {3: "20260301", 5: "M^Médicament^L", 6: "1"},
    "RXR": {},
    "AL1": {2: "DA", 3: "PEN^Pénicilline^L"},
    "IAM": {2: "DA", 3: "PEN^Pénicilline^L"},
    "DG1": {3: "J18^Pneumopathie^I10", 6: "F"},
    "PR1": {3: "A^Acte^L"},
    "PRB": {1: "AD", 3: "P^Problème^L"},
    "GOL": {1: "AD", 3: "B^But^L"},
    "PV1": {2: "I", 3: "MED"},
    "TXA": {1: "1", 2: "CR^Compte rendu", 12: "D1"},
    "SCH": {11: "^^^20260401090000"},
}
PLACES = {
    "ST": ("{}", "avant & {}", "avant ^ {}", "un~{}"),
    "TX": ("{}", "avant & {}", "avant^{}", "un~{}", "avant\\.br\\{}", "avant\n{}", "avant\nHTA\n{}"),
    "FT": ("{}", "avant & {}", "un~{}"),
    "CE": ("C^{}^L", "C^avant & {}^L", "{}", "^^^D^{}^L", "C^Autre^L^D^{}^L", "C^Un^L~D^{}^L"),
    "XCN": ("1^{}^Jean", "1^NOM^{}"),
    "SPS": ("L&{}&X", "L^^{}", "L^^^S&{}", "{}"),
    "TQ": ("^^^^^^{}", "^^^^^^^{}"),
}
PLACES["CWE"] = (*PLACES["CE"], "C^Autre^L^^^^^^{}")
PLACES["CNE"] = PLACES["CE"]
OBX_TYPES = {
    "ST": PLACES["ST"],
    "TX": PLACES["TX"],
    "FT": PLACES["TX"],
    "CE": PLACES["CE"],
    "CWE": PLACES["CWE"],
    "CF": PLACES["CE"],
    "SN": (">^{}",),
    "XPN": ("{}^Jean", "NOM^{}"),
    "XCN": ("1^{}^Jean",),
    "XAD": ("{}^^Lyon", "rue^^{}"),
    "XON": ("{}",),
    "CX": ("{}",),
    "EI": ("{}^A",),
    "DT": ("{}",),
    "NA": ("1^{}",),
    "": ("{}",),
    "ZZ": ("{}", "a^b&{}"),
    "RP": ("{}^A^TEXT^plain",),
    "ED": ("A^TEXT^plain^A^{}",),
}


def segment(name: str, field: int, value: str) -> str:
    """Return a segment with its usual fields and a value in one of them."""
    fields = {**BASES.get(name, {1: "1"}), field: value}
    return "|".join((name, *(fields.get(at, "") for at in range(1, max(fields) + 1))))


def message(kind: str, body: str) -> str:
    """Return a message."""
    head = f"MSH|^~\\&|A|B|C|D|20260301080000||{kind}|1|P|2.5|||||FRA|UNICODE UTF-8|fr"
    return f"{head}\r{body}\r"


def places() -> Iterator[Place]:
    """Yield every text of every segment, and every shape of a value."""
    tried: list[tuple[str, str, str]] = []
    for name, fields in types().items():
        kind, body = AROUND[name]
        for field, type_ in enumerate(fields, start=1):
            for number, shape in enumerate(PLACES.get(type_, ())):
                written = segment(name, field, shape.format(WORD))
                tried.append((f"{name}-{field}/{number}", kind, body.format(written)))
    kind, body = AROUND["OBX"]
    for type_, shapes in OBX_TYPES.items():
        for number, shape in enumerate(shapes):
            written = f"OBX|1|{type_}|K^Potassium^L||{shape.format(WORD)}||||||F"
            tried.append((f"OBX-5/{type_ or 'none'}/{number}", kind, body.format(written)))
    for name, kind, body in tried:
        held = message(kind, body)
        yield Place("hl7", name, ".hl7", lambda word, held=held: held.replace(WORD, word).encode())
