"""What the page says, for those who translate it: taken from the code, and made into catalogues."""
