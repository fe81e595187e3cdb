"""What a person sees of a verifier that was measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag.cli.session import Session, console

if TYPE_CHECKING:
    from eval.verify.measurement import VerifyReport


def show_verification(session: Session, report: VerifyReport) -> None:
    """Print how right the verifier was; a dash where the labels do not allow a figure."""
    values = report.to_json()
    shown = {
        name: "–" if values[name] is None else f"{values[name]:.3f}"
        for name in ("balanced_accuracy", "auroc", "pairs_per_s")
    }
    console().print(
        session.say(
            "eval.verify", n=values["n"], verifier=report.verifier, threshold=report.threshold, **shown
        )
    )
