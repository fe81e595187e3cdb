"""What is withdrawn while an answer streams is not shown: within a second the stream ends, whatever was
withdrawn and however.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.server.house import House, inhabited
from tests.server.serving import events_of
from tests.server.test_turns import SCRIPT, HeldLLM

QUESTION = {"question": "Quelles ont été les pertes sanguines ?", "patient_id": "DEMO-A", "stream": True}
Withdraw = Callable[[House], None]


@pytest.fixture
def llm() -> HeldLLM:
    return HeldLLM(script=SCRIPT)


@pytest.fixture
def house(tmp_path: Path, llm: HeldLLM) -> Iterator[House]:
    with inhabited(tmp_path, llm=llm) as found:
        yield found
        llm._go.set()


def account_of(house: House) -> str:
    return house.served.services.accounts.named("clinician").account_id


def patient_taken_back(house: House) -> None:
    house.served.services.accounts.revoke(f"account:{account_of(house)}", ["DEMO-A"])


def account_closed(house: House) -> None:
    house.served.services.accounts.set_disabled(account_of(house), True)


def token_revoked(house: House) -> None:
    (token,) = house.served.services.accounts.tokens_of(account_of(house))
    house.served.services.accounts.drop_token(token.token_id)


@pytest.mark.parametrize("withdraw", [patient_taken_back, account_closed, token_revoked])
def test_a_stream_ends_within_a_second_of_what_is_withdrawn(house: House, withdraw: Withdraw) -> None:
    with house.api("clinician") as client, client.stream("POST", "/v1/ask", json=QUESTION) as answer:
        assert answer.status_code == 200
        events = events_of(answer)
        assert next(events)[0] == "evidence"
        withdraw(house)
        began = time.monotonic()
        name, data = next(event for event in events if event[0] != "queued")
        assert name == "error"
        assert '"access_withdrawn"' in data or '"not_signed_in"' in data
        assert time.monotonic() - began <= 1.0
        assert list(events) == []
    with house.api("clinician") as client:  # and what begins anew is refused within the second too
        time.sleep(max(0.0, 1.0 - (time.monotonic() - began)))
        assert client.post("/v1/ask", json=QUESTION).status_code in (401, 403)


def test_an_answer_about_another_patient_goes_on(house: House, llm: HeldLLM) -> None:
    accounts = house.served.services.accounts
    accounts.grant(f"account:{account_of(house)}", ["DEMO-B"])
    time.sleep(1.1)
    with house.api("clinician") as client, client.stream("POST", "/v1/ask", json=QUESTION) as answer:
        events = events_of(answer)
        assert next(events)[0] == "evidence"
        accounts.revoke(f"account:{account_of(house)}", ["DEMO-B"])
        time.sleep(1.2)
        llm._go.set()
        assert [name for name, _ in events if name != "queued"][-1] == "done"
