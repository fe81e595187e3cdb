"""Records that name one patient by several identifiers, in every format: what an attacker, or a tired
secretary, may send.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass

INS_OID = "1.2.250.1.213.1.4.8"
FORMATS = ("hl7", "fhir", "cda")


@dataclass(frozen=True)
class Id:
    """A number of the hospital, or a national identity."""

    value: str
    is_national: bool = False


def ins(number: str) -> str:
    """Return a NIR of 13 digits with its key."""
    return f"{number}{97 - int(number) % 97:02}"


def record(form: str, text: str, *ids: Id) -> tuple[str, str]:
    """Return (file name, content) of a record of a format that says ``text`` of a patient with these
    identifiers.
    """
    return {"hl7": _hl7, "fhir": _fhir, "cda": _cda}[form](text, ids)


def _hl7(text: str, ids: tuple[Id, ...]) -> tuple[str, str]:
    national = f"^^^ASIP-SANTE-INS-NIR&{INS_OID}&ISO^INS"
    names = "~".join(f"{one.value}{national if one.is_national else '^^^H^PI'}" for one in ids)
    number = "L" + str(
        zlib.crc32((text + names).encode())
    )  # of the order: another text, or patient, is another order
    head = "MSH|^~\\&|A|B|C|D|20260301080000||ORU^R01|1|P|2.5|||||FRA|UNICODE UTF-8|fr"
    return (
        "a.hl7",
        f"{head}\rPID|1||{names}||NOM^Prénom||19500101|F\rOBR|1||{number}|NFS^Bilan^L\rOBX|1|TX|C^Conclusion^L||{text}\r",
    )


def fhir_id(one: Id) -> dict[str, object]:
    kind, system = ("INS-NIR", f"urn:oid:{INS_OID}") if one.is_national else ("PI", "urn:oid:1.2.3")
    return {"type": {"coding": [{"code": kind}]}, "system": system, "value": one.value}


def bundle(*resources: dict[str, object]) -> str:
    return json.dumps(
        {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in resources]}
    )


def _fhir(text: str, ids: tuple[Id, ...]) -> tuple[str, str]:
    patient = {"resourceType": "Patient", "id": "p", "identifier": [fhir_id(one) for one in ids]}
    condition = {
        "resourceType": "Condition",
        "id": "c",
        "code": {"text": text},
        "subject": {"reference": "Patient/p"},
    }
    return "a.json", bundle(patient, condition)


def _cda(text: str, ids: tuple[Id, ...]) -> tuple[str, str]:
    roots = "".join(
        f'<id root="{INS_OID if one.is_national else "1.2.3"}" extension="{one.value}"/>' for one in ids
    )
    return (
        "a.xml",
        (
            '<ClinicalDocument xmlns="urn:hl7-org:v3"><typeId root="2.16.840.1.113883.1.3"'
            ' extension="POCD_HD000040"/>'
            '<id root="1.2.9" extension="doc"/><code code="34133-9"'
            ' codeSystem="2.16.840.1.113883.6.1"/><title>Note</title>'
            '<effectiveTime value="20260301"/><languageCode code="fr-FR"/>'
            f"<recordTarget><patientRole>{roots}</patientRole></recordTarget><component><structuredBody><component><section>"
            f"<title>Synthèse</title><text>{text}</text></section></component></structuredBody></component></ClinicalDocument>"
        ),
    )
