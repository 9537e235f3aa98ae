"""The packet filter, and what the page proves itself with."""
