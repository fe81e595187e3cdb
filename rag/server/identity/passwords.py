"""Passwords: argon2id, with the library's parameters of today; a digest made with older ones is made anew at
the next sign-in.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from rag.core.errors import UsageError
from rag.server.identity.password_rules import is_guessable

SHORTEST, LONGEST = 12, 256
_WORDS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Letters and digits that nobody mistakes for each other."""
_hasher = PasswordHasher()


def digest(password: str) -> str:
    """Return the digest of a password, with its salt."""
    return _hasher.hash(password)


def checked(password: str, names: Iterable[str] = ()) -> str:
    """Return a password that somebody with these names chose.

    Raises:
        UsageError: it is too short, too long or easy to guess.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise UsageError("password_length", shortest=SHORTEST, longest=LONGEST)
    if is_guessable(password, names):
        raise UsageError("password_guessable")
    return password


def matches(password: str, stored: str | None) -> bool:
    """Tell whether a password is the one. Without a digest to compare with, the time it takes is the same."""
    try:
        _hasher.verify(stored or _nobodys(), password[: LONGEST + 1])
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


def is_outdated(stored: str) -> bool:
    """Tell whether a digest was made with older parameters: it is made anew at the next sign-in."""
    return _hasher.check_needs_rehash(stored)


def one_time_password() -> str:
    """Return a random password of 80 bits that can be read aloud."""
    letters = "".join(secrets.choice(_WORDS) for _ in range(16))
    return "-".join(letters[start : start + 4] for start in range(0, 16, 4))


@cache
def _nobodys() -> str:
    return _hasher.hash(secrets.token_hex(16))
