"""Every regular expression of the project, where it stands, and how it is used.

Three ways find them, so that none is missed: what the code calls ``re`` with, evaluated in its module; the
compiled patterns that hang on modules, in collections and in objects too; and what cached functions without
parameters return, which read the word lists (TOML, TSV).
"""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import sys
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from importlib.resources import files
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

PACKAGES = ("rag", "eval")
_CALLS = {"compile", "match", "fullmatch", "search", "split", "findall", "finditer", "sub", "subn"}
_AT_ONE_PLACE = {"match", "fullmatch"}
_NAMED = "qzv"
"""Stands where a pattern has a value that only a call knows, such as a name that is looked for."""
_DEEPEST = 4
_RUN_BY_OTHERS = {"rag.store.migrations.env"}
"""Scripts that a library runs in a setting of its own; they cannot be imported."""
_SEEN_OTHERWISE = (
    "rag.answer.from_facts.wording.dates_written",  # words of a date, escaped
    "rag.clinical.patterns",  # what its callers keep, on their modules
    "rag.clinical.stems",  # unit words, escaped
    "rag.ingest.records.identifiers",  # a setting of the house: its shape of numbers
    "rag.settings",  # the same, checked
    "rag.ingest.sources.literature",  # ``publication.toml``, in ``_of_data``
    "eval.fit.reader.data.asking",  # ``cues.toml`` of the fit, in ``_of_data``
    "eval.fit.reader.data.public",  # the same
    "rag.understand.cues",  # ``question_cues.toml``
    "rag.answer.relevance.questions",  # in ``_ANSWER_FORMS``
    "rag.clinical.measures.frequencies",  # in ``_TIMES``, ``_WORDS`` and ``_PLAIN``
    "rag.clinical.measures.units",  # what ``_pattern()`` gives
    "rag.clinical.concepts.imaging",  # what ``_views()``, ``_picture_words()`` and ``_caption()`` give
    "rag.answer.relevance.vocabulary",  # ``_of_data``
    "rag.ingest.records.wording.kinds",  # ``_of_data``
    "eval.metrics.answers.computed_claims",  # phrases of answers, ``_of_data``
    "eval.metrics.answers.library",  # the words of a quote, escaped, with ``\s+`` between them
)
"""Modules whose ``re`` call has a pattern that is only known when it runs, and where the pattern is found
instead.
"""


@dataclass(frozen=True, slots=True)
class Found:
    """A pattern: its place (``module:line`` or ``module.name``), and the methods of ``re`` that are called
    with it.
    """

    place: str
    pattern: str | bytes
    flags: int
    uses: frozenset[str]


def everything() -> tuple[list[Found], list[str]]:
    """Return every pattern once, and the places of those that could not be made out."""
    found: dict[tuple[str | bytes, int, bool], Found] = {}
    unknown: list[str] = []
    uses = _uses()
    for module in _modules():
        held = [*_on_module(module, uses)]
        known = {(entry.pattern, entry.flags) for entry in held}
        called = [
            entry
            for entry in _in_code(module, unknown)
            if entry.uses != {"*"} or (entry.pattern, entry.flags) not in known
        ]
        for entry in (*held, *called):
            found.setdefault((entry.pattern, entry.flags, not entry.uses <= _AT_ONE_PLACE), entry)
    for place, patterns in _of_data().items():
        for pattern, flags in patterns:
            found.setdefault((pattern, flags, True), Found(place, pattern, flags, frozenset("*")))
    return list(found.values()), [
        place for place in unknown if place.partition(":")[0] not in _SEEN_OTHERWISE
    ]


def _of_data() -> dict[str, list[tuple[str, int]]]:
    """Return the patterns that are compiled one by one when they are first needed, by the place that holds
    them.
    """
    from eval.metrics.answers.computed_claims import _frames, _stated
    from rag.answer.relevance.vocabulary import load_vocabulary
    from rag.clinical.language import served
    from rag.ingest.records.wording.kinds import _BY_NAME
    from rag.ingest.sources.literature import _MARKS

    marks = [one for patterns in _MARKS.values() for one in patterns]
    cues = tomllib.loads((files("eval.fit.reader.data") / "cues.toml").read_text(encoding="utf-8"))
    groups = {group for groups in load_vocabulary().phrases.values() for group in groups}
    return {
        "rag.ingest.sources.literature._MARKS": [(one.pattern, one.flags) for one in marks],
        "eval.fit.reader.data.cues": [
            (pattern, 0) for by_language in cues.values() for pattern in by_language.values()
        ],
        "rag.answer.relevance.vocabulary.Group.told": [
            (group.told, 0) for group in sorted(groups, key=lambda group: group.name)
        ],
        "eval.metrics.answers.computed_claims._written": [
            (one.pattern, one.flags)
            for language in served()
            for one in (*_frames(language), *(pattern for pattern, _ in _stated(language)))
        ],
        "rag.ingest.records.wording.kinds._BY_NAME": [(pattern, re.IGNORECASE) for pattern, _ in _BY_NAME],
    }


