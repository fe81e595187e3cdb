"""What the test of lost uploads runs and kills: takes files in and reads them, as the server does. Says
"ready" once all of them are taken in.
"""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rag.build import open_home
from rag.home import OpenHome
from rag.server.monitoring.metrics import Metrics
from rag.server.uploads.inbox import Inbox
from rag.store.people.uploads import Right
from tests.server.serving import settings_for

ACCOUNT = "anne"


@contextmanager
def inbox_of(folder: Path) -> Iterator[tuple[OpenHome, Inbox]]:
    home = folder / "home"
    with open_home(settings_for(folder), home, allow_fallback=True) as opened:
        inbox = Inbox(opened, home, Metrics())
        try:
            yield opened, inbox
        finally:
            inbox.close()


def texts(count: int) -> list[str]:
    return [f"Note {number}. " + f"Le patient {number} marche sans canne. " * 40 for number in range(count)]


def send(inbox: Inbox, count: int) -> None:
    right = Right(("DEMO-A",), curate=False)
    for number, text in enumerate(texts(count)):
        file = (f"note{number}.txt", io.BytesIO(text.encode()))
        inbox.take(ACCOUNT, right, {"patient_id": "DEMO-A"}, [file])


if __name__ == "__main__":
    with inbox_of(Path(sys.argv[1])) as (_, taking):
        send(taking, int(sys.argv[2]))
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        while taking.store.unfinished():
            time.sleep(0.05)
