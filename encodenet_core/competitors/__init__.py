"""The paper's rivals (table 4): students of the baseline's size that learn from a teacher; its prior work."""
