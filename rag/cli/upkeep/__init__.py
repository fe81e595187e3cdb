"""Commands that keep a home going: its models, its backups."""
