"""The catalogue in SQLite: one writer (the recorder), many readers."""
