"""Clinical search that answers in sentences, each cited. Importing it switches off what would call home."""

from rag.telemetry import switch_off

switch_off()
