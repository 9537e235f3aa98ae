"""Sealing recordings to public keys, keeping and erasing keyslots, signing the evidence, unsealing for a listener."""
