"""Settings and people in TinyDB, with a storage that survives the plug being pulled."""
