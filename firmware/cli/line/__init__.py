"""``earmark line``: fitting a line, and trying it."""
