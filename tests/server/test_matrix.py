"""Every route of the OpenAPI document, as every role and as nobody. The table is written by hand: what each
role may do is a decision.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from rag.server.identity.callers import PERMISSIONS
from tests.server.house import House, inhabited

ROLES_OF = {
    "read": {"clinician", "researcher", "service", "admin"},
    "ask": {"clinician", "researcher", "service", "admin"},
    "converse": {"clinician", "researcher", "admin"},
    "upload": {"clinician", "service", "admin"},
    "delete": {"clinician", "admin"},
    "reports": {"researcher", "admin"},
    "audit": {"admin"},
    "curate": {"admin"},
    "emergency": {"clinician"},
}
PUBLIC = {
    ("GET", "/v1/session"),
    ("POST", "/v1/session"),
    ("GET", "/v1/session/oidc"),
    ("GET", "/v1/session/oidc/callback"),
    ("GET", "/livez"),
    ("GET", "/readyz"),
    ("GET", "/metrics"),
}
OWN_SESSION = {("DELETE", "/v1/session"), ("POST", "/v1/session/password")}
"""Any caller; nobody is refused."""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with inhabited(tmp_path_factory.mktemp("matrix")) as found:
        yield found


@pytest.fixture(scope="module")
def operations(house: House) -> dict[tuple[str, str], Any]:
    with house.served.client() as client:
        paths = client.get("/openapi.json").json()["paths"]
    return {
        (method.upper(), path): operation
        for path, methods in paths.items()
        for method, operation in methods.items()
    }


def send(client: httpx.Client, method: str, path: str) -> int:
    """Send a request that would do nothing: ids that do not exist, bodies that do not fit."""
    address = path.replace("{number}", "1")
    for name in (
        "doc_id",
        "patient_id",
        "conversation_id",
        "upload_id",
        "proposal_id",
        "emergency_id",
        "name",
    ):
        address = address.replace(f"{{{name}}}", "does-not-exist")
    body = {"json": {"nothing": "fits"}} if method in ("POST", "PATCH") else {}
    return client.request(method, address, **body).status_code  # type: ignore[arg-type]


def test_every_route_asks_for_a_permission_or_is_meant_for_all(
    operations: dict[tuple[str, str], Any],
) -> None:
    without = {place for place, operation in operations.items() if operation["x-permission"] is None}
    assert without == PUBLIC | OWN_SESSION
    assert {operation["x-permission"] for operation in operations.values()} - {None} == set(ROLES_OF)


def test_no_role_may_more_than_the_table_says() -> None:
    for role, permissions in PERMISSIONS.items():
        assert permissions == {permission for permission, roles in ROLES_OF.items() if role in roles}


def test_each_route_lets_in_the_roles_of_its_permission_and_nobody_else(
    house: House, operations: dict[tuple[str, str], Any]
) -> None:
    wrong = []
    for role in ("nobody", *PERMISSIONS):
        with house.served.client() if role == "nobody" else house.api(role) as client:
            for (method, path), operation in operations.items():
                status = send(client, method, path)
                if (method, path) in PUBLIC:
                    right = status not in (403, 500)
                elif role == "nobody":
                    right = status == 401
                elif (method, path) in OWN_SESSION:
                    right = status != 401
                elif role in ROLES_OF[operation["x-permission"]]:
                    right = status in (200, 404, 422)
                else:
                    right = status == 403
                if not right:
                    wrong.append((role, method, path, status))
    assert wrong == []


def test_the_assistants_endpoint_is_closed_to_nobody_alone(house: House) -> None:
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    with house.served.client() as client:
        assert client.post("/mcp", json=body).status_code == 401
    for role in PERMISSIONS:
        with house.api(role, Accept="application/json, text/event-stream") as client:
            assert client.post("/mcp", json=body).status_code != 401


def test_every_route_names_its_problems_and_types_what_it_gives(
    operations: dict[tuple[str, str], Any],
) -> None:
    for place, operation in operations.items():
        assert operation["description"], place
        if operation["x-permission"]:
            assert {"401", "403", "404", "422", "429"} <= operation["responses"].keys(), place
            assert operation["security"], place
        for status, response in operation["responses"].items():
            if status.startswith("2") and status != "204":
                assert all(media.get("schema") for media in response["content"].values()), place
