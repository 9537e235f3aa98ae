"""Finds the audio file of a notice and makes sure that it can be played and heard."""
