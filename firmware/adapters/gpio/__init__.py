"""The machine's GPIO pins, for gpiozero: the front panel's, and those of loop detectors."""
