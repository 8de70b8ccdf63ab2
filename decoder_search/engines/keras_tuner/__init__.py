"""Keras Tuner as an engine: its oracle in a process of its own, and a hypermodel for scripts that run it."""
