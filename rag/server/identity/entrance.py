"""The door before there is a caller: signing in and out, by password or through the identity provider, each
written to the audit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import Depends, Request

from rag.core.errors import NotFound
from rag.server.http.problems import address_of, request_id_of
from rag.server.http.refusals import NotSignedIn, TooBusy
from rag.server.identity.callers import Caller
from rag.server.identity.oidc import Oidc
from rag.server.services import Services, services_of
from rag.store.people.audit_entries import Accessor, Outcome

Way = Literal["password", "oidc"]
_SIGN_IN_AGAIN_S = 10


@dataclass(frozen=True, slots=True)
class Entrance:
    """One request that signs somebody in or out."""

    _services: Services
    request_id: str
    address: str = ""

    @property
    def demo(self) -> bool:
        """Tell whether this is the demonstration, which knows no sign-in."""
        return self._services.demo

    @property
    def https(self) -> bool:
        """Tell whether cookies are for HTTPS only."""
        return self._services.https

    @property
    def cookie(self) -> str:
        """Return the name of the session cookie."""
        return self._services.cookie

    @property
    def session_s(self) -> int:
        """Return how long a session may last, in seconds."""
        return round(3600 * self._services.settings.server.session_hours)

    @property
    def public_url(self) -> str | None:
        """Return the address that browsers use, where the settings say it."""
        return self._services.settings.server.public_url

    @property
    def ways(self) -> list[Way]:
        """Return how people may sign in here."""
        if self.demo:
            return []
        oidc = self._services.identities.oidc
        return ["password", "oidc"] if oidc is not None and oidc.has_sign_in_page else ["password"]

    async def sign_in(self, name: str, password: str, patients: Iterable[str] | None) -> tuple[str, Caller]:
        """Open a session. The name that was tried is not kept: people type passwords into the wrong field.

        Raises:
            NotSignedIn: name and password do not fit.
            TooBusy: this address failed too often, or too many sign in at once.
        """
        await self._spend()
        try:
            key, caller = await self._services.passwords.run(
                self._services.identities.sign_in, name, password, patients
            )
        except NotSignedIn:
            await self._note(None, "sign_in", "denied")
            raise
        self._services.strangers.signing.give_back(self.address)
        await self._note(caller, "sign_in")
        return key, caller

    async def sign_out(self, key: str, caller: Caller) -> None:
        """End a session on the server too."""
        await self._services.signing.run(self._services.identities.sign_out, key)
        await self._note(caller, "sign_out")

    async def change_password(self, caller: Caller, current: str, new: str) -> None:
        """Choose another password; every session of the account ends. Raises as
        ``Identities.change_password`` does."""
        await self._spend()
        try:
            await self._services.passwords.run(
                self._services.identities.change_password, caller, current, new
            )
        except NotSignedIn:
            await self._note(caller, "change_password", "denied")
            raise
        self._services.strangers.signing.give_back(self.address)
        await self._note(caller, "change_password")

    async def begin_at_provider(self, redirect_uri: str) -> tuple[str, str]:
        """Return a key for the browser's cookie and the provider's address to go to. Raises ``NotFound``
        where there is no provider."""
        return await self._services.provider.run(self._provider().begin, redirect_uri)

    async def finish_at_provider(
        self, key: str, state: str, code: str, redirect_uri: str
    ) -> tuple[str, Caller]:
        """Open a session for whom the provider has let in. Raises as ``Oidc.finish`` does."""
        provider = self._provider()
        if not (key and state and code):
            raise NotSignedIn("sign_in_refused")

        def opened_session() -> tuple[str, Caller]:
            return self._services.identities.sign_in_as(provider.finish(key, state, code, redirect_uri))

        session, caller = await self._services.provider.run(opened_session)
        await self._note(caller, "sign_in")
        return session, caller

    async def _spend(self) -> None:
        """Take one checking of a password from the budget of the address."""
        services = self._services
        if services.strangers.signing.take(self.address):
            return
        if due := services.refused.due(self.address, "too_many_sign_ins", self.request_id):
            await services.signing.run(services.audit.write, due)
        await services.strangers.pause()
        raise TooBusy("too_many_sign_ins", _SIGN_IN_AGAIN_S)

    def _provider(self) -> Oidc:
        provider = self._services.identities.oidc
        if provider is None or not provider.has_sign_in_page:
            raise NotFound("oidc_not_set_up")
        return provider

    async def _note(self, caller: Caller | None, action: str, outcome: Outcome = "allowed") -> None:
        who = (caller.account_id, caller.name, caller.via) if caller else ("-", "-", "session")
        accessor = Accessor(*who, self.request_id, self.address)
        await self._services.signing.run(self._services.audit.write, accessor.entries(action, (), outcome))


def entrance_of(request: Request) -> Entrance:
    """Return the entrance of the application that a request came to."""
    return Entrance(services_of(request), request_id_of(request), address_of(request))


AtEntrance = Annotated[Entrance, Depends(entrance_of)]
