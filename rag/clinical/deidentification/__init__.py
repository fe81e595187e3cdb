"""Text in which nobody is recognised: names, places, identifiers and ways to reach somebody are blotted out,
dates are moved.

Every replacement is as long as what it replaces, so that offsets of passages, quotes and facts stay those
of the text. What is found and missed: ``docs/privacy.md``; ``tools/measure_deidentification.py`` measures it.
"""

from rag.clinical.deidentification.deidentifier import BLOT, Deidentifier

__all__ = ["BLOT", "Deidentifier"]
