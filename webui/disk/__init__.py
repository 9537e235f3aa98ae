"""The encrypted data disk: whether it is unlocked, and unlocking it after a power cut."""
