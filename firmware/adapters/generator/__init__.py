"""The generator line: made-up calls with real SIP, real RTP and real speech, over loopback only."""
