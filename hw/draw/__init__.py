"""Makes what is drawn and listed here of ``pins.toml`` and ``parts.toml``. Nothing in the product imports it."""
