"""Session recording server: a PBX or SBC sends a copy of each call (RFC 7866)."""
