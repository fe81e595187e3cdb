"""Compare what records hold with the facts that they give: ``python tools/count_record_facts.py PATH...``.

For FHIR every resource of a clinical type is looked for among the facts of its file by code and time; for
C-CDA every statement of a template is. The table says how many there are, how many have their fact, and why
the others have none.
"""

from __future__ import annotations

import gzip
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lxml import etree

from rag.core.facts import Fact
from rag.core.types import Document
from rag.ingest.sources.files import Reader
from rag.settings import IngestSettings

_KINDS = {
    "Observation": ("lab", "vital", "lifestyle"),
    "Condition": ("condition",),
    "AllergyIntolerance": ("allergy",),
    "MedicationRequest": ("drug",),
    "MedicationStatement": ("drug",),
    "MedicationAdministration": ("drug",),
    "MedicationDispense": ("drug",),
    "Immunization": ("procedure",),
    "Procedure": ("procedure",),
    "FamilyMemberHistory": ("family",),
    "Encounter": ("encounter",),
    "Device": ("device",),
    "Appointment": ("appointment",),
}
_TEMPLATES = {
    "problem": ("2.16.840.1.113883.10.20.22.4.4", ("condition",)),
    "allergy": ("2.16.840.1.113883.10.20.22.4.7", ("allergy",)),
    "medication": ("2.16.840.1.113883.10.20.22.4.16", ("drug",)),
    "immunization": ("2.16.840.1.113883.10.20.22.4.52", ("procedure",)),
    "result": ("2.16.840.1.113883.10.20.22.4.2", ("lab", "vital", "lifestyle")),
    "vital sign": ("2.16.840.1.113883.10.20.22.4.27", ("vital",)),
    "smoking": ("2.16.840.1.113883.10.20.22.4.78", ("lifestyle",)),
    "procedure": ("2.16.840.1.113883.10.20.22.4.14", ("procedure",)),
    "family": ("2.16.840.1.113883.10.20.22.4.46", ("family",)),
    "encounter": ("2.16.840.1.113883.10.20.22.4.49", ("encounter",)),
}
_NAMESPACE = {"h": "urn:hl7-org:v3"}

Row = tuple[int, int, Counter[str]]


def facts_of(path: Path) -> list[Fact]:
    """Return the facts of the documents of a file."""
    reader = Reader(IngestSettings.model_validate({"workers": 0}), None)  # type: ignore[arg-type]
    items = list(reader.documents(reader.open(path), None, lambda _: None))
    return [fact for item in items if isinstance(item, Document) for fact in item.facts]


def count_fhir(path: Path) -> Iterator[tuple[str, int, int, str]]:
    """Yield for each resource of a clinical type its type, 1, whether it has its fact, and why not."""
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "bundle.json"
        plain.write_bytes(data)
        facts = facts_of(plain)
    resources = [entry["resource"] for entry in json.loads(data)["entry"]]
    names = {f"urn:uuid:{one['id']}": one for one in resources}
    for one in resources:
        kinds = _KINDS.get(one["resourceType"])
        if kinds is None:
            continue
        wanted = (
            [_code(one, names)]
            if "component" not in one
            else [_code(held, names) for held in one["component"]]
        )
        found = all(
            any(fact.kind in kinds and _has(fact, code) and _at(fact, one) for fact in facts)
            for code in wanted
        )
        yield one["resourceType"], 1, int(found), "" if found else _why(one)


def _code(one: dict[str, Any], names: dict[str, Any]) -> str:
    held = (
        one.get("code")
        or one.get("vaccineCode")
        or one.get("medicationCodeableConcept")
        or next(iter(one.get("type", [])), {})
    )
    reference = one.get("medicationReference", {}).get("reference")
    held = names.get(reference, {}).get("code", held) if reference else held
    return next(
        (coding["code"] for coding in held.get("coding", []) if "code" in coding), held.get("text", "")
    )


def _has(fact: Fact, code: str) -> bool:
    return any(held.code == code for held in fact.codes) or (not fact.codes and fact.label == code)


def _at(fact: Fact, one: dict[str, Any]) -> bool:
    times = [
        one.get(name)
        for name in (
            "effectiveDateTime",
            "onsetDateTime",
            "authoredOn",
            "occurrenceDateTime",
            "performedDateTime",
        )
    ]
    periods = [one.get(name) for name in ("performedPeriod", "period", "effectivePeriod")]
    times += [period.get("start") for period in periods if isinstance(period, dict)]
    wanted = next((time[:16] for time in times if time), "")
    return not wanted or (fact.at is not None and (fact.at.start or "")[:16] == wanted)


def _why(one: dict[str, Any]) -> str:
    if one.get("hasMember") and not any(name.startswith("value") for name in one):
        return "a panel: its members have theirs"
    return "in error" if one.get("status") == "entered-in-error" else "?"


def count_cda(path: Path) -> Iterator[tuple[str, int, int, str]]:
    """Yield for each kind of statement how many a document holds and how many facts of its kind it gives."""
    facts = Counter(fact.kind for fact in facts_of(path))
    root = etree.parse(str(path)).getroot()
    held: Counter[tuple[str, ...]] = Counter()
    for template, kinds in _TEMPLATES.values():
        for one in root.xpath(f"//h:entry//*[h:templateId/@root='{template}']", namespaces=_NAMESPACE):
            if not one.get("nullFlavor"):
                held[kinds] += 1
    for kinds, count in held.items():
        found = sum(facts[kind] for kind in kinds)
        yield f"CDA {'/'.join(kinds)}", count, min(found, count), "" if found >= count else path.name


def main(paths: list[str]) -> int:
    """Print the table."""
    rows: dict[str, Row] = {}
    for path in (
        found
        for name in paths
        for found in ([Path(name)] if Path(name).is_file() else sorted(Path(name).rglob("*")))
    ):
        counter = (
            count_fhir
            if path.name.endswith((".json", ".json.gz"))
            else count_cda
            if path.suffix == ".xml"
            else None
        )
        try:
            for kind, count, found, why in counter(path.absolute()) if counter is not None else ():
                before = rows.get(kind, (0, 0, Counter()))
                rows[kind] = (
                    before[0] + count,
                    before[1] + found,
                    before[2] + Counter([why] * (count - found)),
                )
        except Exception as error:  # a file of another kind among the records
            print(f"{path.name}: {type(error).__name__}", file=sys.stderr)
    print(f"{'kind':32} {'records':>8} {'facts':>8}  without")
    for kind, (count, found, without) in sorted(rows.items()):
        print(
            f"{kind:32} {count:8} {found:8}  {', '.join(f'{why} {n}' for why, n in without.most_common(4))}"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
