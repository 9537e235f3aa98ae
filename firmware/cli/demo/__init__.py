"""The demonstration office that ``scripts/run`` ends in."""
