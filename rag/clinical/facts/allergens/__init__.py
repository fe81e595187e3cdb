"""Allergies: what a note says one is allergic to, reacts to, was tested for or tolerates."""
