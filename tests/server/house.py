"""A served home with people: a clinician who cares for DEMO-A alone, a researcher, a service and an
administrator.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from llama_index.core.llms.llm import LLM

from rag.server.identity import passwords
from rag.store.people.accounts import ROLES, NewAccount
from tests.server.serving import Served, served

PASSWORD = "correct-horse-battery"


@dataclass(frozen=True)
class House:
    served: Served
    token_of: dict[str, str]

    def api(self, name: str, **headers: str) -> httpx.Client:
        return self.served.client(Authorization=f"Bearer {self.token_of[name]}", **headers)


@contextmanager
def inhabited(folder: Path, *, llm: LLM | None = None, **server: object) -> Iterator[House]:
    """Serve a home whose accounts are named by their roles."""
    with served(folder, demo=False, llm=llm, **server) as found:
        accounts, tokens = found.services.accounts, {}
        digest = passwords.digest(PASSWORD)
        for role in ROLES:
            account = accounts.add(
                NewAccount(role, role, digest, all_patients=role == "admin"), must_change=False
            )
            tokens[role] = accounts.make_token(account.account_id, "test", None)[1]
            if role == "clinician":
                accounts.grant(f"account:{account.account_id}", ["DEMO-A"])
        yield House(found, tokens)
