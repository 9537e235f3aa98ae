"""A new office: on a command line, or from a browser on a new box."""
