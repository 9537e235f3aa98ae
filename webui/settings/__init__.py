"""Settings: all that a person may change, each with a sentence; looked at as it is typed, and undone by a click."""
