"""A study copied into an Optuna storage, for optuna-dashboard; nothing is read back from it."""
