"""Every text of FHIR's resources. The elements are those of R4 with those that R5 and STU3 name otherwise;
``name:kind``, nested in brackets.

Kinds: s a string or markdown, c a CodeableConcept, q a quantity, a an annotation, r a reference, n a plain
note of older versions.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from tools.marked.places import Place

WORD = "zaphirol"
PATIENT = {"resourceType": "Patient", "id": "a", "name": [{"family": "ANNE"}]}
ELEMENTS = {
    "AdverseEvent": (
        "code:c category:c event:c seriousness:c severity:c outcome:c suspectEntity(instance:r"
        " causality(assessment:c method:c)) note:a"
    ),
    "AllergyIntolerance": (
        "clinicalStatus:c verificationStatus:c code:c recorder:r asserter:r note:a "
        "reaction(substance:c manifestation:c description:s exposureRoute:c note:a)"
    ),
    "Appointment": (
        "cancelationReason:c serviceCategory:c serviceType:c specialty:c appointmentType:c reasonCode:c"
        " description:s comment:s patientInstruction:s participant(type:c actor:r)"
    ),
    "Basic": "code:c author:r",
    "BodyStructure": "morphology:c location:c locationQualifier:c description:s",
    "CarePlan": (
        "category:c title:s description:s author:r note:a activity(outcomeCodeableConcept:c progress:a"
        " detail(code:c reasonCode:c scheduledString:s productCodeableConcept:c description:s))"
    ),
    "CareTeam": "category:c name:s reasonCode:c note:a participant(role:c member:r)",
    "ClinicalImpression": (
        "statusReason:c code:c description:s summary:s note:a prognosisCodeableConcept:c "
        "investigation(code:c) finding(itemCodeableConcept:c basis:s)"
    ),
    "Communication": (
        "statusReason:c category:c medium:c topic:c reasonCode:c note:a payload(contentString:s)"
    ),
    "CommunicationRequest": "category:c medium:c reasonCode:c note:a payload(contentString:s)",
    "Condition": (
        "clinicalStatus:c verificationStatus:c category:c severity:c code:c bodySite:c onsetString:s"
        " abatementString:s recorder:r asserter:r stage(summary:c type:c) evidence(code:c detail:r) note:a"
        " notes:n"
    ),
    "Consent": "scope:c category:c policyRule:c provision(purpose:c code:c)",
    "DetectedIssue": "code:c detail:s mitigation(action:c) evidence(code:c)",
    "Device": (
        "statusReason:c distinctIdentifier:s manufacturer:s lotNumber:s modelNumber:s partNumber:s type:c"
        " safety:c note:a deviceName(name:s) specialization(systemType:c version:s) property(type:c"
        " valueCode:c)"
    ),
    "DeviceRequest": (
        "codeCodeableConcept:c performerType:c reasonCode:c note:a parameter(code:c valueCodeableConcept:c)"
    ),
    "DeviceUseStatement": "device:r reasonCode:c bodySite:c note:a source:r",
    "DiagnosticReport": "code:c conclusion:s conclusionCode:c performer:r media(comment:s) note:a",
    "DocumentReference": (
        "type:c category:c description:s author:r custodian:r context(event:c facilityType:c"
        " practiceSetting:c)"
    ),
    "Encounter": (
        "type:c serviceType:c priority:c reasonCode:c participant(type:c individual:r) diagnosis(condition:r"
        " use:c) hospitalization(admitSource:c reAdmission:c dietPreference:c specialCourtesy:c"
        " specialArrangement:c dischargeDisposition:c) location(location:r physicalType:c) serviceProvider:r"
    ),
    "EpisodeOfCare": "type:c diagnosis(role:c condition:r)",
    "FamilyMemberHistory": (
        "dataAbsentReason:c name:s relationship:c sex:c bornString:s ageString:s deceasedString:s"
        " reasonCode:c note:a condition(code:c outcome:c onsetString:s note:a)"
    ),
    "Flag": "category:c code:c author:r",
    "Goal": (
        "achievementStatus:c category:c priority:c description:c statusReason:s expressedBy:r note:a"
        " outcomeCode:c target(measure:c detailString:s detailCodeableConcept:c)"
    ),
    "ImagingStudy": (
        "description:s procedureCode:c reasonCode:c note:a series(description:s instance(title:s))"
    ),
    "Immunization": (
        "statusReason:c vaccineCode:c reportOrigin:c lotNumber:s site:c route:c note:a reasonCode:c"
        " subpotentReason:c programEligibility:c fundingSource:c performer(function:c actor:r)"
        " education(documentType:s) reaction(detail:r) protocolApplied(series:s targetDisease:c"
        " doseNumberString:s) doseQuantity:q"
    ),
    "ImmunizationRecommendation": (
        "recommendation(vaccineCode:c targetDisease:c forecastStatus:c forecastReason:c description:s"
        " series:s)"
    ),
    "List": "title:s code:c note:a orderedBy:c emptyReason:c entry(flag:c item:r)",
    "Media": "type:c modality:c view:c reasonCode:c bodySite:c deviceName:s note:a",
    "MedicationAdministration": (
        "statusReason:c category:c medicationCodeableConcept:c performer(function:c actor:r) reasonCode:c"
        " note:a dosage(text:s site:c route:c method:c dose:q rateQuantity:q)"
    ),
    "MedicationDispense": (
        "statusReasonCodeableConcept:c category:c medicationCodeableConcept:c type:c note:a quantity:q"
        " daysSupply:q dosageInstruction(text:s) substitution(type:c reason:c)"
    ),
    "MedicationRequest": (
        "statusReason:c category:c medicationCodeableConcept:c requester:r reasonCode:c note:a"
        " courseOfTherapyType:c dosageInstruction(text:s additionalInstruction:c patientInstruction:s"
        " asNeededCodeableConcept:c site:c route:c method:c timing(code:c) doseAndRate(type:c doseQuantity:q"
        " rateQuantity:q)) substitution(reason:c) dispenseRequest(quantity:q)"
    ),
    "MedicationStatement": (
        "statusReason:c category:c medicationCodeableConcept:c informationSource:r reasonCode:c note:a "
        "dosage(text:s patientInstruction:s route:c doseAndRate(doseQuantity:q))"
    ),
    "NutritionOrder": (
        "foodPreferenceModifier:c excludeFoodModifier:c note:a oralDiet(type:c instruction:s"
        " nutrient(modifier:c) texture(modifier:c)) supplement(type:c productName:s instruction:s quantity:q)"
        " enteralFormula(baseFormulaType:c additiveProductName:s administrationInstruction:s)"
    ),
    "Observation": (
        "code:c category:c valueString:s valueCodeableConcept:c valueQuantity:q dataAbsentReason:c"
        " interpretation:c note:a bodySite:c method:c specimen:r device:r performer:r referenceRange(text:s"
        " type:c appliesTo:c) comment:n component(code:c valueString:s valueCodeableConcept:c valueQuantity:q"
        " dataAbsentReason:c interpretation:c referenceRange(text:s appliesTo:c))"
    ),
    "Procedure": (
        "statusReason:c category:c code:c performer(function:c actor:r) location:r reasonCode:c bodySite:c"
        " outcome:c complication:c complicationDetail:r followUp:c note:a focalDevice(action:c manipulated:r)"
        " usedCode:c performedString:s recorder:r asserter:r"
    ),
    "QuestionnaireResponse": "author:r item(text:s answer(valueString:s))",
    "RequestGroup": "code:c reasonCode:c note:a action(title:s description:s textEquivalent:s code:c)",
    "RiskAssessment": (
        "method:c code:c reasonCode:c mitigation:s note:a prediction(outcome:c qualitativeRisk:c rationale:s)"
    ),
    "ServiceRequest": (
        "category:c code:c orderDetail:c asNeededCodeableConcept:c performerType:c locationCode:c"
        " reasonCode:c bodySite:c note:a patientInstruction:s requester:r quantityQuantity:q"
    ),
    "Specimen": (
        "type:c condition:c note:a collection(method:c bodySite:c collector:r quantity:q)"
        " processing(description:s procedure:c) container(description:s type:c)"
    ),
    "Task": (
        "statusReason:c businessStatus:c code:c description:s note:a performerType:c reasonCode:c"
        " input(type:c valueString:s)"
    ),
    "VisionPrescription": "prescriber:r lensSpecification(product:c color:s brand:s note:a)",
    "NutritionIntake": "code:c note:a consumedItem(type:c nutritionProduct(concept:c))",
    "DeviceUsage": "category:c note:a bodySite(concept:c) reason(concept:c)",
    "MedicationUsage": "medication(concept:c) note:a renderedDosageInstruction:s reason(concept:c)",
    "ProcedureRequest": "code:c bodySite:c reasonCode:c note:a",
    "Sequence": "note:a",
}
BASES: dict[str, dict[str, Any]] = {
    "Condition": {"code": {"text": "Asthme"}},
    "AllergyIntolerance": {"code": {"text": "Pénicilline"}},
    "Observation": {"status": "final", "code": {"text": "Taux"}},
    "Encounter": {"status": "finished", "class": {"code": "IMP"}},
    "CarePlan": {"status": "active", "intent": "plan"},
    "DocumentReference": {
        "status": "current",
        "content": [{"attachment": {"contentType": "text/plain", "data": "TGV0dHJlLg=="}}],
    },
    "Immunization": {"status": "completed", "vaccineCode": {"text": "Grippe"}},
    "Procedure": {"status": "completed", "code": {"text": "Biopsie"}},
    "MedicationRequest": {"status": "active", "medicationCodeableConcept": {"text": "Aspirine"}},
    "MedicationStatement": {"status": "active", "medicationCodeableConcept": {"text": "Aspirine"}},
    "MedicationAdministration": {"status": "completed", "medicationCodeableConcept": {"text": "Aspirine"}},
    "MedicationDispense": {"status": "completed", "medicationCodeableConcept": {"text": "Aspirine"}},
}


def values(kind: str) -> Iterator[object]:
    """Yield the shapes in which an element of a kind holds a text."""
    if kind in ("s", "n"):
        yield WORD
        yield {"extension-of-plain": WORD}
    elif kind == "c":
        yield {"text": WORD}
        yield {"coding": [{"system": "http://example.org", "code": "1", "display": WORD}]}
        yield [{"text": "Un"}, {"text": WORD}]
        yield {"coding": [{"system": "http://loinc.org", "code": "718-7", "display": "Autre"}], "text": WORD}
    elif kind == "q":
        yield {"value": 3, "unit": WORD}
    elif kind == "r":
        yield {"display": WORD}
        yield {"reference": "Thing/1", "display": WORD}
    else:
        yield [{"text": WORD}]
        yield [{"text": "Un."}, {"text": WORD, "time": "2026-03-01"}]


def paths(written: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield the path and the kind of each element of a list of elements."""
    above: list[str] = []
    for found in re.finditer(r"(\w+):(\w)|(\w+)\(|(\))", written):
        name, kind, opened, closed = found.groups()
        if opened:
            above.append(opened)
        elif closed:
            above.pop()
        else:
            yield (*above, name), kind


