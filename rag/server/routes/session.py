"""``/v1/session``: who is signed in, signing in and out, choosing a password."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field, SecretStr

from rag.server.callers import Caller, Permission, Via, found_caller, signed_in
from rag.server.problems import language_of, request_id_of
from rag.server.refusals import Forbidden, NotSignedIn
from rag.server.schemas import Body, Id
from rag.server.services import Served, Services
from rag.store.accounts import Role
from rag.store.audit import AuditEntry

router = APIRouter(prefix="/v1/session", tags=["session"])
SignedIn = Annotated[Caller, Depends(signed_in)]
Password = Annotated[SecretStr, Field(max_length=1000)]


class ScopeJson(BaseModel):
    """What the caller may read. `patient_ids` is null for all patients."""

    patient_ids: list[str] | None
    literature: bool


class SessionJson(BaseModel):
    """Who is signed in. `csrf` goes back in the header `X-CSRF-Token` of every request that writes."""

    signed_in: bool
    demo: bool
    language: Literal["fr", "en"]
    sign_in: list[Literal["password", "oidc"]]
    name: str | None = None
    display_name: str | None = None
    role: Role | None = None
    permissions: list[Permission] = []
    scope: ScopeJson | None = None
    via: Via | None = None
    csrf: str | None = None
    must_change_password: bool = False


class SignIn(Body):
    """Name and password; `patient_ids` narrows the session to the patients in care now."""

    name: str = Field(max_length=200)
    password: Password
    patient_ids: list[Id] | None = Field(None, max_length=10_000)


class NewPassword(Body):
    """The password that was, and the one to be, of at least 12 characters."""

    current: Password
    new: Password


@router.get("", response_model=SessionJson)
async def session(request: Request, services: Served) -> SessionJson:
    """Say who is signed in. Without a caller it says how to sign in, and nothing else."""
    return session_json(found_caller(request), services, language_of(request))


@router.post("", response_model=SessionJson)
async def sign_in(body: SignIn, request: Request, response: Response, services: Served) -> SessionJson:
    """Sign in with a password and get the session cookie."""
    secret = body.password.get_secret_value()
    try:
        key, caller = await services.signing.run(services.identities.sign_in, body.name, secret, body.patient_ids)
    except NotSignedIn:
        await _note(services, request, None, "sign_in", "denied")
        raise
    await _note(services, request, caller, "sign_in", "allowed")
    set_cookie(response, services, key)
    return session_json(caller, services, language_of(request))


@router.delete("", status_code=204)
async def sign_out(request: Request, response: Response, services: Served, caller: SignedIn) -> None:
    """Sign out: the session ends on the server too."""
    key = request.cookies.get(services.cookie)
    if key:
        await services.signing.run(services.identities.sign_out, key)
        await _note(services, request, caller, "sign_out", "allowed")
    response.delete_cookie(services.cookie, path="/", secure=services.https, httponly=True, samesite="strict")


@router.post("/password", status_code=204)
async def change_password(body: NewPassword, request: Request, response: Response, services: Served, caller: SignedIn) -> None:
    """Choose another password. Every session of the account ends: sign in again."""
    if caller.via != "session":
        raise Forbidden("password_not_here")
    current, new = body.current.get_secret_value(), body.new.get_secret_value()
    await services.signing.run(services.identities.change_password, caller, current, new)
    await _note(services, request, caller, "change_password", "allowed")
    response.delete_cookie(services.cookie, path="/", secure=services.https, httponly=True, samesite="strict")


def set_cookie(response: Response, services: Services, key: str) -> None:
    """Give the browser the key of its session: no script sees it, no other site sends it."""
    age = round(3600 * services.settings.server.session_hours)
    response.set_cookie(services.cookie, key, max_age=age, path="/", secure=services.https, httponly=True, samesite="strict")


def session_json(caller: Caller | None, services: Services, language: str) -> SessionJson:
    """Return the session of a caller as JSON."""
    oidc = services.identities.oidc
    ways = ["password", *(["oidc"] if oidc is not None and oidc.has_sign_in_page else [])]
    common = {"demo": services.demo, "language": language, "sign_in": [] if services.demo else ways}
    if caller is None:
        return SessionJson.model_validate({"signed_in": False, **common})
    patients = caller.scope.patient_ids
    return SessionJson.model_validate(
        {
            **common,
            "signed_in": True,
            "name": caller.name,
            "display_name": caller.display_name or caller.name,
            "role": caller.role,
            "permissions": [] if caller.must_change else sorted(caller.permissions),
            "scope": {"patient_ids": None if patients is None else sorted(patients), "literature": caller.scope.literature},
            "via": caller.via,
            "csrf": caller.csrf,
            "must_change_password": caller.must_change,
        }
    )


async def _note(services: Services, request: Request, caller: Caller | None, action: str, outcome: Literal["allowed", "denied"]) -> None:
    """Write to the audit. The name that was tried is not kept: people type passwords into the wrong field."""
    who = (caller.account_id, caller.name, caller.via) if caller else ("-", "-", "session")
    await services.threads.run(services.audit.write, [AuditEntry(*who, action, request_id_of(request), outcome)])
