"""Storage elsewhere: where sealed recordings, evidence and backups go."""
