"""What a worker process computes: one task a file. The only folder that loads Keras."""
