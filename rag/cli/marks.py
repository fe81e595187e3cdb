"""What a reader must see at once: that an article was retracted, what kind of evidence it is, that a machine
read a text from a picture.
"""

from __future__ import annotations

from rich.text import Text

from rag.cli.session import Session
from rag.messages import catalogue


def marks(session: Session, evidence_level: str, retracted: bool, derived: bool = False) -> Text:
    """Return the marks to print before a title, in the user's language; nothing where there are none."""
    known = f"level.{evidence_level}" in catalogue(session.language)
    level = session.say(f"level.{evidence_level}") if known else evidence_level
    warning = f"{session.say('level.retracted')} " if retracted else ""
    read = f"[{session.say('documents.derived')}] " if derived else ""
    return Text.assemble(
        (warning, "bold white on red"), (f"[{level}] " if level else "", "green"), (read, "yellow")
    )
