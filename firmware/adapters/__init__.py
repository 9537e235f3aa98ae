"""The only code that touches libraries and devices of the outside world, each behind a port."""
