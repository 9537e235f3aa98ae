"""The guide through setting up: what is left, in order, for the installer and for the first director."""
