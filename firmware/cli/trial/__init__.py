"""Lines on trial, before there is an office: calls are held and metered, and nothing of them is kept."""
