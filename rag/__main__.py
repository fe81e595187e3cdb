"""``python -m rag`` is ``traboule``."""

from rag.cli import main

main()
