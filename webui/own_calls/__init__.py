"""The calls of one's own extension: rows without sound, for anybody whose role does not see all calls."""
