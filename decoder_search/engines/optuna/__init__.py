"""Optuna as an engine: its samplers, and records in its language."""
