"""Phones that register with the box: who they are, where they are, and who only says so."""
