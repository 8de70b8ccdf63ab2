from __future__ import annotations

import sys

import pytest

from decoder_search.engines.keras_tuner.packages import check_packages
from encodenet_core import ConfigError


def test_nothing_is_missing_where_keras_tuner_and_tensorboard_are_installed() -> None:
    check_packages()


def test_a_missing_tensorboard_is_named_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    with pytest.raises(ConfigError, match=r"needs tensorboard, .*run `pip install tensorboard`") as refusal:
        check_packages()
    assert "\n" not in str(refusal.value)


def test_all_that_is_missing_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("tensorboard", "keras_tuner"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ConfigError, match="pip install keras-tuner tensorboard"):
        check_packages()
