"""Who proposes the next trial."""
