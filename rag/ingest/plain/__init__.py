"""Text, Markdown, HTML, JSON Lines and mail."""
