"""What a hostile file, pattern or library may not do."""
