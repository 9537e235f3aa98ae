"""``earmark restore``: an office on another machine."""
