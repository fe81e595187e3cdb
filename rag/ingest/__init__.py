"""From files to visible, searchable documents: reading, cutting, writing, erasing."""
