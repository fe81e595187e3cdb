"""Erasing for good: one register of every place that holds words of patients, erased in its order, checked
after, and reported in a certificate.
"""
