"""``GET /v1/session``: who is signed in, and what the page may offer."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel

from rag.server.callers import Caller, Permission, Role, Via, found_caller
from rag.server.problems import language_of
from rag.server.services import Served

router = APIRouter(prefix="/v1", tags=["session"])


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


@router.get("/session", response_model=SessionJson)
async def session(request: Request, services: Served) -> SessionJson:
    """Say who is signed in. Without a caller it says how to sign in, and nothing else."""
    return session_json(found_caller(request), services.demo, language_of(request))


def session_json(caller: Caller | None, demo: bool, language: str) -> SessionJson:
    """Return the session of a caller as JSON."""
    common = {"demo": demo, "language": language, "sign_in": [] if demo else ["password"]}
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
            "permissions": sorted(caller.permissions),
            "scope": {"patient_ids": None if patients is None else sorted(patients), "literature": caller.scope.literature},
            "via": caller.via,
            "csrf": caller.csrf,
        }
    )
