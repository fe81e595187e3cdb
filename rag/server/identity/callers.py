"""Who calls, and what they may do: roles, permissions, scope. The one table of roles is here.

A caller comes from a session cookie, a bearer token or the demonstration; never from anything that a question
says.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from fastapi import Request

from rag.access import Scope
from rag.core.errors import TrabouleError
from rag.server.http.refusals import Forbidden, NotSignedIn
from rag.store.people.accounts import Role

Permission = Literal["read", "ask", "converse", "upload", "curate", "delete", "reports", "audit", "emergency"]
"""``read`` searches and opens documents; ``converse`` keeps conversations and gives feedback; ``upload`` and
``delete`` are for documents of patients in scope, ``curate`` for those of no patient, and for the identity
desk; ``emergency`` opens a record out of one's care, with a reason and a review.
"""
Via = Literal["session", "token", "oidc", "demo"]

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    "clinician": frozenset({"read", "ask", "converse", "upload", "delete", "emergency"}),
    "researcher": frozenset({"read", "ask", "converse", "reports"}),
    "service": frozenset({"read", "ask", "upload"}),
    "admin": frozenset({"read", "ask", "converse", "upload", "curate", "delete", "reports", "audit"}),
}

_CALLER, _REFUSAL, _AGAIN = "traboule.caller", "traboule.refusal", "traboule.again"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is signed in. ``account_id`` owns conversations and takes a place in the queue; ``csrf`` is set for
    cookie sessions.

    While ``must_change`` is set, the password was made for the account: it serves to choose another and for
    nothing else.
    """

    account_id: str
    name: str
    role: Role
    permissions: frozenset[Permission]
    scope: Scope
    via: Via
    display_name: str = ""
    csrf: str | None = None
    must_change: bool = False


Again = Callable[[], Caller]
"""Looks a caller up anew, past everything that is remembered. Raises ``NotSignedIn`` and blocks."""

DEMO_CALLER = Caller(
    account_id="demo",
    name="demo",
    role="clinician",
    permissions=PERMISSIONS["clinician"] | {"curate", "reports"},
    scope=Scope.everything(),
    via="demo",
    display_name="Dr Démo",
)


def set_caller(request: Request, caller: Caller) -> None:
    """Note who calls."""
    request.scope[_CALLER] = caller


def set_refusal(request: Request, refusal: TrabouleError) -> None:
    """Note why nobody is signed in, where credentials were given."""
    request.scope[_REFUSAL] = refusal


def set_again(request: Request, again: Again) -> None:
    """Note how to look the caller up once more, as an answer that takes long does."""
    request.scope[_AGAIN] = again


def found_again(request: Request) -> Again | None:
    """Return how to look the caller up once more; None in the demonstration."""
    again: Again | None = request.scope.get(_AGAIN)
    return again


def found_caller(request: Request) -> Caller | None:
    """Return the caller, None where nobody is signed in."""
    caller: Caller | None = request.scope.get(_CALLER)
    return caller


def signed_in(request: Request) -> Caller:
    """Return the caller.

    Raises:
        NotSignedIn: there is none.
        Forbidden: there is one whose request must not be obeyed.
    """
    if refusal := request.scope.get(_REFUSAL):
        raise refusal
    caller = found_caller(request)
    if caller is None:
        raise NotSignedIn("not_signed_in")
    return caller


def permitted(request: Request, permission: Permission) -> Caller:
    """Return the caller. Raises as ``signed_in`` does, and ``Forbidden`` where the role does not include the
    permission.
    """
    caller = signed_in(request)
    if caller.must_change:
        raise Forbidden("password_must_change")
    if permission not in caller.permissions:
        raise Forbidden("role_not_allowed", permission=permission)
    return caller
