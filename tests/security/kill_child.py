"""What the test of kills runs and kills: erases a patient, or opens a home that an older version wrote. Says
"ready" when it begins and "done" when it ends.
"""

from __future__ import annotations

import sys
from pathlib import Path

from rag.build import open_home
from rag.store.database import Database
from tests.server.serving import settings_for


def say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    what, folder = sys.argv[1], Path(sys.argv[2])
    if what == "forget":
        with open_home(settings_for(folder), folder / "home", allow_fallback=True) as opened:
            say("ready")
            opened.forget(patient_id="DEMO-A")
    else:
        say("ready")
        Database.open(folder / "home").close()
    say("done")
