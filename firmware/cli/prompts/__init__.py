"""``earmark prompts``: what callers and staff are told."""
