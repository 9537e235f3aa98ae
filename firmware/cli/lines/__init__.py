"""The processes that hold or hear the phone calls, put together from the settings."""
