"""An analogue line's calls, found out by ear: nothing here does I/O or knows what time it is."""
