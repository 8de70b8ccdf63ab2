"""Where a task runs: the protocol, local processes, and `ray` for a cluster."""
