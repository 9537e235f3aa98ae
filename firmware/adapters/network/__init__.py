"""The network around the box: its packet filter, and the addresses of those it talks to."""
