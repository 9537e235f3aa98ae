"""The front panel's button and light, over gpiozero: real pins, or simulated ones drawn in the terminal."""
