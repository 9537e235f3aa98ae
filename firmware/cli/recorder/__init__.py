"""The recorder put together, in each of the places where it may record."""
