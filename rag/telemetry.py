"""The switches that keep libraries from calling home, thrown before any of them is loaded.

Patient records lie on this machine: that a library was used, on which device, for how long, is nobody else's
matter. The switches are environment variables, so that every process that is started from here has them too.
No setting turns them back on.
"""

from __future__ import annotations

import os
from pathlib import Path

SWITCHES = {
    # ONNX Runtime writes events with an id of the device into a queue and posts it to its vendor's collector.
    "ORT_DISABLE_TELEMETRY": "1",
    # huggingface_hub sends the names and versions of libraries with its requests, and a ping of its own from
    # some.
    "HF_HUB_DISABLE_TELEMETRY": "1",
    # The common switch (donottrack.sh), read by huggingface_hub and by others that may come in with them.
    "DO_NOT_TRACK": "1",
    # ragas posts an event for every evaluation.
    "RAGAS_DO_NOT_TRACK": "true",
    # langchain, which ragas stands on, sends prompts and answers to its vendor wherever an account is set in
    # the environment.
    "LANGCHAIN_TRACING_V2": "false",
    "LANGSMITH_TRACING": "false",
    # transformers' training reports to Weights & Biases where that happens to be installed.
    "WANDB_DISABLED": "true",
    # Ray, which the distributed ingest may run on, reports its clusters' use.
    "RAY_USAGE_STATS_ENABLED": "0",
}
"""Name and value of each switch, as its library documents it."""

_QUEUE = Path("Microsoft", "DeveloperTools", ".onnxruntime")


def switch_off() -> None:
    """Throw every switch, for this process and for those that it starts."""
    os.environ.update(SWITCHES)


def queue_left() -> Path | None:
    """Return the folder in which an ONNX Runtime that was not switched off left events to be sent, None where
    there is none.
    """
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / _QUEUE
    return folder if folder.is_dir() and any(folder.iterdir()) else None
