"""What every test can count on: a fixed and quiet Keras, its own stage cache, real data if there is any."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

for variable, value in {
    "KERAS_BACKEND": "tensorflow",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "OMP_NUM_THREADS": "1",
}.items():
    os.environ.setdefault(variable, value)

# A shared machine is slow at times, which is no fault of the code.
settings.register_profile("shared-machine", deadline=None)
settings.load_profile("shared-machine")


@pytest.fixture(scope="session", autouse=True)
def stage_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keep finished stages of tests out of the user's cache."""
    folder = tmp_path_factory.mktemp("stage-cache")
    os.environ["ENCODENET_CACHE"] = str(folder)
    return folder


@pytest.fixture(scope="session")
def test_data() -> Path:
    """The folder of real data, with `cifar10-mini.npz`."""
    folder = os.environ.get("ENCODENET_TEST_DATA")
    if not folder:
        pytest.skip("real data needed: set ENCODENET_TEST_DATA to a folder with cifar10-mini.npz")
    return Path(folder)
