"""What the records mean: ranks, rows, gains, importance, comparisons, and the config to train."""
