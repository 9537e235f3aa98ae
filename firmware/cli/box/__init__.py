"""What runs as root, and what it answers."""
