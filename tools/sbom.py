"""Writes what Traboule is made of as a CycloneDX 1.5 document: the packages of this environment with version,
licence and what they need, and the models of the manifest with their digests.

    python tools/sbom.py sbom.json
"""

from __future__ import annotations

import argparse
import json
import re
import uuid
from datetime import UTC, datetime
from importlib.metadata import Distribution, distributions, version
from pathlib import Path

from rag.models.files.manifest import load_manifest

_PLAIN = re.compile(r"[-_.]+")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def plain(name: str) -> str:
    """Return the name of a package as all its spellings are compared (PEP 503)."""
    return _PLAIN.sub("-", name).lower()


def reference(name: str, number: str) -> str:
    """Return the package URL."""
    return f"pkg:pypi/{plain(name)}@{number}"


def package(found: Distribution) -> dict[str, object]:
    """Return a package as a component."""
    told = found.metadata
    licence = told.get("License-Expression") or told.get("License") or ""
    if not licence or len(licence) > 100:
        named = [one for one in told.get_all("Classifier") or () if one.startswith("License ::")]
        licence = named[0].rpartition(" :: ")[2] if named else "not told"
    purl = reference(told["Name"], found.version)
    kept = {"type": "library", "bom-ref": purl, "purl": purl, "name": plain(told["Name"])}
    return {**kept, "version": found.version, "licenses": [{"license": {"name": licence}}]}


def needs(found: Distribution, known: dict[str, str]) -> dict[str, object]:
    """Return which of the packages here one needs; extras that are not installed name nobody here."""
    names = (_NAME.match(told) for told in found.requires or ())
    wanted = {plain(one[0]) for one in names if one is not None}
    of = reference(found.metadata["Name"], found.version)
    return {"ref": of, "dependsOn": sorted(known[name] for name in wanted & known.keys())}


def models() -> list[dict[str, object]]:
    """Return the files of the models as components."""
    return [
        {
            "type": "machine-learning-model",
            "bom-ref": f"model:{model.name}/{file.name}",
            "name": f"{model.name}/{file.name}",
            "version": file.sha256[:12],
            "licenses": [{"license": {"name": model.licence}}],
            "hashes": [{"alg": "SHA-256", "content": file.sha256}],
        }
        for model in load_manifest()
        for file in model.files
    ]


def document() -> dict[str, object]:
    """Return the whole document."""
    found = {plain(one.metadata["Name"]): one for one in distributions() if one.metadata["Name"]}
    known = {name: reference(name, one.version) for name, one in found.items()}
    own = {"type": "application", "bom-ref": "traboule", "name": "traboule", "version": version("traboule")}
    others = [package(found[name]) for name in sorted(found) if name != "traboule"]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": f"urn:uuid:{uuid.uuid4()}",
        "version": 1,
        "metadata": {"timestamp": datetime.now(UTC).isoformat(timespec="seconds"), "component": own},
        "components": [*others, *models()],
        "dependencies": [needs(found[name], known) for name in sorted(found)],
    }


def main() -> None:
    """Write the document."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("file", type=Path)
    given = parser.parse_args()
    written = document()
    given.file.write_text(json.dumps(written, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
