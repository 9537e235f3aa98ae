"""The process of the page."""
