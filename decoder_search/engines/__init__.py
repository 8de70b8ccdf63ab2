"""Who proposes the next trial: the protocol, nothing twice, warm start; each folder is one engine."""
