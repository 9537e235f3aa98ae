"""Lines that are heard on wires: sound cards, loop detectors, serial modems."""
