"""``/v1/session``: who is signed in, signing in and out, choosing a password."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field, SecretStr

from rag.server.http.problems import language_of
from rag.server.http.refusals import Forbidden
from rag.server.identity.callers import Caller, Permission, Via, found_caller, signed_in
from rag.server.identity.entrance import AtEntrance, Entrance
from rag.server.schemas import Id, RequestBody
from rag.store.people.accounts import Role

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


class SignIn(RequestBody):
    """Name and password; `patient_ids` narrows the session to the patients in care now."""

    name: str = Field(max_length=200)
    password: Password
    patient_ids: list[Id] | None = Field(None, max_length=10_000)


class NewPassword(RequestBody):
    """The password that was, and the one to be, of at least 12 characters."""

    current: Password
    new: Password


@router.get("", response_model=SessionJson)
async def session(request: Request, entrance: AtEntrance) -> SessionJson:
    """Say who is signed in. Without a caller it says how to sign in, and nothing else."""
    return session_json(found_caller(request), entrance, language_of(request))


@router.post("", response_model=SessionJson)
async def sign_in(body: SignIn, request: Request, response: Response, entrance: AtEntrance) -> SessionJson:
    """Sign in with a password and get the session cookie."""
    key, caller = await entrance.sign_in(body.name, body.password.get_secret_value(), body.patient_ids)
    set_cookie(response, entrance, key)
    return session_json(caller, entrance, language_of(request))


@router.delete("", status_code=204)
async def sign_out(request: Request, response: Response, entrance: AtEntrance, caller: SignedIn) -> None:
    """Sign out: the session ends on the server too."""
    key = request.cookies.get(entrance.cookie)
    if key:
        await entrance.sign_out(key, caller)
    _drop_cookie(response, entrance)


@router.post("/password", status_code=204)
async def change_password(
    body: NewPassword, response: Response, entrance: AtEntrance, caller: SignedIn
) -> None:
    """Choose another password. Every session of the account ends: sign in again."""
    if caller.via != "session":
        raise Forbidden("password_not_here")
    await entrance.change_password(caller, body.current.get_secret_value(), body.new.get_secret_value())
    _drop_cookie(response, entrance)


def set_cookie(response: Response, entrance: Entrance, key: str) -> None:
    """Give the browser the key of its session: no script sees it, no other site sends it."""
    age, secure = entrance.session_s, entrance.https
    response.set_cookie(
        entrance.cookie, key, max_age=age, path="/", secure=secure, httponly=True, samesite="strict"
    )


def session_json(caller: Caller | None, entrance: Entrance, language: str) -> SessionJson:
    """Return the session of a caller as JSON."""
    common = {"demo": entrance.demo, "language": language, "sign_in": entrance.ways}
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
            "scope": {
                "patient_ids": None if patients is None else sorted(patients),
                "literature": caller.scope.literature,
            },
            "via": caller.via,
            "csrf": caller.csrf,
            "must_change_password": caller.must_change,
        }
    )


def _drop_cookie(response: Response, entrance: Entrance) -> None:
    response.delete_cookie(entrance.cookie, path="/", secure=entrance.https, httponly=True, samesite="strict")
