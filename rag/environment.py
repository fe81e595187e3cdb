"""Settings from environment variables, read by pydantic-settings: ``TRABOULE_LLM__BASE_URL`` for
``llm.base_url``.

Lists and tables are JSON (``TRABOULE_SERVER__OIDC__ALGORITHMS='["RS256"]'``). What the library passes over in
silence is refused here: a variable that is no setting is an error that names it. A secret may be in a file,
which a variable of its name with ``_FILE`` names. Imported only where such
variables are set: the library costs a tenth of a second.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast, get_args

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource

from rag.core.errors import ConfigurationError

PREFIX, DELIMITER, _FILE = "TRABOULE_", "__", "_FILE"
Tree = dict[str, Any]


class VariablesSource(EnvSettingsSource):
    """The library's reading of these variables, for any model of settings; the model itself reads no
    environment."""

    def __init__(self, table: type[BaseModel], variables: Mapping[str, str]) -> None:
        self._variables = variables
        # of the class, the source reads its fields and nothing that BaseSettings adds
        super().__init__(
            cast("type[BaseSettings]", table),
            case_sensitive=False,
            env_prefix=PREFIX,
            env_nested_delimiter=DELIMITER,
        )

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:
        """Read a list or a table that is written as JSON; anything else is left to the model, which may know
        another way to write it."""
        try:
            decoded = super().decode_complex_value(field_name, field, value)
        except ValueError:
            return value
        return decoded if isinstance(decoded, list | dict) else value

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return {name.lower(): value for name, value in self._variables.items()}


def with_files(table: type[BaseModel], variables: Mapping[str, str]) -> dict[str, str]:
    """Return the variables, those that name a file of a secret (``TRABOULE_LLM__API_KEY_FILE``) replaced by
    what the file holds: containers and service managers hand secrets over as files.

    Raises:
        ConfigurationError: a file cannot be read, or both the secret and its file are given.
    """
    read = dict(variables)
    for secret in _secrets(table, PREFIX):
        if (path := read.pop(f"{secret}{_FILE}", None)) is None:
            continue
        if secret in read:
            raise ConfigurationError("config_secret_twice", name=secret)
        try:
            read[secret] = Path(path).expanduser().read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or type(error).__name__
            raise ConfigurationError("config_unreadable", file=path, reason=reason) from None
    return read


def _secrets(table: type[BaseModel], before: str) -> Iterator[str]:
    """Yield the variables of the settings that are secrets."""
    for name, field in table.model_fields.items():
        kinds = [field.annotation, *get_args(field.annotation)]
        inner = next((one for one in kinds if isinstance(one, type) and issubclass(one, BaseModel)), None)
        if inner is not None:
            yield from _secrets(inner, f"{before}{name.upper()}{DELIMITER}")
        elif SecretStr in kinds:
            yield f"{before}{name.upper()}"


def with_environment(table: type[BaseModel], data: Tree, variables: Mapping[str, str]) -> Tree:
    """Return settings with those of the variables over them.

    Raises:
        ConfigurationError: a variable names no setting.
    """
    variables = with_files(table, variables)
    read: Tree = VariablesSource(table, variables)()
    for name in variables:
        if not _holds(read, keys := _keys(name)):
            raise ConfigurationError("config_unknown_key", key=".".join(keys), file=f"{PREFIX}*")
    return _over(data, read)


def _keys(name: str) -> list[str]:
    return name.removeprefix(PREFIX).lower().split(DELIMITER)


def _holds(tree: object, keys: list[str]) -> bool:
    for key in keys:
        if not isinstance(tree, dict) or key not in tree:
            return False
        tree = tree[key]
    return True


def _over(below: Tree, above: Tree) -> Tree:
    """Return ``below`` with what ``above`` says in its place, table by table."""
    merged = dict(below)
    for key, value in above.items():
        under = below.get(key)
        merged[key] = _over(under, value) if isinstance(under, dict) and isinstance(value, dict) else value
    return merged
