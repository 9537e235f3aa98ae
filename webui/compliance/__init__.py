"""What the law asks of this office, what is in place, what is missing, and what is printed of it."""
