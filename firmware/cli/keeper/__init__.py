"""The keeper's duties, each put together, and what may be asked of it."""
