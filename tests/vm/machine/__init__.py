"""The virtual machine that the tests in tests/vm run in."""
