"""A study on a terminal: what Rich prints, at once or live."""
