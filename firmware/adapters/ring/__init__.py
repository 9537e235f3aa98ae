"""The shared-memory ring between lines and the recorder, and how it is handed over."""
