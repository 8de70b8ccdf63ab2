"""What a worker process computes: one task a file. Beside Keras Tuner, it alone loads Keras."""
