"""The settings as commands show and change them."""
