"""What the page proves itself with: how to have it trusted, and how to use another."""
