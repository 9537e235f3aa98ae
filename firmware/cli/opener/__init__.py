"""What the opener answers, route by route, and what it is made of."""
