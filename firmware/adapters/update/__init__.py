"""Updates of the whole box: RAUC behind the ``SystemSlots`` port, and the notes about them."""
