"""Commands about people: accounts and whom they may read, and who read what."""
