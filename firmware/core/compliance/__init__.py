"""What the law asks of an office that records calls: what only people can confirm, breaches, and what settings say."""
