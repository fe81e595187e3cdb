"""Settings from environment variables, read by pydantic-settings: ``TRABOULE_LLM__BASE_URL`` for
``llm.base_url``.

Lists and tables are JSON (``TRABOULE_SERVER__OIDC__ALGORITHMS='["RS256"]'``). What the library passes over in
silence is refused here: a variable that is no setting is an error that names it. Imported only where such
variables are set: the library costs a tenth of a second.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource

from rag.core.errors import ConfigurationError

PREFIX, DELIMITER = "TRABOULE_", "__"
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


def with_environment(table: type[BaseModel], data: Tree, variables: Mapping[str, str]) -> Tree:
    """Return settings with those of the variables over them.

    Raises:
        ConfigurationError: a variable names no setting.
    """
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
