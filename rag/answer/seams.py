"""What the parts of an answer ask of the models, as plain functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rag.answer.relevance.gate import Candidate, NamedShare

Similar = Callable[[str, Sequence[str]], list[float]]
"""Cosine of a question with each text."""
Cover = Callable[[str, str, Sequence[Candidate]], Sequence[NamedShare]]
"""How much of a question (in a language) each candidate names."""
