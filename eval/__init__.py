"""Measures what the engine does: runs, metrics, suites, comparisons, reports."""

import rag  # noqa: F401 - switches off what would call home, before a library of the evaluation is loaded
