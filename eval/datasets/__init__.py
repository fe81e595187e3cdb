"""Readers of evaluation data. A line that is wrong is an error naming file and line, never a line skipped."""
