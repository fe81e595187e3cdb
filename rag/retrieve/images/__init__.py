"""Pictures by words and by likeness: what reports say of them, what their headers code, how they look."""
