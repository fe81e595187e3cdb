"""The files of ``deploy/``: profiles that load, containers that name what exists, and a smoke test that tells
well from ill.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

from rag.settings import load_settings
from tests.server.house import inhabited
from tests.server.serving import Served

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
PROFILES = sorted((DEPLOY / "config").glob("*.toml"))


@pytest.mark.parametrize("profile", PROFILES, ids=lambda path: path.stem)
def test_profile_loads_and_holds_no_secret(profile: Path, tmp_path: Path) -> None:
    settings = load_settings(tmp_path, profile)
    assert settings.index.kind == ("edge" if profile.stem == "edge" else "server")
    assert "key" not in profile.read_text(encoding="utf-8").replace("API_KEY", "").lower()


def test_the_three_profiles_are_there() -> None:
    assert [path.stem for path in PROFILES] == ["cluster", "edge", "server"]


@pytest.mark.parametrize("name", ["compose.yaml", "compose.edge.yaml"])
def test_compose_file_mounts_a_profile_that_exists_on_a_closed_container(name: str) -> None:
    app = yaml.safe_load((DEPLOY / name).read_text(encoding="utf-8"))["services"]["app"]
    profile = Path(app["environment"]["TRABOULE_CONFIG"])
    assert (DEPLOY / "config" / profile.name).exists()
    assert app["read_only"] is True
    assert app["cap_drop"] == ["ALL"]
    assert app["ports"] == ["127.0.0.1:8765:8765"]  # TLS is the business of the proxy in front
    assert load_settings(Path("nowhere"), DEPLOY / "config" / profile.name).server.port == 8765


def test_only_the_application_is_reached_from_outside() -> None:
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    assert compose["networks"]["inside"]["internal"] is True
    for name, service in compose["services"].items():
        if name != "app":
            assert service["networks"] == ["inside"]
            assert "ports" not in service


def test_image_installs_extras_that_exist_and_copies_files_that_exist() -> None:
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
        "optional-dependencies"
    ]
    assert set(re.findall(r"EXTRAS=(\S+)", text)[0].split(",")) <= extras.keys()
    for line in re.findall(r"^COPY (?!--from)(.+) \S+$", text, re.MULTILINE):
        assert all(list(ROOT.glob(name)) for name in line.split()), line
    assert re.search(r"^USER \d+:\d+$", text, re.MULTILINE)


def smoke(*arguments: str) -> subprocess.CompletedProcess[str]:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed: apt-get install curl")
    return subprocess.run(
        [DEPLOY / "smoke.sh", *arguments], capture_output=True, text=True, timeout=60, check=False
    )


def test_smoke_test_passes_on_a_running_server(tmp_path: Path) -> None:
    with inhabited(tmp_path) as house:
        stranger = smoke(house.served.url)
        known = smoke(house.served.url, house.token_of["clinician"])
        forged = smoke(house.served.url, "trb_forged")
    assert (stranger.returncode, stranger.stderr) == (0, "")
    assert "a stranger is refused: well" in stranger.stdout
    assert (known.returncode, known.stderr) == (0, "")
    assert known.stdout.endswith("search and question with the token: well\n")
    assert forged.returncode == 1
    assert "401" in forged.stderr


def test_smoke_test_knows_the_demonstration(demo: Served) -> None:
    assert "this is the demonstration" in smoke(demo.url).stdout


def test_smoke_test_fails_where_nothing_listens() -> None:
    nobody = smoke("http://127.0.0.1:9")
    assert nobody.returncode == 1
    assert nobody.stderr.startswith("FAILED: http://127.0.0.1:9/livez does not answer")
