from __future__ import annotations

import subprocess
import sys

import pytest

import decoder_search


def loaded_after(statement: str) -> set[str]:
    program = f"import sys\n{statement}\nprint(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_importing_the_package_loads_no_tuner() -> None:
    assert not {"keras", "keras_tuner", "optuna", "tensorflow"} & loaded_after("import decoder_search")


@pytest.mark.slow
def test_the_hypermodel_is_loaded_on_its_first_use() -> None:
    assert "keras_tuner" in loaded_after("from decoder_search import DecoderHyperModel")


def test_an_unknown_name_is_no_attribute() -> None:
    assert decoder_search.__all__ == ["DecoderHyperModel", "load_study"]
    with pytest.raises(AttributeError, match="has no attribute 'HyperModel'"):
        _ = decoder_search.HyperModel
