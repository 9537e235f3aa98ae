"""Settings: their shape, where they come from, how they are shown, and how the log is written."""
