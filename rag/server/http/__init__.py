"""Around every request: what is refused before a route sees it, and how every error leaves."""
