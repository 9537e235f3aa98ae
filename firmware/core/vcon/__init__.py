"""A call as an IETF vCon (draft-ietf-vcon-vcon-core-04), signed as RFC 7515 has it: what it says, and its bytes."""