def _modules() -> Iterator[ModuleType]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            if parts[-1] == "__main__" or name in _RUN_BY_OTHERS:
                continue
            try:
                yield importlib.import_module(name)
            except ImportError as error:  # an extra that is not installed here
                if error.name is None or error.name.split(".")[0] in PACKAGES:
                    raise


def _uses() -> dict[str, frozenset[str]]:
    """Return by ``file:name`` of a constant the methods that are called on it, ``*`` where it is handed on
    whole.

    A public name may be used anywhere, so its uses everywhere count, under the name alone.
    """
    uses: dict[str, set[str]] = {}
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            taken = {id(node.value): node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
            for node in ast.walk(tree):
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                    uses.setdefault(_key(path, node.id), set()).add(taken.get(id(node), "*"))
    return {name: frozenset(methods) for name, methods in uses.items()}


def _key(path: Path, name: str) -> str:
    return f"{path}:{name}" if name.startswith("_") else name


def _on_module(module: ModuleType, uses: dict[str, frozenset[str]]) -> Iterator[Found]:
    for name, value in list(vars(module).items()):
        if callable(value) and value.__module__ != module.__name__:
            continue
        for pattern in _patterns(value, 0):
            methods = (
                uses.get(_key(Path(module.__file__ or ""), name), frozenset("*"))
                if isinstance(value, re.Pattern)
                else frozenset("*")
            )
            yield Found(f"{module.__name__}.{name}", pattern.pattern, pattern.flags, methods)


def _patterns(value: object, depth: int) -> Iterator[re.Pattern[str] | re.Pattern[bytes]]:
    if isinstance(value, re.Pattern):
        yield value
    elif depth < _DEEPEST and isinstance(value, tuple | list | set | frozenset):
        for item in value:
            yield from _patterns(item, depth + 1)
    elif depth < _DEEPEST and isinstance(value, dict):
        yield from _patterns([*value.keys(), *value.values()], depth)
    elif depth < _DEEPEST and is_dataclass(value) and not isinstance(value, type):
        yield from _patterns([getattr(value, field.name) for field in fields(value)], depth)
    elif callable(value) and hasattr(value, "cache_info") and not _parameters(value):
        yield from _patterns(value(), depth + 1)


def _parameters(function: Callable[..., object]) -> bool:
    return bool(inspect.signature(function).parameters)


def _in_code(module: ModuleType, unknown: list[str]) -> Iterator[Found]:
    path = Path(module.__file__ or "")
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in _CALLS
            and node.args
        ):
            continue
        if not (isinstance(node.func.value, ast.Name) and node.func.value.id == "re"):
            continue
        place, method = f"{module.__name__}:{node.lineno}", node.func.attr
        flags = next((keyword.value for keyword in node.keywords if keyword.arg == "flags"), None)
        if flags is None and method in ("compile", "match", "fullmatch", "search", "findall", "finditer"):
            at = 1 if method == "compile" else 2
            flags = node.args[at] if len(node.args) > at else None
        try:
            pattern = _value(node.args[0], module)
            number = int(eval(ast.unparse(flags), vars(module))) if flags is not None else 0
            if not isinstance(pattern, str | bytes):
                raise TypeError
            yield Found(
                place,
                pattern,
                re.compile(pattern, number).flags,
                frozenset({"*" if method == "compile" else method}),
            )
        except (NameError, TypeError, AttributeError, re.error):
            unknown.append(place)


def _value(node: ast.expr, module: ModuleType) -> object:
    """Return what an expression is in a module; in a string made of parts, what only the call knows is a word
    of no meaning.
    """
    if not isinstance(node, ast.JoinedStr):
        return eval(ast.unparse(node), vars(module))
    out = ""
    for part in node.values:
        try:
            out += str(
                eval(
                    (
                        ast.unparse(part)
                        if isinstance(part, ast.Constant)
                        else f"{ast.unparse(ast.JoinedStr([part]))}"
                    ),
                    vars(module),
                )
            )
        except (NameError, AttributeError, TypeError):
            out += _NAMED
    return out