def resource(type_: str, path: tuple[str, ...], value: object) -> dict[str, Any]:
    """Return a resource with a value at a path."""
    *above, last = path
    inner: dict[str, Any] = {last: value}
    if isinstance(value, dict) and "extension-of-plain" in value:
        said = {"extension": [{"url": "http://example.org/precision", "valueString": WORD}]}
        inner = {last: "mot", f"_{last}": said}
    for name in reversed(above):
        inner = (
            {name: [inner]}
            if name not in ("context", "hospitalization", "collection", "oralDiet", "substitution", "detail")
            else {name: inner}
        )
    base = BASES.get(type_, {"status": "active"})
    kept = {
        name: held
        for name, held in base.items()
        if not (last.startswith("medication") and name.startswith("medication"))
    }
    return {"resourceType": type_, "id": "r", "subject": {"reference": "Patient/a"}, **kept, **inner}


def bundle(*resources: dict[str, Any]) -> str:
    """Return a bundle of a patient and resources."""
    entries = [{"resource": one} for one in (PATIENT, *resources)]
    return json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries})


def places() -> Iterator[Place]:
    """Yield every element of every resource, in each shape that it may have."""
    for type_, written in ELEMENTS.items():
        for path, kind in paths(written):
            for number, value in enumerate(values(kind), start=1):
                held = bundle(resource(type_, path, value))
                name = f"{type_}.{'.'.join(path)}/{number}"
                yield Place("fhir", name, ".json", lambda word, held=held: held.replace(WORD, word).encode())
