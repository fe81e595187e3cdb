"""Every format that is read, declared a file an area, and which parser reads which file."""
