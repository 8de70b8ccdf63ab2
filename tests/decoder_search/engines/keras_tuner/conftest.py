from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from toy_oracle_search import SPACE, NewEngine, settings_of

from decoder_search.engines.keras_tuner.engine import KerasTunerEngine
from decoder_search.engines.keras_tuner.process import OracleProcess
from decoder_search.records.settings import Tuner
from decoder_search.space.search_space import SearchSpace


@pytest.fixture(scope="session")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OracleProcess]:
    """One for all engines, because it takes seconds to load; a new engine takes the place of the last."""
    process = OracleProcess(tmp_path_factory.mktemp("oracle") / "keras-tuner.log")
    yield process
    process.close()


@pytest.fixture
def new_engine(process: OracleProcess) -> NewEngine:
    def new(tuner: Tuner, space: SearchSpace = SPACE, n_trials: int = 40, **options: Any) -> KerasTunerEngine:
        settings = settings_of(tuner, space=space, **options)
        return KerasTunerEngine(settings, n_trials=n_trials, process=process)

    return new
