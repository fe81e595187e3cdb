"""What the server itself refuses, beside the errors of the core."""

from __future__ import annotations

from rag.core.errors import NotAllowed, TrabouleError


class TooBusy(TrabouleError):
    """More is asked at once than the server takes on."""

    def __init__(self, key: str, retry_after_s: int) -> None:
        super().__init__(key, seconds=retry_after_s)
        self.retry_after_s = retry_after_s


class NotSignedIn(TrabouleError):
    """No caller, or credentials that are unknown, expired or forged. One error for all of these."""


class Forbidden(NotAllowed):
    """The caller's role does not include this."""
