"""What both plain scripts share: the data and the baseline once, and one trial by plain calls of the core.

A plain script may reuse the dataset and the trained baseline, because anybody would train that once. It may
not reuse clusters, features or autoencoders of other trials: each trial clusters, fits its whole autoencoder
and its classifier. scikit-learn's threads are limited inside the core, TensorFlow uses all cores.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from time import time
from typing import Any

from decoder_search.space.parsing import load_space
from decoder_search.space.search_space import SearchSpace
from encodenet_core import Baseline, Dataset, StageCache, convert, obtain_baseline, obtain_dataset


class PlainSearch:
    """The dataset, the baseline, and a log of trials with the time of day at which they ended."""

    def __init__(self, space_file: str, seed: int, log: Path) -> None:
        self.space: SearchSpace = load_space(space_file).with_constants({"seed": seed})
        self._log = log
        config = self.space.to_config({})
        self._folder = tempfile.TemporaryDirectory()
        cache = StageCache(Path(self._folder.name))
        self._dataset: Dataset = obtain_dataset(config, cache)
        self._baseline: Baseline = obtain_baseline(config, self._dataset, cache, lambda *report: True)

    def evaluate(self, params: Mapping[str, Any]) -> tuple[float, float]:
        """Mean squared error and accuracy of a config on validation images."""
        config = self.space.to_config(params)
        with tempfile.TemporaryDirectory() as folder:
            conversion = convert(config, self._dataset, self._baseline, StageCache(Path(folder)))
        mse, accuracy = conversion.reconstruction.mse, conversion.scores.validation_accuracy
        with self._log.open("a", encoding="utf-8") as file:
            line = {"ended": time(), "params": dict(params), "mse": mse, "accuracy": accuracy}
            file.write(json.dumps(line) + "\n")
        return mse, accuracy
