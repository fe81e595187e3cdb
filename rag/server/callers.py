"""Who calls, and what they may do: roles, permissions, scope. The one table of roles is here.

A caller comes from a session cookie, a bearer token or the demonstration; never from anything that a question says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import Depends, Request

from rag.access import Scope
from rag.server.refusals import Forbidden, NotSignedIn

Role = Literal["clinician", "researcher", "service", "admin"]
Permission = Literal["read", "ask", "converse", "upload", "curate", "delete", "reports", "audit", "accounts"]
"""``read`` searches and opens documents; ``converse`` keeps conversations and gives feedback; ``upload`` and ``delete`` are for documents
of patients in scope, ``curate`` for those of no patient."""
Via = Literal["session", "token", "oidc", "demo"]

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    "clinician": frozenset({"read", "ask", "converse", "upload", "delete"}),
    "researcher": frozenset({"read", "ask", "converse", "reports"}),
    "service": frozenset({"read", "ask", "upload"}),
    "admin": frozenset({"read", "ask", "converse", "upload", "curate", "delete", "reports", "audit", "accounts"}),
}


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is signed in. ``account_id`` owns conversations and takes a place in the queue; ``csrf`` is set for cookie sessions."""

    account_id: str
    name: str
    role: Role
    permissions: frozenset[Permission]
    scope: Scope
    via: Via
    display_name: str = ""
    csrf: str | None = None


class Needs:
    """A dependency of a route: a caller who has this permission."""

    def __init__(self, permission: Permission) -> None:
        self.permission = permission

    def __call__(self, request: Request) -> Caller:
        """Return the caller.

        Raises:
            NotSignedIn: there is none.
            Forbidden: the role does not include the permission.
        """
        caller = signed_in(request)
        if self.permission not in caller.permissions:
            raise Forbidden("role_not_allowed", permission=self.permission)
        return caller


def signed_in(request: Request) -> Caller:
    """Return the caller that the authentication found. Raises ``NotSignedIn``."""
    caller = found_caller(request)
    if caller is None:
        raise NotSignedIn("not_signed_in")
    return caller


def found_caller(request: Request) -> Caller | None:
    """Return the caller, None where nobody is signed in."""
    caller: Caller | None = request.scope.get("traboule.caller")
    return caller


Reader = Annotated[Caller, Depends(Needs("read"))]
Asker = Annotated[Caller, Depends(Needs("ask"))]
Converser = Annotated[Caller, Depends(Needs("converse"))]
Uploader = Annotated[Caller, Depends(Needs("upload"))]
Deleter = Annotated[Caller, Depends(Needs("delete"))]
ReportReader = Annotated[Caller, Depends(Needs("reports"))]
Auditor = Annotated[Caller, Depends(Needs("audit"))]
AccountAdmin = Annotated[Caller, Depends(Needs("accounts"))]
