"""Messages in words: what each kind of segment is written as, with the facts that it states."""
