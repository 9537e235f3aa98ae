"""``earmark update``: the whole box from a signed file."""
