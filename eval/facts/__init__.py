"""Facts of running text, measured on sentences that were marked by hand: assertions, sides, times, results,
drugs, allergies.
"""
