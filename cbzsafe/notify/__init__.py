"""Telling libraries and a user's command of published books; nothing here fails a run."""
