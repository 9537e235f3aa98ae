"""Keys: made at set-up, kept wrapped, unlocked by a pass phrase, wiped at sign-out. Only the opener and ``init`` hold
private listening keys; ``earmark export`` does when the opener is not running."""
