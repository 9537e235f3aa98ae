"""What programs of the office may ask of the box by a token, and the pages on which a director connects them."""
