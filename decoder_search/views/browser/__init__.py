"""The studies of a folder and their trials as an application of the terminal: the one door to Textual."""
