"""What the server itself refuses, beside the errors of the core."""

from __future__ import annotations

from rag.errors import NotAllowed, TrabouleError


class TooBusy(TrabouleError):
    """More is asked at once than the server takes on."""

    def __init__(self, key: str, retry_after_s: int) -> None:
        super().__init__(key, seconds=retry_after_s)
        self.retry_after_s = retry_after_s


class NotSignedIn(TrabouleError):
    """No caller, or credentials that are unknown, expired or forged. One error for all of these."""


class Forbidden(NotAllowed):
    """The caller's role does not include this."""


class TooLarge(TrabouleError):
    """The body of a request is larger than the server takes."""


class Conflict(TrabouleError):
    """What is asked does not fit what is there, e.g. a name that is taken."""
