"""Finished stages on disk: computed once, by one process, addressed by what they read, verified, pruned."""
