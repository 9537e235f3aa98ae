"""The shipped notices: data only (``texts.toml`` and one WAV file for each text in it)."""
