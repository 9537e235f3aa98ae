"""Days off work, by the law of the land."""
