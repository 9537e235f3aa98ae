"""The front panel's process."""
