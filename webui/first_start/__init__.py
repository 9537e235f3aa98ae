"""The page of a box that is not set up yet."""
