"""Prompts are data: ``prompts/<task>/v<N>/<language>.yaml``, loaded, checked and hashed here.

A file declares its ``variables``; they must be exactly those its texts use, and the same in every language of
a version, so that a translation cannot silently lose one. Released versions are never edited: a change is a
new version.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from string import Template

from rag.core.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Prompt:
    """One prompt in one language. ``texts`` are its named parts, e.g. ``system`` and ``user``."""

    prompt_id: str
    sha256: str
    variables: frozenset[str]
    texts: tuple[tuple[str, str], ...]

    def render(self, part: str, /, **values: object) -> str:
        """Fill one part. A missing value is a programming error and raises ``KeyError``."""
        return Template(dict(self.texts)[part]).substitute(
            {name: str(value) for name, value in values.items()}
        )


def prompts_folder() -> Path:
    """Return the folder of the prompts: inside the installed package, else beside it in a checkout."""
    packaged = Path(str(files("rag") / "_prompts"))
    return packaged if packaged.is_dir() else Path(__file__).resolve().parent.parent / "prompts"


@cache
def load_prompt(task: str, version: int, language: str) -> Prompt:
    """Load and check one prompt.

    Raises:
        ConfigurationError: the file is missing, or its variables are not those it uses.
    """
    prompt_id = f"{task}/v{version}/{language}"
    path = prompts_folder() / f"{prompt_id}.yaml"
    try:
        data = path.read_bytes()
    except OSError:
        raise ConfigurationError("prompt_missing", file=path) from None
    return _checked(prompt_id, path, data)


def _checked(prompt_id: str, path: Path, data: bytes) -> Prompt:
    import yaml

    content = yaml.safe_load(data)
    declared = frozenset(content.pop("variables"))
    texts = tuple(sorted((name, str(text)) for name, text in content.items()))
    used = frozenset(name for _, text in texts for name in Template(text).get_identifiers())
    if declared != used:
        raise ConfigurationError("prompt_variables", file=path, names=", ".join(sorted(declared ^ used)))
    return Prompt(prompt_id, hashlib.sha256(data).hexdigest(), declared, texts)
