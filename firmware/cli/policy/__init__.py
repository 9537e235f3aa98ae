"""``earmark policy explain``: what would happen to a call, and why."""
