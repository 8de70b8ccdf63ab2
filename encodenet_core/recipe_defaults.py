"""The recipes of training by name, and the numbers that each means where a config says nothing else."""

from __future__ import annotations

from typing import Literal

BaselineRecipe = Literal["fast", "paper", "mdistiller", "weiaicunzai"]
Recipe = Literal[BaselineRecipe, "baseline"]

BORROWED: Recipe = "baseline"
"""At another stage, whatever recipe the baseline has."""


TRAINING_DEFAULTS: dict[str, dict[str, dict[str, float]]] = {
    "baseline": {
        "fast": {"epochs": 15, "batch_size": 64, "learning_rate": 0.1},
        "paper": {"epochs": 300, "batch_size": 128, "learning_rate": 0.1},
        "mdistiller": {"epochs": 240, "batch_size": 64, "learning_rate": 0.05},
        "weiaicunzai": {"epochs": 200, "batch_size": 128, "learning_rate": 0.1},
    },
    "autoencoder": {
        "fast": {"epochs": 15, "batch_size": 64, "learning_rate": 2e-3},
        "paper": {"epochs": 500, "batch_size": 128, "learning_rate": 1e-3},
        "baseline": {"epochs": 15, "batch_size": 64, "learning_rate": 0.1},
    },
    "classifier": {
        "fast": {"epochs": 30, "batch_size": 64, "learning_rate": 0.1},
        "paper": {"epochs": 100, "batch_size": 128, "learning_rate": 0.1},
    },
}
"""The recipes of each stage, and what they mean where a config says nothing else (paper, section 4.1)."""


STEPPED_RECIPES: frozenset[Recipe] = frozenset({"paper", "mdistiller", "weiaicunzai"})
"""Recipes of the baseline whose learning rate falls in steps, at milestones."""
