"""The recipe of the box's image, in stages that are each kept in a cache."""
