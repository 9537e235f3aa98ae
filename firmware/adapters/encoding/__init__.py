"""Speech compression by libopus."""
