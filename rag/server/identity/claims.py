"""What the identity provider says of somebody, as an identity of this home. The settings name the claims."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rag.server.http.refusals import Forbidden
from rag.server_settings import OidcSettings
from rag.store.people.accounts import Role

Claims = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Identity:
    """Who somebody is, as the provider says. ``patients`` are named outright, ``groups`` are groups of
    patients of this home."""

    account_id: str
    name: str
    display_name: str
    role: Role
    groups: tuple[str, ...]
    patients: tuple[str, ...]
    all_patients: bool


def identity_of(claims: Claims, told: OidcSettings) -> Identity:
    """Return who the claims of a checked token speak of. Raises ``Forbidden`` where they name no role that is
    known here."""
    values = _texts(_claim(claims, told.role_claim))
    role = next((role for name, role in told.roles.items() if name in values), None)
    if role is None:
        raise Forbidden("oidc_no_role")
    groups = _texts(_claim(claims, told.groups_claim))
    name = str(claims.get(told.name_claim) or claims["sub"])[:80]
    return Identity(
        account_id="oidc:" + hashlib.sha256(f"{told.issuer}\0{claims['sub']}".encode()).hexdigest()[:24],
        name=name,
        display_name=str(claims.get("name") or name)[:200],
        role=role,
        groups=tuple(sorted(groups)),
        patients=tuple(sorted(_texts(_claim(claims, told.patients_claim)))),
        all_patients=told.all_patients_group is not None and told.all_patients_group in groups,
    )


def is_for_client(claims: Claims, client_id: str) -> bool:
    """Tell whether an ID token was issued to this client: ``azp`` names it, and is there where several
    audiences are (OpenID Connect Core 1.0, section 3.1.3.7, points 4 and 5)."""
    audience, party = claims.get("aud"), claims.get("azp")
    if party is None:
        return not (isinstance(audience, list) and len(audience) > 1)
    return bool(party == client_id)


def _claim(claims: Claims, path: str) -> object:
    """Return a claim by its name; dots lead into nested claims, as in ``realm_access.roles``."""
    if path in claims:
        return claims[path]
    value: object = claims
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _texts(value: object) -> frozenset[str]:
    if isinstance(value, str):
        return frozenset({value})
    return frozenset(one for one in value if isinstance(one, str)) if isinstance(value, list) else frozenset()
