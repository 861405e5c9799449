"""gallery-dl --cbz that survives kills, full disks and broken pages."""

__version__ = "0.1.0"
