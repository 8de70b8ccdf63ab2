"""A straightforward search by Keras Tuner: `python plain_keras_tuner.py SPACE.yaml SEED N_TRIALS LOG.jsonl`.

Keras Tuner optimises one number, so this is the accuracy; the mean squared error is logged beside it.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

import keras
import keras_tuner
from plain import PlainSearch


class Decoders(keras_tuner.HyperModel):  # type: ignore[misc]
    """Declares the hyperparameters; a trial builds its own models."""

    def __init__(self, search: PlainSearch) -> None:
        super().__init__()
        self._search = search

    def build(self, hp: keras_tuner.HyperParameters) -> keras.Model:
        """Keras Tuner wants a model."""
        for parameter in self._search.space.parameters:
            hp.Choice(parameter.path, list(parameter.examples()))
        return keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])

    def fit(self, hp: keras_tuner.HyperParameters, model: keras.Model, **options: Any) -> dict[str, float]:
        """One trial."""
        _, accuracy = self._search.evaluate(dict(hp.values))
        return {"val_accuracy": accuracy}


def main(space_file: str, seed: str, n_trials: str, log: str) -> None:
    """Optimise the accuracy by Keras Tuner's Bayesian optimisation."""
    search = PlainSearch(space_file, int(seed), Path(log))
    with tempfile.TemporaryDirectory() as folder:
        tuner = keras_tuner.BayesianOptimization(
            Decoders(search),
            objective=keras_tuner.Objective("val_accuracy", "max"),
            max_trials=int(n_trials),
            seed=int(seed) + 1,  # 0 is ignored
            directory=folder,
        )
        tuner.search(verbose=0)


if __name__ == "__main__":
    main(*sys.argv[1:])
