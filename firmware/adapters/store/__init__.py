"""The files of sealed recordings and of the evidence log."""
