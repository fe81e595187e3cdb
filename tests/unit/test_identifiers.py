"""Which of several identifiers counts: by nature, type, use and period, the same in FHIR, HL7 and CDA; and
what may link two patients.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from rag.core.types import Document
from rag.ingest.records.identifiers import House, Identifier, has_ins_key, identify, is_current
from rag.ingest.sources.intake import intake_of
from rag.settings import IngestSettings, Settings
from rag.store.identity.claims import IdentityClaim
from tests.golden import everything
from tests.unit.ingesting import read

NIR_OID = "1.2.250.1.213.1.4.8"
INS = "255069900112205"
HOUSE = House(frozenset({"1.2.3", "chx"}))


@pytest.mark.parametrize(
    ("number", "fits"),
    [
        (INS, True),  # 2550699001122 = 97 * 26295865990 + 92, and 97 - 92 = 5
        ("279035121518989", True),
        ("279035121518988", False),
        ("2A5069900112205", False),
        ("2550699001122", False),  # no key
        ("255139900112205", False),  # no month 13
        ("180062A00112220", True),  # Corsica: 1800619001122 = 97 * 18563082485 + 77, and 97 - 77 = 20
        ("180062B00112247", True),  # 1800618001122 = 97 * 18563072176 + 50, and 97 - 50 = 47
        ("180062B00112220", False),
        ("", False),
    ],
)
def test_an_ins_has_the_key_that_its_number_asks_for(number: str, fits: bool) -> None:
    assert has_ins_key(number) is fits


def ins(value: str = INS, oid: str = NIR_OID, kind: str = "INS") -> Identifier:
    return Identifier(value, kind, (oid,) if oid else ())


def number(value: str, kind: str = "PI", authority: str = "1.2.3", **more: Any) -> Identifier:
    return Identifier(value, kind, (authority,) if authority else (), **more)


@pytest.mark.parametrize(
    ("found", "chosen"),
    [
        ([ins(), number("8001")], "8001"),  # the hospital's number before the identity
        ([number("8001", "MR"), number("8002")], "8002"),  # PI before MR
        ([number("8001", "", ""), number("8002", "MR")], "8002"),  # a type before none
        ([number("8001", "SS"), ins()], INS),  # the identity before what is nobody's number
        ([number("8001", "VN"), number("8002", "AN")], ""),  # a stay and an account are no patient
        ([number("8001", use="old"), number("8002", "MR")], "8002"),
        ([number("8001", use="temp"), number("8002")], "8002"),
        ([number("8001", use="secondary"), number("8002", use="usual")], "8002"),
        ([number("8001", use="temp"), ins()], "8001"),  # provisional, and the hospital's all the same
        ([number("8001", is_current=False), number("8002", "MR")], "8002"),
        ([number("8001", is_current=False)], ""),
        ([Identifier("2 55 06 99 001 122 05", "INS", (NIR_OID,))], INS),
        ([ins("255069900112299"), number("9", "DL")], "9"),  # a wrong key is the last choice
        ([ins("255069900112299")], "255069900112299"),
        ([number("8001\x1b[2J"), number("8002", "MR")], "8002"),  # what would command a terminal is no number
        ([number("8" * 201), number("8002", "MR", authority="9\n")], ""),
        ([], ""),
    ],
)
def test_the_identifier_that_counts(found: Sequence[Identifier], chosen: str) -> None:
    assert identify(found, House()).patient_id == chosen


def test_the_numbers_of_the_house_count_first_and_others_are_told_apart() -> None:
    theirs, ours = number("8001", authority="9.9.9"), number("77", "MR")
    assert identify([theirs, ours], HOUSE).patient_id == "77"
    assert identify([theirs, ins()], HOUSE).patient_id == INS
    assert identify([theirs], HOUSE).patient_id == "8001@9.9.9"  # it is not our patient 8001
    assert (
        identify([number("8001", authority="CHX")], HOUSE).patient_id == "8001"
    )  # names compare in any case
    assert identify([number("8001", authority="")], HOUSE).patient_id == "8001"
    assert (
        identify([number("8001"), number("A12")], House(HOUSE.authorities, r"[A-Z]\d+")).patient_id == "A12"
    )


def test_only_what_fits_its_claim_links_patients() -> None:
    claims = identify(
        [
            number("1"),
            ins(),
            number("2"),
            number("3", authority="9.9.9"),
            number("4", "SS"),
            ins("255069900112299"),
        ],
        House(),
    ).claims
    assert claims == (IdentityClaim("national", INS, NIR_OID), IdentityClaim("local", "2", "1.2.3"))
    for unfit in (ins(oid=""), ins(oid="1.2.3"), ins(kind="PI", oid="1.2.3"), ins(kind="", oid="")):
        assert identify([number("1", authority="5"), unfit], House()).claims == ()


@pytest.mark.parametrize(
    ("start", "end", "holds"),
    [
        (None, None, True),
        ("2026", None, True),
        (None, "2026-03-01", True),
        (None, "2026-02-28", False),
        ("2026-03-02", None, False),
        ("2020", "2025", False),
    ],
)
def test_a_period_holds_from_its_first_to_its_last_day(
    start: str | None, end: str | None, holds: bool
) -> None:
    assert is_current(start, end, "2026-03-01T12:00:00+00:00") is holds


def test_authorities_and_shape_are_settings() -> None:
    ingest = IngestSettings(number_authorities="1.2.3, CHX", number_shape=r"\d+")  # type: ignore[arg-type]
    assert House.of(ingest) == House(frozenset({"1.2.3", "chx"}), r"\d+")
    with pytest.raises(ValueError, match="number_shape"):
        Settings.model_validate({"ingest": {"number_shape": "("}})


# --- the same choice from every format


def fhir(folder: Path, *identifiers: dict[str, Any]) -> tuple[str | None, tuple[IdentityClaim, ...]]:
    patient = {"resourceType": "Patient", "id": "logical", "identifier": list(identifiers)}
    condition = {
        "resourceType": "Condition",
        "code": {"text": "Asthme"},
        "subject": {"reference": "Patient/logical"},
    }
    path = folder / "f.json"
    path.write_text(
        json.dumps({"resourceType": "Bundle", "entry": [{"resource": patient}, {"resource": condition}]})
    )
    return told(read(path))


def told(document: Document) -> tuple[str | None, tuple[IdentityClaim, ...]]:
    return document.patient_id, intake_of(document).claims


def coded(kind: str, value: str, system: str = "urn:oid:1.2.3", **more: object) -> dict[str, Any]:
    return {"type": {"coding": [{"code": kind}]}, "system": system, "value": value, **more}


def test_fhir_former_and_expired_identifiers_never_count(tmp_path: Path) -> None:
    past, coming = {"end": "2020-01-01"}, {"start": "2999-01-01"}
    national = coded("INS-NIR", INS, f"urn:oid:{NIR_OID}")
    for gone in (
        coded("PI", "OLD", use="old"),
        coded("PI", "OLD", period=past),
        coded("PI", "OLD", period=coming),
    ):
        assert fhir(tmp_path, gone, coded("PI", "NEW")) == ("NEW", ())
        assert fhir(tmp_path, coded("MR", "NEW", period={"start": "2020"}), gone) == ("NEW", ())
        assert fhir(tmp_path, gone, national) == (INS, ())
        assert fhir(tmp_path, gone) == ("logical", ())
    assert fhir(tmp_path, coded("PI", "NEW"), {**national, "use": "official"}) == (
        "NEW",
        (IdentityClaim("national", INS, NIR_OID),),
    )
    assert fhir(tmp_path, coded("PI", "NEW"), {**national, "use": "old"}) == ("NEW", ())


def test_fhir_an_identifier_of_no_type_counts_where_the_house_assigned_it(tmp_path: Path) -> None:
    untyped = {"system": "urn:oid:1.2.3", "value": "77"}
    assert fhir(tmp_path, untyped) == ("logical", ())
    patient = {"resourceType": "Patient", "id": "logical", "identifier": [untyped]}
    (tmp_path / "g.json").write_text(
        json.dumps({"resourceType": "Bundle", "entry": [{"resource": patient}, *_asthma()]})
    )
    assert read(tmp_path / "g.json", number_authorities="1.2.3").patient_id == "77"  # type: ignore[arg-type]


def _asthma() -> list[dict[str, Any]]:
    return [
        {
            "resource": {
                "resourceType": "Condition",
                "code": {"text": "Asthme"},
                "subject": {"reference": "Patient/logical"},
            }
        }
    ]


def hl7(folder: Path, ids: str) -> tuple[str | None, tuple[IdentityClaim, ...]]:
    path = folder / "f.hl7"
    head = "MSH|^~\\&|A|B|C|D|20260301080000||ORU^R01|1|P|2.5|||||FRA|UNICODE UTF-8|fr"
    path.write_text(
        f"{head}\rPID|1||{ids}||NOM\rOBR|1||L|X^Bilan^L\rOBX|1|TX|C^Conclusion^L||Rien.\r", newline=""
    )
    return told(read(path))


def test_hl7_expired_identifiers_never_count(tmp_path: Path) -> None:
    national = f"{INS}^^^ASIP-SANTE-INS-NIR&{NIR_OID}&ISO^INS"
    assert hl7(tmp_path, "OLD^^^H^PI^^20100101^20200101~NEW^^^H^MR") == ("NEW", ())
    assert hl7(tmp_path, "SOON^^^H^PI^^20270101~NEW^^^H^MR") == ("NEW", ())
    assert hl7(tmp_path, "NEW^^^H^PI^^20100101^20300101~OTHER^^^H^MR")[0] == "NEW"
    assert hl7(tmp_path, f"{national}~NEW^^^H^PI") == ("NEW", (IdentityClaim("national", INS, NIR_OID),))
    assert hl7(tmp_path, f"STAY^^^H^VN~{national}") == (INS, ())


def test_hl7_a_message_whose_only_number_has_expired_names_nobody(tmp_path: Path) -> None:
    path = tmp_path / "f.hl7"
    path.write_text(
        "MSH|^~\\&|A|B|C|D|20260301080000||ORU^R01|1|P|2.5\rPID|1||OLD^^^H^PI^^^20200101\rOBX|1|TX|C^C^L||Rien.\r",
        newline="",
    )
    documents, errors, _ = everything(path)
    assert ([error.key for error in errors], documents) == (["hl7_no_patient"], [])


def cda(folder: Path, *ids: str) -> tuple[str | None, tuple[IdentityClaim, ...]]:
    path = folder / "f.xml"
    path.write_text(
        '<ClinicalDocument xmlns="urn:hl7-org:v3"><title>Note</title>'
        f"<recordTarget><patientRole>{''.join(ids)}</patientRole></recordTarget>"
        "<component><structuredBody><component><section><text>Rien.</text></section></component></structuredBody></component>"
        "</ClinicalDocument>"
    )
    return told(read(path))


def test_cda_the_local_number_counts_and_a_hidden_one_does_not(tmp_path: Path) -> None:
    national, local = f'<id root="{NIR_OID}" extension="{INS}"/>', '<id root="1.2.3" extension="77"/>'
    assert cda(tmp_path, national, local) == ("77", (IdentityClaim("national", INS, NIR_OID),))
    assert cda(tmp_path, '<id root="1.2.3" extension="55" nullFlavor="MSK"/>', national) == (INS, ())
    assert cda(tmp_path, '<id root="2.16.840.1.113883.4.1" extension="123-45"/>', local)[0] == "77"
    assert cda(tmp_path, local, f'<id root="{NIR_OID}" extension="255069900112299"/>') == ("77", ())


# --- Patient.link


@pytest.mark.parametrize(
    ("relation", "surviving"), [("replaced-by", "N"), ("refer", "N"), ("replaces", "O"), ("seealso", "O")]
)
@pytest.mark.parametrize("other", [{"reference": "Patient/n"}, {"identifier": coded("PI", "N")}])
def test_a_link_of_two_patients_says_which_one_stays(
    tmp_path: Path, relation: str, surviving: str, other: dict[str, Any]
) -> None:
    link = [{"type": relation, "other": other}]
    old = {"resourceType": "Patient", "id": "o", "identifier": [coded("PI", "O")], "link": link}
    new = {"resourceType": "Patient", "id": "n", "identifier": [coded("PI", "N")]}
    path = tmp_path / "f.json"
    path.write_text(json.dumps({"resourceType": "Bundle", "entry": [{"resource": old}, {"resource": new}]}))
    (document,), errors, warnings = everything(path)
    assert (document.patient_id, document.kind, errors, warnings) == (surviving, "identity", [], [])
    assert (intake_of(document).linked_id, intake_of(document).relation) == (
        {"N": "O", "O": "N"}[surviving],
        f"Patient.link {relation}",
    )


def test_two_links_of_one_pair_are_told_once_and_relatives_are_no_patients(tmp_path: Path) -> None:
    old = {
        "resourceType": "Patient",
        "id": "o",
        "link": [{"type": "replaced-by", "other": {"reference": "Patient/n"}}],
    }
    links = [
        {"type": "replaces", "other": {"reference": "Patient/o"}},
        {"type": "seealso", "other": {"reference": "RelatedPerson/m"}},
    ]
    new = {"resourceType": "Patient", "id": "n", "link": links}
    path = tmp_path / "f.json"
    path.write_text(json.dumps({"resourceType": "Bundle", "entry": [{"resource": old}, {"resource": new}]}))
    documents, _, _ = everything(path)
    assert [(document.patient_id, intake_of(document).linked_id) for document in documents] == [("n", "o")]
