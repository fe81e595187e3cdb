"""Backups of a home: one file that holds everything but what can be made again, and back."""
