"""Facts of coded entries: what, how much, when, of whom, whether at all, each at the line that says it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rag.core.facts import Fact, Period
from rag.core.types import Document
from rag.ingest.records.facts import limits_in, number, side_of, span
from rag.ingest.records.wording.units import ucum
from tests.golden import everything

PATIENT = {"resourceType": "Patient", "id": "a", "name": [{"family": "ANNE"}]}
SNOMED, LOINC, UCUM = "http://snomed.info/sct", "http://loinc.org", "http://unitsofmeasure.org"


def documents(path: Path) -> list[Document]:
    found, errors, _ = everything(path)
    assert not errors
    return found


def fhir(folder: Path, *resources: dict[str, Any]) -> list[tuple[Fact, str]]:
    """Return the facts of resources of one patient, each with its quote."""
    path = folder / "f.json"
    whole = [
        PATIENT,
        *({"subject": {"reference": "Patient/a"}, "id": f"r{at}", **one} for at, one in enumerate(resources)),
    ]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in whole]}
    path.write_text(json.dumps(bundle), encoding="utf-8")
    return quoted(documents(path))


def quoted(found: list[Document]) -> list[tuple[Fact, str]]:
    return [
        (fact, " … ".join(one.text[start:end] for start, end in fact.spans))
        for one in found
        for fact in one.facts
    ]


def hl7(folder: Path, *segments: str, kind: str = "ORU^R01") -> list[tuple[Fact, str]]:
    path = folder / "f.hl7"
    head = f"MSH|^~\\&|A|B|C|D|20260301120000||{kind}|1|P|2.5|||||FRA|UNICODE UTF-8|fr"
    path.write_text(
        "\r".join((head, "PID|1||P1^^^H^PI||NOM^Prénom||19500101|F", *segments)) + "\r", encoding="utf-8"
    )
    return quoted(documents(path))


def concept(text: str, system: str = SNOMED, code: str = "1") -> dict[str, Any]:
    return {"text": text, "coding": [{"system": system, "code": code}]}


POTASSIUM = {
    "resourceType": "Observation",
    "status": "final",
    "code": concept("Potassium", LOINC, "2823-3"),
    "effectiveDateTime": "2026-03-01T08:30:00+01:00",
    "issued": "2026-03-01T10:00:00Z",
    "valueQuantity": {"value": 5.9, "comparator": ">", "unit": "mmol/l", "system": UCUM, "code": "mmol/L"},
    "referenceRange": [{"low": {"value": 3.5}, "high": {"value": 5.1}}],
    "interpretation": [{"coding": [{"code": "H"}]}],
    "specimen": {"display": "sang capillaire"},
}


def test_a_result_of_fhir_is_a_fact_at_its_row(tmp_path: Path) -> None:
    ((fact, quote),) = fhir(tmp_path, POTASSIUM)
    assert (fact.kind, fact.label, fact.value, fact.comparator, fact.unit) == (
        "lab",
        "Potassium",
        5.9,
        ">",
        "mmol/L",
    )
    assert (fact.value_text, fact.status, fact.source, fact.confidence) == (
        "> 5.9 mmol/l",
        "final",
        "structured",
        1.0,
    )
    assert fact.at == Period("2026-03-01T08:30:00+01:00", "2026-03-01T08:30:00+01:00", "minute")
    assert [(code.system, code.code) for code in fact.codes] == [("loinc", "2823-3")]
    assert dict(fact.details) == {
        "interpretation": "H",
        "reference_low": "3.5",
        "reference_high": "5.1",
        "specimen": "sang capillaire",
    }
    assert quote == "| Potassium (sang capillaire) | > 5.9 mmol/l | 3.5 à 5.1 | élevé |" or quote.startswith(
        "| Potassium (sang capillaire)"
    )


def test_each_component_is_a_fact_of_its_own(tmp_path: Path) -> None:
    parts = [
        {
            "code": concept(name, LOINC, code),
            "valueQuantity": {"value": value, "unit": "mmHg", "code": "mm[Hg]"},
        }
        for name, code, value in (("Systolique", "8480-6", 138), ("Diastolique", "8462-4", 82))
    ]
    found = fhir(
        tmp_path,
        {
            "resourceType": "Observation",
            "status": "final",
            "code": concept("Tension", LOINC, "85354-9"),
            "component": parts,
        },
    )
    assert [(fact.kind, fact.label, fact.value, fact.unit) for fact, _ in found] == [
        ("vital", "Systolique", 138.0, "mm[Hg]"),
        ("vital", "Diastolique", 82.0, "mm[Hg]"),
    ]


@pytest.mark.parametrize(
    ("status", "more", "becomes"),
    [
        ("preliminary", {}, "preliminary"),
        ("amended", {}, "corrected"),
        ("cancelled", {}, "unusable"),
        ("unknown", {}, "unconfirmed"),
        ("final", {"valueQuantity": None, "dataAbsentReason": {"text": "hémolysé"}}, "unusable"),
    ],
)
def test_the_status_of_a_result_is_that_of_its_fact(
    tmp_path: Path, status: str, more: dict[str, Any], becomes: str
) -> None:
    held = {
        name: value for name, value in {**POTASSIUM, "status": status, **more}.items() if value is not None
    }
    ((fact, _),) = fhir(tmp_path, held)
    assert fact.status == becomes
    assert fact.reason == ("hémolysé" if "dataAbsentReason" in more else "")


def test_what_was_entered_in_error_gives_no_fact(tmp_path: Path) -> None:
    assert fhir(tmp_path, {**POTASSIUM, "status": "entered-in-error"}) == []


@pytest.mark.parametrize(
    ("more", "status", "assertion"),
    [
        ({"clinicalStatus": {"coding": [{"code": "active"}]}}, "confirmed", "present"),
        ({"clinicalStatus": {"coding": [{"code": "resolved"}]}}, "resolved", "history"),
        ({"verificationStatus": {"coding": [{"code": "refuted"}]}}, "refuted", "negated"),
        ({"verificationStatus": {"coding": [{"code": "differential"}]}}, "suspected", "hypothesis"),
        ({"abatementString": "dans l'enfance"}, "resolved", "history"),
    ],
)
def test_a_condition_is_stated_as_it_is_verified(
    tmp_path: Path, more: dict[str, Any], status: str, assertion: str
) -> None:
    side = [concept("genou droit", SNOMED, "1")]
    ((fact, quote),) = fhir(
        tmp_path, {"resourceType": "Condition", "code": concept("Gonarthrose"), "bodySite": side, **more}
    )
    assert (fact.kind, fact.status, fact.assertion, fact.side) == ("condition", status, assertion, "right")
    assert "onarthrose" in quote


@pytest.mark.parametrize(
    ("resource", "kind", "status", "assertion"),
    [
        ({"resourceType": "MedicationRequest", "status": "active"}, "drug", "continued", "present"),
        ({"resourceType": "MedicationRequest", "status": "stopped"}, "drug", "stopped", "present"),
        (
            {"resourceType": "MedicationRequest", "status": "active", "doNotPerform": True},
            "drug",
            "not_to_give",
            "negated",
        ),
        (
            {"resourceType": "MedicationRequest", "status": "active", "intent": "plan"},
            "drug",
            "planned",
            "present",
        ),
        (
            {"resourceType": "MedicationStatement", "status": "active", "taken": "n"},
            "drug",
            "not_to_give",
            "negated",
        ),
        (
            {"resourceType": "MedicationStatement", "status": "active", "taken": "unk"},
            "drug",
            "unconfirmed",
            "present",
        ),
        (
            {"resourceType": "MedicationStatement", "status": "active", "wasNotTaken": True},
            "drug",
            "not_to_give",
            "negated",
        ),
        ({"resourceType": "MedicationAdministration", "status": "completed"}, "drug", "given", "present"),
        (
            {"resourceType": "MedicationAdministration", "status": "completed", "notGiven": True},
            "drug",
            "not_to_give",
            "negated",
        ),
        (
            {"resourceType": "MedicationAdministration", "status": "not-done"},
            "drug",
            "not_to_give",
            "negated",
        ),
        ({"resourceType": "Procedure", "status": "completed"}, "procedure", "done", "present"),
        ({"resourceType": "Procedure", "status": "not-done"}, "procedure", "cancelled", "negated"),
        (
            {"resourceType": "Procedure", "status": "aborted", "notDone": True},
            "procedure",
            "cancelled",
            "negated",
        ),
        (
            {"resourceType": "Procedure", "status": "completed", "notPerformed": True},
            "procedure",
            "cancelled",
            "negated",
        ),
        (
            {"resourceType": "Immunization", "status": "completed", "notGiven": True},
            "procedure",
            "cancelled",
            "negated",
        ),
        (
            {"resourceType": "Immunization", "status": "completed", "wasNotGiven": True},
            "procedure",
            "cancelled",
            "negated",
        ),
        ({"resourceType": "ServiceRequest", "status": "active"}, "procedure", "planned", "present"),
        (
            {"resourceType": "ServiceRequest", "status": "active", "doNotPerform": True},
            "procedure",
            "cancelled",
            "negated",
        ),
        ({"resourceType": "DeviceUseStatement", "status": "active"}, "device", "in_place", "present"),
        (
            {"resourceType": "Appointment", "status": "booked", "start": "2026-04-01T09:00:00Z"},
            "appointment",
            "planned",
            "present",
        ),
        (
            {"resourceType": "Encounter", "status": "finished", "type": [concept("Consultation")]},
            "encounter",
            "done",
            "present",
        ),
    ],
)
def test_what_was_done_given_or_taken_and_what_was_not(
    tmp_path: Path, resource: dict[str, Any], kind: str, status: str, assertion: str
) -> None:
    named = {
        "code": concept("Chose"),
        "vaccineCode": concept("Chose"),
        "medicationCodeableConcept": concept("Chose"),
    }
    ((fact, quote),) = fhir(tmp_path, {**named, **resource})
    assert (fact.kind, fact.status, fact.assertion) == (kind, status, assertion)
    assert ("Consultation" if kind == "encounter" else "hose") in quote


def test_an_appointment_is_its_participants_and_a_task_is_whom_it_is_for(tmp_path: Path) -> None:
    participants = [{"actor": {"display": "Dr MARC"}}, {"actor": {"reference": "Patient/a"}}]
    held = {
        "resourceType": "Appointment",
        "id": "x",
        "status": "booked",
        "description": "Suivi",
        "participant": participants,
        "subject": None,
    }
    task = {
        "resourceType": "Task",
        "id": "t",
        "description": "Rappeler",
        "for": {"reference": "Patient/a"},
        "subject": None,
    }
    path = tmp_path / "f.json"
    whole = [
        PATIENT,
        *({key: value for key, value in one.items() if value is not None} for one in (held, task)),
    ]
    path.write_text(
        json.dumps({"resourceType": "Bundle", "entry": [{"resource": one} for one in whole]}),
        encoding="utf-8",
    )
    found = documents(path)
    assert {(one.title, one.patient_id) for one in found} == {("Suivi", "a"), ("Rappeler", "a")}
    assert [fact.kind for one in found for fact in one.facts] == ["appointment"]


def test_a_dose_is_the_value_of_its_medicine(tmp_path: Path) -> None:
    dosage = {
        "route": concept("orale"),
        "timing": {"repeat": {"frequency": 2, "period": 1, "periodUnit": "d"}},
        "doseAndRate": [{"doseQuantity": {"value": 500, "unit": "mg", "code": "mg"}}],
    }
    request = {
        "resourceType": "MedicationRequest",
        "status": "active",
        "medicationCodeableConcept": concept("Amoxicilline"),
    }
    ((fact, _),) = fhir(tmp_path, {**request, "dosageInstruction": [dosage]})
    assert (fact.value, fact.unit, fact.value_text) == (500.0, "mg", "500 mg")
    assert (fact.details["dose"], fact.details["route"]) == ("500 mg", "orale")
    assert fact.details["frequency"] in ("2 fois par jour", "2 times a day", "2 times per day")


def test_an_allergy_says_its_reaction_and_an_absence_is_documented(tmp_path: Path) -> None:
    reaction = [{"manifestation": [concept("urticaire")], "severity": "severe"}]
    known = {"resourceType": "AllergyIntolerance", "code": concept("Pénicilline"), "reaction": reaction}
    none = {
        "resourceType": "AllergyIntolerance",
        "code": concept("Aucune allergie connue", SNOMED, "716186003"),
    }
    found = {fact.label: fact for fact, _ in fhir(tmp_path, known, none)}
    assert (found["Pénicilline"].status, found["Pénicilline"].details["severity"]) == ("present", "severe")
    assert "urticaire" in found["Pénicilline"].details["reaction"]
    assert (found["Aucune allergie connue"].status, found["Aucune allergie connue"].assertion) == (
        "documented_absent",
        "negated",
    )


def test_what_a_relative_has_is_of_the_family(tmp_path: Path) -> None:
    history = {
        "resourceType": "FamilyMemberHistory",
        "relationship": concept("mère"),
        "condition": [{"code": concept("Diabète")}],
    }
    ((fact, _),) = fhir(tmp_path, history)
    assert (fact.kind, fact.assertion, fact.details["relation"]) == ("family", "family", "mère")


def test_smoking_is_of_ways_of_life(tmp_path: Path) -> None:
    smoking = {
        "resourceType": "Observation",
        "status": "final",
        "code": concept("Tabac", LOINC, "72166-2"),
        "valueString": "fumeur",
    }
    ((fact, _),) = fhir(tmp_path, smoking)
    assert (fact.kind, fact.value, fact.value_text) == ("lifestyle", None, "fumeur")


def test_a_result_of_hl7_is_a_fact_at_its_row(tmp_path: Path) -> None:
    order = "OBR|1||F1|IONO^Ionogramme^L|||20260301080000||||||||^^^&sang"
    ((fact, quote),) = hl7(
        tmp_path, order, "OBX|1|NM|2823-3^Potassium^LN||6,8|mmol/L|3.5-5.1|HH|||C|||202603010815"
    )
    assert (fact.kind, fact.label, fact.value, fact.unit, fact.status) == (
        "lab",
        "Potassium",
        6.8,
        "mmol/L",
        "corrected",
    )
    assert fact.at == Period("2026-03-01T08:15", "2026-03-01T08:15", "minute")
    assert dict(fact.details) == {
        "interpretation": "HH",
        "specimen": "sang",
        "reference_low": "3.5",
        "reference_high": "5.1",
    }
    assert quote.startswith("| Potassium | 6,8 mmol/L |")


@pytest.mark.parametrize(
    ("segment", "kind", "label", "status"),
    [
        ("AL1|1|DA|P^Pénicilline^L|SV|Urticaire", "allergy", "Pénicilline", "present"),
        ("IAM|1|DA|P^Pénicilline^L|||A|||||||||||S", "allergy", "Pénicilline", "unconfirmed"),
        ("DG1|1||J18^Pneumopathie^I10|||F", "condition", "Pneumopathie", "confirmed"),
        ("DG1|1||J18^Pneumopathie^I10|||W", "condition", "Pneumopathie", "suspected"),
        ("PR1|1||A^Appendicectomie^L||20260301", "procedure", "Appendicectomie", "done"),
        (
            "PV1|1|I|CHIR^1|||||||CHIRURGIE|||||||||S1|||||||||||||||||||||||||20260301|20260305",
            "encounter",
            "CHIRURGIE",
            "",
        ),
    ],
)
def test_entries_of_a_movement_are_facts(
    tmp_path: Path, segment: str, kind: str, label: str, status: str
) -> None:
    ((fact, quote),) = hl7(tmp_path, segment, kind="ADT^A01")
    assert (fact.kind, fact.label, fact.status) == (kind, label, status)
    assert label.lower()[1:] in quote.lower()


def test_medicines_of_hl7_are_facts(tmp_path: Path) -> None:
    given = "RXA|0|1|20260301||141^Grippe^CVX|0.5|mL|||||||||||||CP"
    refused = "RXA|0|1|20260301||33^Pneumocoque^CVX|0|||||||||||^refus||RE"
    stopped = "ORC|DC|P1", "RXE||W^Warfarine^L|5||mg"
    found = {
        fact.label: fact
        for fact, _ in (
            *hl7(tmp_path, "ORC|RE", given, refused, kind="VXU^V04"),
            *hl7(tmp_path, *stopped, kind="RDE^O11"),
        )
    }
    assert (found["Grippe"].kind, found["Grippe"].status, found["Grippe"].value) == ("procedure", "done", 0.5)
    assert (found["Warfarine"].kind, found["Warfarine"].status, found["Warfarine"].unit) == (
        "drug",
        "stopped",
        "mg",
    )


CDA = (
    '<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><id'
    ' root="1.2.3"/>'
    '<code code="11488-4"/><title>Note</title><effectiveTime value="20260312"/><languageCode code="fr-FR"/>'
    '<recordTarget><patientRole><id root="1.2.4"'
    ' extension="P1"/></patientRole></recordTarget><component><structuredBody><component>'
    "<section><code"
    ' code="{section}"/><title>Section</title>{text}<entry>{entry}</entry></section></component>'
    "</structuredBody></component>"
    "</ClinicalDocument>"
)


def cda(folder: Path, section: str, entry: str, text: str = "") -> list[tuple[Fact, str]]:
    path = folder / "n.xml"
    path.write_text(CDA.format(section=section, text=text, entry=entry), encoding="utf-8")
    return quoted(documents(path))


RESULT = (
    '<observation classCode="OBS" moodCode="EVN"><code code="2823-3" codeSystem="2.16.840.1.113883.6.1"'
    ' displayName="Kaliémie"/><text><reference value="#k"/></text><effectiveTime value="202603010815"/><value'
    ' xsi:type="PQ" value="4.2" unit="mmol/L"/><referenceRange><observationRange><value'
    ' xsi:type="IVL_PQ"><low value="3.5"/><high'
    ' value="5.1"/></value></observationRange></referenceRange></observation>'
)


def test_an_entry_is_a_fact_at_the_row_that_it_refers_to(tmp_path: Path) -> None:
    rows = '<tr ID="na"><td>Sodium</td><td>139</td></tr><tr ID="k"><td>Potassium</td><td>4,2</td></tr>'
    ((fact, quote),) = cda(tmp_path, "30954-2", RESULT, f"<text><table><tbody>{rows}</tbody></table></text>")
    assert (fact.kind, fact.value, fact.unit, quote) == ("lab", 4.2, "mmol/L", "| Potassium | 4,2 |")
    assert dict(fact.details) == {"reference_low": "3.5", "reference_high": "5.1"}
    assert fact.at == Period("2026-03-01T08:15", "2026-03-01T08:15", "minute")


def test_an_entry_that_no_narrative_tells_is_a_fact_at_its_own_line(tmp_path: Path) -> None:
    ((fact, quote),) = cda(tmp_path, "30954-2", RESULT, "<text>Voir le laboratoire.</text>")
    assert fact.value == 4.2
    assert quote.startswith("- Kaliémie : 4.2 mmol/L")


@pytest.mark.parametrize(
    ("section", "entry", "kind", "status", "assertion"),
    [
        (
            "11450-4",
            (
                '<observation classCode="OBS" moodCode="EVN"{}><code code="55607006"/><value xsi:type="CD"'
                ' code="1" displayName="Asthme"/></observation>'
            ),
            "condition",
            "confirmed",
            "present",
        ),
        (
            "48765-2",
            (
                '<observation classCode="OBS" moodCode="EVN"{}><code code="ASSERTION"/><value xsi:type="CD"'
                ' code="419199007"/><participant typeCode="CSM"><participantRole><playingEntity><code'
                ' code="1"'
                ' displayName="Asthme"/></playingEntity></participantRole></participant></observation>'
            ),
            "allergy",
            "present",
            "present",
        ),
        (
            "10160-0",
            (
                '<substanceAdministration classCode="SBADM"'
                ' moodCode="EVN"{}><consumable><manufacturedProduct><manufacturedMaterial>'
                '<code code="1"'
                ' displayName="Asthme"/></manufacturedMaterial></manufacturedProduct></consumable>'
                "</substanceAdministration>"
            ),
            "drug",
            "continued",
            "present",
        ),
        (
            "47519-4",
            '<procedure classCode="PROC" moodCode="EVN"{}><code code="1" displayName="Asthme"/></procedure>',
            "procedure",
            "done",
            "present",
        ),
        (
            "46240-8",
            '<encounter classCode="ENC" moodCode="EVN"{}><code code="1" displayName="Asthme"/></encounter>',
            "encounter",
            "done",
            "present",
        ),
    ],
)
def test_entries_of_cda_are_facts_and_negated_ones_say_so(
    tmp_path: Path, section: str, entry: str, kind: str, status: str, assertion: str
) -> None:
    ((fact, quote),) = cda(tmp_path, section, entry.format(""))
    assert (fact.kind, fact.label, fact.status, fact.assertion) == (kind, "Asthme", status, assertion)
    assert "sthme" in quote
    ((denied, _),) = cda(tmp_path, section, entry.format(' negationInd="true"'))
    assert denied.assertion == "negated"
    assert denied.status in ("refuted", "not_to_give", "cancelled")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("µmol/L", "umol/L"),
        ("10⁹/L", "10*9/L"),
        ("G/L", "10*9/L"),
        ("x10^3/uL", "10*3/uL"),
        ("mmHg", "mm[Hg]"),
        ("mUI/L", "m[iU]/L"),
        ("g/dl", "g/dL"),
    ],
)
def test_units_are_brought_to_ucum(written: str, meant: str) -> None:
    assert ucum(written) == meant


def test_numbers_limits_sides_and_periods() -> None:
    assert (number("≤ 4,2"), number("+"), number("4.2 5")) == (("<=", 4.2), ("", None), ("", None))
    assert limits_in("3,5 - 5,1") == {"reference_low": "3.5", "reference_high": "5.1"}
    assert limits_in("< 5") == {"reference_high": "5"}
    assert (side_of("genou gauche"), side_of("right knee"), side_of("bilatérale"), side_of("dos")) == (
        "left",
        "right",
        "both",
        "",
    )
    assert span("2026", "2026-03-02") == Period("2026", "2026-03-02", "day")


def test_a_medicine_that_is_over_has_the_day_on_which_it_ended(tmp_path: Path) -> None:
    order = {
        "resourceType": "MedicationRequest",
        "authoredOn": "2025-01-10",
        "medicationCodeableConcept": {"text": "ramipril"},
        "dispenseRequest": {"validityPeriod": {"start": "2025-01-10", "end": "2025-06-30"}},
    }
    week = {"timing": {"repeat": {"frequency": 1, "boundsDuration": {"value": 7, "code": "d"}}}}
    found = fhir(
        tmp_path,
        {**order, "status": "stopped"},
        {**order, "status": "active"},
        {**order, "status": "active", "dosageInstruction": [week]},
    )
    ends = sorted(str(fact.at and fact.at.end) for fact, _ in found)
    # 10 January and seven days; of one that goes on, the period of supply is no end
    assert ends == ["2025-01-17", "2025-06-30", "None"]
    assert [quote for fact, quote in found if fact.status == "stopped"] == [
        "- Ne prend plus ramipril (arrêté) — prescrit le 10 janvier 2025 ; fin le 30 juin 2025"
    ]
