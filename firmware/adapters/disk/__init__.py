"""The encrypted data disk and the stick that opens it."""
