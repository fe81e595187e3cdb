"""From a question to ranked passages and evidence."""
