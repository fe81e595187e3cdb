"""Reads pictures of pages with Tesseract, the program, in French and English: upright, straightened, with how
sure it was.

The program runs for itself, so that neither a crash nor an endless page of its can take the ingest along.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from rag.ingest.pdf.layout import Line
from rag.ingest.pictures.ocr_turn import straightening, turned
from rag.ingest.pictures.ocr_words import Read, lines_from, words_from

if TYPE_CHECKING:
    from PIL.Image import Image

DOTS = 300
"""Dots an inch at which Tesseract reads best."""

LOW_CONFIDENCE = 0.7
"""Below this a page is turned and tried again, and in the end reported: about one word in five is then wrong.
"""

_FEW_WORDS = 8
_MOSTLY = 0.7
_SURE = 0.5
_INK = 128
_LEAST_INK = 2e-5
_POINTS = 72.0


@dataclass(frozen=True, slots=True)
class ReadPage:
    """The lines of a picture of a page, in points of the page as it is shown after it was turned by ``turn``
    degrees counter-clockwise.
    """

    lines: tuple[Line, ...]
    confidence: float
    turn: float


class NotRead(Exception):
    """A picture could not be read: the key of the message that says why, and its variables except for the
    file and its pages.
    """

    def __init__(self, key: str, **reason: object) -> None:
        super().__init__(key)
        self.key, self.reason = key, reason


class Tesseract:
    """Tesseract with some languages, e.g. ``fra+eng``; ``seconds`` is the most that one page may take."""

    def __init__(self, languages: str = "fra+eng", seconds: float = 60.0) -> None:
        self._languages, self._seconds = languages, seconds
        self._program = shutil.which("tesseract")

    @property
    def name(self) -> str:
        """Name what reads, for a parser's version: installing it has files without text read again."""
        return f"tesseract-{self._version}-{self._languages}" if self.problem is None else "unread"

    @cached_property
    def problem(self) -> str | None:
        """Return the key of the message that says what is missing, None where nothing is."""
        if self._program is None:
            return "ocr_missing"
        missing = set(self._languages.split("+")) - set(self._said("--list-langs").split())
        return "ocr_language_missing" if missing else None

    @cached_property
    def _version(self) -> str:
        found = re.search(r"tesseract v?(\d[\w.]*)", self._said("--version"))
        return found[1] if found else "unknown"

    @property
    def wanted(self) -> dict[str, str]:
        """Return the variables of the message that ``problem`` names."""
        packages = [
            f"tesseract-ocr-{language}" for language in self._languages.split("+") if language != "eng"
        ]
        return {"languages": self._languages, "packages": " ".join(["tesseract-ocr", *packages])}

    def read(self, picture: Image, dots: float = DOTS) -> ReadPage:
        """Read a picture of a page at ``dots`` an inch, the way up that reads best.

        Raises:
            NotRead: Tesseract failed, or took longer than it may.
        """
        grey = picture.convert("L")
        if _is_blank(grey):
            return ReadPage((), 1.0, 0.0)
        limit = time.monotonic() + self._seconds
        skew = straightening(grey)
        turn, words = skew, self._words(turned(grey, skew), limit)
        if _is_doubtful(words):
            turn, words = self._turned_better(grey, turn, words, limit)
        shown = turned(grey, turn)
        return ReadPage(
            tuple(lines_from(words, shown.width, shown.height, _POINTS / dots)), _confidence(words), turn
        )

    def _turned_better(
        self, grey: Image, turn: float, words: tuple[Read, ...], limit: float
    ) -> tuple[float, tuple[Read, ...]]:
        """Return the turn at which a page reads best, and its words; what was read first where time runs
        out.
        """
        try:
            for quarter in self._quarters(grey, limit):
                tried = quarter + straightening(turned(grey, quarter))
                again = self._words(turned(grey, tried), limit)
                if _merit(again) > _merit(words):
                    turn, words = tried, again
        except NotRead:
            pass
        return turn, words

    def _quarters(self, grey: Image, limit: float) -> tuple[int, ...]:
        """Return the quarter turns worth trying: the one that Tesseract proposes where it proposes one, else
        all.
        """
        said = self._run(grey, "osd", "0", "", limit).decode("utf-8", "replace") if self._knows_turns else ""
        found = re.search(r"Rotate: (\d+)", said)
        if found is None:
            return (90, 180, 270)
        clockwise = int(found[1])
        return (360 - clockwise,) if clockwise else ()

    @cached_property
    def _knows_turns(self) -> bool:
        return "osd" in self._said("--list-langs").split()

    def _words(self, grey: Image, limit: float) -> tuple[Read, ...]:
        return words_from(self._run(grey, self._languages, "3", "tsv", limit).decode("utf-8", "replace"))

    def _run(self, grey: Image, languages: str, mode: str, output: str, limit: float) -> bytes:
        header = f"P5 {grey.width} {grey.height} 255\n".encode()
        command = [
            str(self._program),
            "stdin",
            "stdout",
            "-l",
            languages,
            "--psm",
            mode,
            "--dpi",
            str(DOTS),
            *filter(None, [output]),
        ]
        try:
            done = subprocess.run(  # noqa: S603 - our own program, no words of a document among its arguments
                command,
                input=header + grey.tobytes(),
                capture_output=True,
                timeout=max(0.001, limit - time.monotonic()),
                env=_alone(),
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise NotRead(
                "ocr_too_slow", seconds=f"{self._seconds:g}", setting="ingest.ocr_seconds"
            ) from None
        except OSError as error:
            raise NotRead("ocr_failed", reason=error.strerror or type(error).__name__) from None
        if done.returncode and mode != "0":  # asked for the orientation, it fails on a page with few letters
            raise NotRead("ocr_failed", reason=f"exit code {done.returncode}")
        return done.stdout

    def _said(self, option: str) -> str:
        try:
            done = subprocess.run([str(self._program), option], capture_output=True, timeout=20, check=False)  # noqa: S603
        except (OSError, subprocess.TimeoutExpired):
            return ""
        return (done.stdout + done.stderr).decode("utf-8", "replace")


def _alone() -> dict[str, str]:
    """Tesseract's own threads cost more than they bring."""
    return {**os.environ, "OMP_THREAD_LIMIT": "1"}


def _is_blank(grey: Image) -> bool:
    histogram = grey.histogram()
    return sum(histogram[:_INK]) < _LEAST_INK * grey.width * grey.height


def _confidence(words: Sequence[Read]) -> float:
    """Return how sure Tesseract is of a letter, on average; 0 where there is none."""
    letters = sum(len(word.text) for word in words)
    return round(sum(word.confidence * len(word.text) for word in words) / letters, 3) if letters else 0.0


def _is_doubtful(words: Sequence[Read]) -> bool:
    """Tell whether a page may lie on its side or upside down: lines that run upright are read too, letter by
    letter, and make no rows.
    """
    level = sum(word.is_level for word in words)
    return level < _FEW_WORDS or level < _MOSTLY * len(words) or _confidence(words) < LOW_CONFIDENCE


def _merit(words: Sequence[Read]) -> float:
    return sum(
        word.confidence * len(word.text) for word in words if word.confidence > _SURE and word.is_level
    )
