from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from decoder_search.analysis.ranking import rank_study
from decoder_search.execution.tasks import PicturesTask
from decoder_search.records.study_record import read_study
from decoder_search.worker.class_pictures import draw_classes, finished_baselines
from encodenet_core import ConfigError
from encodenet_core.baseline import BASELINE
from encodenet_core.grouping import CLUSTERS


def test_a_cache_makes_anything_but_a_baseline(tmp_path: Path) -> None:
    cache = finished_baselines(tmp_path)
    made = cache.obtain(CLUSTERS, {"a": 1}, lambda folder: (folder / "x").write_text("1") and None)
    assert (made / "x").read_text() == "1"
    with pytest.raises(
        ConfigError, match="the baseline of the study is no longer in .*; `decoder-search run`"
    ):
        cache.obtain(BASELINE, {"a": 1}, lambda folder: None)


def test_other_data_than_those_of_the_study_are_refused(real_study: Any, tmp_path: Path) -> None:
    study = read_study(real_study.results / "tiny")
    best = rank_study(study)[0].trial
    task = PicturesTask(
        space=study.settings.space,
        cache=Path(os.environ["ENCODENET_CACHE"]),
        expected=study.facts,
        params=best.params,
        folder=tmp_path,
    )
    assert draw_classes(task, lambda *report: True) == {}
    assert len(list(tmp_path.glob("class-*.png"))) == 10
    expected = replace(study.facts, dataset_fingerprint="0" * 16)
    with pytest.raises(ConfigError, match=r"the dataset of the study changed \(0{16}, now [0-9a-f]{16}\)"):
        draw_classes(replace(task, expected=expected), lambda *report: True)
