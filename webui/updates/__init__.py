"""Updates of the whole box: what runs, what waits, sending one, and going back."""
