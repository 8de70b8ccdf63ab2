from __future__ import annotations

from importlib.metadata import version

import pytest

from decoder_search.execution.versions import describe_versions, library_versions


def test_the_versions_are_those_of_what_computes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
    assert library_versions("optuna") == {
        name: version(name) for name in ("decoder-search", "optuna", "keras", "tensorflow", "scikit-learn")
    }


def test_one_line_names_both_engines() -> None:
    line = describe_versions()
    assert f"optuna {version('optuna')}, keras-tuner {version('keras-tuner')}, keras" in line
