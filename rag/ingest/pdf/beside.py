"""What a PDF holds beside the text of its pages: attached files, notes, forms of another kind, hidden fields,
words of its description.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pypdfium2
import pypdfium2.raw as pdfium

from rag.ingest.office.embedded import EmbeddedFile
from rag.ingest.parsing.aside import Aside
from rag.ingest.pdf.annotations import Laid, attached
from rag.ingest.pdf.layout import Line

_XFA = (pdfium.FORMTYPE_XFA_FULL, pdfium.FORMTYPE_XFA_FOREGROUND)
_PROPERTIES = ("Subject", "Keywords")
_NOTE = "Commentaire / comment: "


@dataclass(slots=True)
class Beside:
    """Collects the files of a PDF, and notes in ``aside`` what is not read of it."""

    aside: Aside
    files: list[EmbeddedFile] = field(default_factory=list)

    def look_at(self, document: pypdfium2.PdfDocument) -> None:
        """Look at the whole file."""
        self.files.extend(EmbeddedFile(name or "attachment", data) for name, data in attached(document))
        if pdfium.FPDF_GetFormType(document.raw) in _XFA:
            self.aside.note("xfa")
        described = document.get_metadata_dict(skip_empty=True)
        for name in _PROPERTIES:
            self.aside.note("properties", name, int(bool(described.get(name, "").strip())))

    def unseen(self, page: int, runs: int, letters: int) -> None:
        """Note the runs of letters of a page that nobody sees."""
        self.aside.note("hidden", f"p. {page}", runs)
        self.aside.characters += letters

    def notes_of(self, laid: Laid | None, page: int, alternatives: Sequence[str] = ()) -> Iterator[Line]:
        """Yield the notes laid on a page, and the alternative texts of its figures, as lines below it; take
        its files, and count what is hidden or struck out.
        """
        said = [f"[{text}]" for text in alternatives]
        if laid is not None:
            self._look_beside(laid, page)
            said[:0] = [_NOTE + note for note in laid.notes]
        for at, text in enumerate(said):
            yield Line(
                text,
                left=0.0,
                right=0.0,
                base=-20.0 * (at + 1),
                size=10.0,
                word_right=0.0,
                room_right=0.0,
            )

    def _look_beside(self, laid: Laid, page: int) -> None:
        where = f"p. {page}"
        self.aside.note("hidden", where, laid.hidden)
        self.aside.note("struck", where, len(laid.struck))
        self.files.extend(EmbeddedFile(name or "attachment", data) for name, data in laid.files)
