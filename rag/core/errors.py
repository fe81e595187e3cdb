"""The exception tree. Each error is a key of the message catalogue with its variables.

So every error can say what, where and what to do in the reader's language. Variables are names, ids and
lengths, never patient text.
"""

from __future__ import annotations

from rag.messages import message


class TrabouleError(Exception):
    """Base of every error that Traboule raises on purpose.

    Args:
        key: name of the message in the ``errors`` table of ``rag/messages/*/*.toml``.
        variables: what the message names (a file, an id, a limit).
    """

    def __init__(self, key: str, /, **variables: object) -> None:
        self.key = key
        self.variables = variables
        super().__init__(key, variables)

    def describe(self, language: str = "en") -> str:
        """Return the one line for a user: what, where, and what to do."""
        return message(f"errors.{self.key}", language, **self.variables)

    def __str__(self) -> str:
        return self.describe()


class UsageError(TrabouleError):
    """The call or the question cannot be served as it is written."""


class ConfigurationError(TrabouleError):
    """Settings, or a home built with other settings, do not fit."""


class ParseError(TrabouleError):
    """One input could not be read; the others are not concerned."""


class NotAllowed(TrabouleError):
    """The caller may not do this. Says nothing of whether the thing exists."""


class NotFound(TrabouleError):
    """What was named is not there."""


class Unavailable(TrabouleError):
    """A model, a service or the home itself cannot be reached now."""


class StorageError(TrabouleError):
    """Writing or reading the home failed (disk full, no rights, damaged file)."""


EXIT_CODES: dict[type[TrabouleError], int] = {
    UsageError: 2,
    ConfigurationError: 2,
    NotFound: 2,
    ParseError: 3,
    NotAllowed: 4,
    Unavailable: 5,
    StorageError: 1,
}


def exit_code(error: BaseException) -> int:
    """Return the process exit code for an error: the table's entry, 1 for anything unforeseen."""
    return next((code for kind, code in EXIT_CODES.items() if isinstance(error, kind)), 1)
