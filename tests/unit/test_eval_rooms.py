"""How the evaluation is built: a library that its commands and views stand on, in small rooms, without a
circle.
"""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]
FILES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in (ROOT / "eval").rglob("*.py")
}
MOST_FILES = 15


def imported(path: Path) -> set[str]:
    """Every module that a file imports, in functions and for types alone too."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {
                f"{node.module}.{alias.name}" if f"{node.module}.{alias.name}" in FILES else node.module
                for alias in node.names
            }
    return found


def test_only_commands_and_views_know_the_command_line_of_the_program() -> None:
    know = {
        name
        for name, path in FILES.items()
        if any(one.split(".")[:2] == ["rag", "cli"] for one in imported(path))
    }
    assert {name for name in know if name.rpartition(".")[2] not in ("cli", "view")} == set()


def test_no_module_of_the_library_imports_a_command_or_a_view() -> None:
    outside = {name for name in FILES if name.rpartition(".")[2] in ("cli", "view", "__main__")}
    assert {
        name: found for name in FILES.keys() - outside if (found := imported(FILES[name]) & outside)
    } == {}


def test_no_file_leads_back_to_itself() -> None:
    edges = {name: imported(path) & FILES.keys() - {name} for name, path in FILES.items()}
    while leaves := {name for name, found in edges.items() if not found & edges.keys()}:
        edges = {name: found for name, found in edges.items() if name not in leaves}
    assert sorted(edges) == []


def test_no_folder_holds_more_than_a_room_does() -> None:
    rooms = Counter(path.parent.relative_to(ROOT) for path in FILES.values())
    assert {room: count for room, count in rooms.items() if count > MOST_FILES} == {}


def test_every_folder_says_what_it_is_for() -> None:
    assert [
        path
        for path in FILES.values()
        if path.name == "__init__.py" and not ast.get_docstring(ast.parse(path.read_text()))
    ] == []
