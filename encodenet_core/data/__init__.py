"""A source becomes a Dataset: readers, splits, pixels."""
