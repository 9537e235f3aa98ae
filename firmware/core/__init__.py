"""The pure core: no I/O, no threads, no clock. Times and events are arguments; decisions and effects are results."""
