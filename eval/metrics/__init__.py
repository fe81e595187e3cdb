"""Metrics: each a function of what was asked and found, with a record of where it is defined and how it is
shown.

To add one, write its record beside its like (``answers/records.py``, ``ranking.py``, ``verdicts.py``,
``choice.py``): scoring, means, reports, comparisons and thresholds read the catalogue.
"""
