"""One fit: batches, augmentation, recipes, optimizers, checkpoints, the loop."""
