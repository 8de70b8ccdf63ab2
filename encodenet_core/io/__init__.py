"""The doors to disk and people: read within limits, written whole, said in one safe line."""
