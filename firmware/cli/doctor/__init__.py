"""``earmark doctor``: looks the machine over and says what to do."""
