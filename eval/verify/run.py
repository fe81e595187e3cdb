"""A run of a verifier over the pairs of files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from eval.datasets.pairs import read_all_pairs
from eval.datasets.sample import sampled
from eval.runs.setup import Setup
from eval.verify.measurement import VerifyReport, verify_pairs
from rag.build import open_verifier


def run_verify(
    setup: Setup, paths: Sequence[Path], form: str, sample: int | None = None, limit: int | None = None
) -> VerifyReport:
    """Verify the pairs of files, a fixed draw of them or the first; all are read and checked before the first
    is verified.
    """

    pairs = sampled(read_all_pairs([path.expanduser() for path in paths], form), sample)[:limit]
    with setup.progress.counting("eval.verifying", len(pairs)) as advance:
        return verify_pairs(pairs, open_verifier(setup.settings, setup.home), advance)
