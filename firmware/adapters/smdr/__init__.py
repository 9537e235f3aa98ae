"""PBX call logs (SMDR): reading them from a serial port or over TCP, line by line."""
