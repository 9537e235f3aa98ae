"""People's requests about their data: the clock, the calls, the papers and the copy that is handed out."""
