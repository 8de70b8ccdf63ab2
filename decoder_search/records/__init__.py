"""A study on disk: what is written, by whom, read back as frozen values, locked, listed, repaired."""
