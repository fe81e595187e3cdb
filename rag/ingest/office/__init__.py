"""Office files: Word, OpenDocument, RTF and sheets."""
