"""A marked word in every text of a FHIR resource comes out in a document, or a warning names what was left
out.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.golden import everything
from tools.marked.fhir import ELEMENTS, PATIENT, WORD, bundle, paths, resource, values


def said(folder: Path, *resources: dict[str, Any]) -> str:
    """Return all that resources of a patient give: texts, titles and metadata of documents, errors,
    warnings.
    """
    path = folder / "f.json"
    path.write_text(bundle(*resources), encoding="utf-8")
    documents, errors, warnings = everything(path)
    shown = [f"{one.title} {one.text} {' '.join(one.metadata.values())}" for one in documents]
    return "\n".join((*shown, *(problem.describe() for problem in (*errors, *warnings))))


@pytest.mark.parametrize("type_", sorted(ELEMENTS))
def test_every_text_of_a_resource_is_told(tmp_path: Path, type_: str) -> None:
    tried = [(path, value) for path, kind in paths(ELEMENTS[type_]) for value in values(kind)]
    assert not [
        f"{'.'.join(path)} {value}"
        for path, value in tried
        if WORD not in said(tmp_path, resource(type_, path, value))
    ]


@pytest.mark.parametrize("type_", sorted(ELEMENTS))
def test_extensions_contained_resources_and_authored_narratives_are_told(tmp_path: Path, type_: str) -> None:
    base = resource(type_, ("id",), "r")
    extension = [{"url": "http://example.org/precision", "valueString": WORD}]
    contained = [{"resourceType": "Basic", "id": "c", "code": {"text": WORD}}]
    narrative = {
        "status": "additional",
        "div": f'<div xmlns="http://www.w3.org/1999/xhtml"><p>{WORD}</p></div>',
    }
    lost = [
        name
        for name, more in (
            ("extension", extension),
            ("modifierExtension", extension),
            ("contained", contained),
            ("text", narrative),
        )
        if WORD not in said(tmp_path, {**base, name: more})
    ]
    assert not lost


@pytest.mark.parametrize("type_", ["Claim", "Coverage", "ExplanationOfBenefit", "AuditEvent", "Provenance"])
def test_administrative_resources_are_named_as_left_out(tmp_path: Path, type_: str) -> None:
    assert f"{type_} 1" in said(
        tmp_path, {"resourceType": type_, "id": "x", "patient": {"reference": "Patient/a"}}
    )


def as_xml(name: str, value: object) -> str:
    """Return an element of FHIR's XML for one of its JSON."""
    if isinstance(value, list):
        return "".join(as_xml(name, item) for item in value)
    if not isinstance(value, dict):
        return f'<{name} value="{value}"/>'
    inner = {
        key: held
        for key, held in value.items()
        if key not in ("resourceType", "url") and not key.startswith("_")
    }
    said = {key[1:]: held for key, held in value.items() if key.startswith("_")}
    parts = [as_xml(key, held) for key, held in inner.items() if key not in said]
    parts += [
        f'<{key} value="{inner.get(key)}">{as_xml("extension", held["extension"])}</{key}>'
        for key, held in said.items()
    ]
    address = f' url="{value["url"]}"' if "url" in value and name == "extension" else ""
    return f"<{name}{address}>{''.join(parts)}</{name}>"


@pytest.mark.parametrize(
    "type_",
    [
        "Condition",
        "MedicationRequest",
        "Observation",
        "Flag",
        "Device",
        "Procedure",
        "Encounter",
        "NutritionOrder",
    ],
)
def test_every_text_of_a_resource_in_xml_is_told(tmp_path: Path, type_: str) -> None:
    lost = []
    for path, kind in paths(ELEMENTS[type_]):
        for value in values(kind):
            entries = "".join(
                f"<entry><resource>{as_xml(one['resourceType'], one)}</resource></entry>"
                for one in (PATIENT, resource(type_, path, value))
            )
            file = tmp_path / "f.xml"
            file.write_text(
                f'<Bundle xmlns="http://hl7.org/fhir"><type value="collection"/>{entries}</Bundle>',
                encoding="utf-8",
            )
            documents, errors, warnings = everything(file)
            told = "\n".join(
                (
                    *(f"{one.title} {one.text}" for one in documents),
                    *(problem.describe() for problem in (*errors, *warnings)),
                )
            )
            lost += [f"{'.'.join(path)} {value}"] if WORD not in told else []
    assert not lost
