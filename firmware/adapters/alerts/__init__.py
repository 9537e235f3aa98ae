"""Alerts on their way out of the box, and what must be remembered of them."""
