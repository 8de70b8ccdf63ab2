"""What may be searched: parameters, constraints, metrics, the YAML of a space and its schema."""
