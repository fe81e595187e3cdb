"""When the language model fails: one question is a value that a resumed run asks again; several in a row are
an outage, which ends the run.

An answer written without the model, because it failed, says nothing of the model: it must not be scored as if
the model had written it.
"""

from __future__ import annotations

from rag.core.errors import Unavailable

NOTICES = frozenset({"llm_unavailable", "llm_stopped"})
"""Notices of an answer that the model was asked for and did not write, or not to its end."""
TIMEOUTS = frozenset({"llm_timeout", "llm_server_timeout"})
ASKED_AGAIN = NOTICES | TIMEOUTS
"""Errors of questions that a resumed run asks again."""
_MOST_IN_A_ROW = 3


class Outage:
    """Counts the questions in a row that the model failed; those that it was not needed for, as an
    abstention, are no sign of life.
    """

    def __init__(self) -> None:
        self._row = 0

    def heed(self, error: str | None, *, wrote: bool) -> None:
        """Take note of how a question ended: with which error, and whether the model wrote anything.

        Raises:
            Unavailable: the model failed so many in a row that it would fail every one.
        """
        self._row = self._row + 1 if error in ASKED_AGAIN else 0 if wrote else self._row
        if self._row == _MOST_IN_A_ROW:
            raise Unavailable("eval_model_lost", count=_MOST_IN_A_ROW)
