"""A word list lives once: no two data files, and no collection in code, say the same words of a language."""

from __future__ import annotations

import ast
import itertools
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import rag
from rag.clinical.folding import fold

ROOT = Path(rag.__file__).parent
MOST_SHARED = 20
_WORD = re.compile(r"[^\W\d_]{3,}(?:[ '’-][^\W\d_]+)*")

ALLOWED = {
    frozenset(
        {"clinical/drugs.toml", "clinical/concepts/drugs.tsv"}
    ): "stems of names and names: the guard knows a drug by either",
    frozenset({"clinical/drugs.toml", "clinical/concepts/substances.tsv"}): "as above",
    frozenset({"clinical/drugs.toml", "clinical/concepts/drug_classes.tsv"}): "as above",
    frozenset(
        {"answer/verify/guards/oppositions.toml", "clinical/concepts/words.tsv"}
    ): "opposites, which rows of synonyms cannot say",
}
"""Pairs of files that share words for a reason."""


def forms_of_tables() -> Iterator[tuple[str, set[str]]]:
    for file in sorted((ROOT / "clinical/concepts").glob("*.tsv")):
        rows = [
            line.split("\t")
            for line in file.read_text(encoding="utf-8").splitlines()
            if not line.startswith("#")
        ]
        forms = {
            fold(form.strip().removeprefix("~"))
            for row in rows[1:]
            for cell in row[2:6]
            for form in cell.split(" ; ")
            if form.strip()
        }
        yield f"clinical/concepts/{file.name}", forms


def strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield from value.split("\n") if "\n" in value else [value]
    elif isinstance(value, list | tuple):
        for item in value:
            yield from strings(item)
    elif isinstance(value, dict):
        for name, item in value.items():
            if name not in {"of", "under"}:  # ids of concepts, not words
                yield from strings(item)


def words_of_collections() -> Iterator[tuple[str, set[str]]]:
    for file in sorted(ROOT.rglob("*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.List | ast.Tuple | ast.Set) and len(node.elts) >= MOST_SHARED:
                words = {
                    fold(item.value)
                    for item in node.elts
                    if isinstance(item, ast.Constant) and isinstance(item.value, str)
                }
                yield (
                    f"{file.relative_to(ROOT)}:{node.lineno}",
                    {word for word in words if _WORD.fullmatch(word)},
                )


def words_of_data() -> Iterator[tuple[str, set[str]]]:
    for file in sorted((ROOT / "answer").rglob("*.toml")):
        found = {fold(word) for word in strings(tomllib.loads(file.read_text(encoding="utf-8")))}
        yield str(file.relative_to(ROOT)), {word for word in found if _WORD.fullmatch(word)}
    yield (
        "clinical/drugs.toml",
        {
            fold(name)
            for name in strings(tomllib.loads((ROOT / "clinical/drugs.toml").read_text(encoding="utf-8")))
        },
    )


def test_no_two_collections_share_a_list_of_words() -> None:
    lists = [*forms_of_tables(), *words_of_data(), *words_of_collections()]
    copies = [
        (first, second, len(shared), sorted(shared)[:5])
        for (first, here), (second, there) in itertools.combinations(lists, 2)
        if len(shared := here & there) >= MOST_SHARED and frozenset({first, second}) not in ALLOWED
    ]
    assert copies == []


def test_accents_are_folded_in_one_place() -> None:
    folding = {
        str(file.relative_to(ROOT))
        for file in ROOT.rglob("*.py")
        if "unicodedata.combining" in file.read_text(encoding="utf-8")
    }
    assert folding == {"clinical/folding.py", "core/text.py"}  # the latter counts the marks on a letter


MEDICAL = ("clinical", "answer", "understand", "retrieve", "index")
"""Rooms whose words are those of a language: they are data."""


def split_strings(tree: ast.AST) -> Iterator[list[str]]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Constant(value=str(text)), attr="split")):
                yield text.split()
            case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
                values = [item.value for item in items if isinstance(item, ast.Constant)]
                yield [value for value in values if isinstance(value, str)]


def test_no_list_of_words_stands_in_code() -> None:
    found = {
        f"{file.relative_to(ROOT)}: {' '.join(words[:5])} …"
        for room in MEDICAL
        for file in sorted((ROOT / room).rglob("*.py"))
        for words in split_strings(ast.parse(file.read_text(encoding="utf-8")))
        if sum(_WORD.fullmatch(word) is not None for word in words) >= MOST_SHARED
    }
    assert found == set()
