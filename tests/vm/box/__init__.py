"""The box as it is installed: its disk's image started in a virtual machine, untouched."""
