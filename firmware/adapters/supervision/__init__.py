"""Living under a supervisor (systemd, or the small one of scripts/run), and what the machine itself can tell."""
