"""The data disk at the box itself."""
