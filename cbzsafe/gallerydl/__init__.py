"""The seam to gallery-dl: nothing outside this room imports it."""
