"""What is to be done, by whom, with what, and by when: one list of all that waits for whoever looks."""
