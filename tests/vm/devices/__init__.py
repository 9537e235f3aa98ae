"""The test machine's devices, and what a person does with them: play into a line, press, plug in and out."""
