"""What `stages.StageCache` is made of: a folder layout, locks, manifests, and the upkeep of the whole."""
