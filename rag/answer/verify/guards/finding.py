"""What a guard reports: a typed finding with the words of the claim it concerns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rag.core.text import Span

Severity = Literal["contradiction", "unsupported", "doubt"]
"""``contradiction``: the premise says otherwise. ``unsupported``: it does not say it. ``doubt``: a sign too
weak to withhold a claim.
"""

Kind = Literal[
    "number", "unit", "bound", "date", "frequency", "attachment", "laterality", "negation", "hypothesis",
    "modality", "family", "history",
    "drug", "direction", "predicate", "reason",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing in a claim that its premise does not carry. ``claim_span`` are offsets in the claim;
    ``detail`` says what was compared.
    """

    kind: Kind
    claim_span: Span
    detail: str
    severity: Severity

    @property
    def is_hard(self) -> bool:
        """Tell whether this finding alone is enough to withhold the claim."""
        return self.severity != "doubt"
