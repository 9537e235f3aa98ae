"""Sends web hooks' messages over HTTP and HTTPS."""
