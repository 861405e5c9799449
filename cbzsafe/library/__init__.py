"""Libraries: finding archives, looking at many at once, what was checked when, and repairs."""
