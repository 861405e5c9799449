"""A book: one target archive and what belongs to it. Knows nothing of gallery-dl."""
