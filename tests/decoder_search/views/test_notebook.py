from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas
import pytest

import decoder_search
from decoder_search.analysis.rows import leaderboard_rows
from decoder_search.records.journal import Journal
from decoder_search.records.study_record import StudyRecord
from decoder_search.records.trial_record import TrialRecord
from decoder_search.views.notebook import LoadedStudy, load_study
from encodenet_core import ConfigError

MakeTrial = Callable[..., TrialRecord]


@pytest.fixture
def folder(
    make_study: Callable[..., StudyRecord],
    make_trial: MakeTrial,
    make_pruned: MakeTrial,
    write_study: Callable[..., Path],
    tmp_path: Path,
) -> Path:
    """The study `tiny`: 0 and 2 on the front, 1 pruned, 3 failed."""
    better = {"decoder.depth": 3, "clustering.method": "kmeans", "clustering.n_clusters": 2}
    trials = [
        make_trial(0, accuracy=0.94, mse=0.02),
        make_pruned(1),
        make_trial(2, better, accuracy=0.97, mse=0.06),
        make_trial(3, state="failed"),
    ]
    return write_study(make_study(trials), tmp_path / "results")


def test_a_study_is_loaded_by_its_folder_or_its_name(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert decoder_search.load_study is load_study
    by_path = load_study(folder)
    monkeypatch.chdir(folder.parents[1])
    assert load_study("tiny") == load_study(folder.relative_to(folder.parents[1])) != by_path
    monkeypatch.chdir("/")
    monkeypatch.setenv("DECODER_SEARCH_RESULTS", str(folder.parent))
    assert load_study("tiny") == by_path
    assert isinstance(by_path, StudyRecord) and isinstance(by_path, LoadedStudy)


def test_a_study_that_is_not_there_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match="there is no study in results"):
        load_study("absent")
    with pytest.raises(ConfigError, match="cannot read study 'absent'"):
        load_study(tmp_path / "absent")


def test_a_study_that_runs_can_be_loaded(folder: Path, make_trial: MakeTrial) -> None:
    with Journal.open(folder, lambda: pytest.fail("it is there")) as journal:
        journal.finished(make_trial(4))
        assert len(load_study(folder).trials) == 5


def test_texts_are_short(folder: Path) -> None:
    study = load_study(folder)
    assert repr(study) == "LoadedStudy(tiny: 2 completed, 1 failed, 1 pruned)"
    assert repr(study.trial(2)) == (
        "TrialRecord(2 completed: accuracy 97.0 %, mse 0.06, retrieval 90.0 %; "
        "depth=3 method=kmeans n_clusters=2)"
    )
    assert "failed: class 7 has 3 images;" in repr(study.trial(3))


def test_a_leaderboard_reads_as_in_the_terminal(folder: Path) -> None:
    text = repr(load_study(folder).leaderboard())
    assert text.startswith("Study tiny: 2 completed, 1 failed, 1 pruned\n")
    assert "97.00 ±0.85" in text and "\x1b" not in text
    assert "trial 3 failed: class 7 has 3 images" in text


def test_the_table_of_a_notebook_holds_what_the_terminal_shows(folder: Path) -> None:
    html = load_study(folder)._repr_html_()
    for shown in (
        "97.00 ±0.85",
        "88.00 probe",
        "★",
        "kmeans",
        "targets",
        "trial 3 failed: class 7 has 3 images",
    ):
        assert shown in html
    assert html.count("opacity: 0.6") == 2


def test_options_narrow_order_and_group(folder: Path) -> None:
    study = load_study(folder)
    assert [row["trial"] for row in study.leaderboard(pareto=True, sort="mse").rows] == [0, 2]
    assert len(study.leaderboard(top=1).rows) == 1
    assert "kmeans, n_clusters 2" in study.leaderboard(by_clustering=True)._repr_html_()
    with pytest.raises(ConfigError, match="unknown column 'beauty'"):
        study.leaderboard(sort="beauty")


def test_everything_that_was_given_is_escaped(
    make_study: Callable[..., StudyRecord], make_trial: MakeTrial, folder: Path
) -> None:
    evil = "<script>alert(1)</script>"
    failed = replace(make_trial(0, state="failed"), reason=evil, params={"decoder.depth": evil})
    study = make_study([failed, make_trial(1)])
    study = replace(study, settings=replace(study.settings, name=evil))
    loaded = LoadedStudy(**vars(study))
    for html in (loaded._repr_html_(), loaded.trial(0)._repr_html_()):
        assert "&lt;script&gt;" in html and "<script" not in html


def test_a_frame_has_a_row_a_trial_and_the_numbers_of_the_rows(folder: Path) -> None:
    study = load_study(folder)
    frame = study.to_frame()
    rows = leaderboard_rows(study)
    assert list(frame.columns) == list(rows[0])
    assert frame["trial"].tolist() == [row["trial"] for row in rows]
    assert frame["accuracy"].max() == 0.97 and frame["accuracy"].isna().sum() == 2
    assert frame.loc[frame["rank"] == 1, "decoder.depth"].item() == 3
    assert study.leaderboard(top=1).to_frame().shape[0] == 1
    assert json.loads(json.dumps(study.leaderboard().rows)) == rows
    assert isinstance(frame, pandas.DataFrame)


def test_a_study_without_trials_is_shown_too(make_study: Callable[..., StudyRecord]) -> None:
    study = LoadedStudy(**vars(make_study([])))
    assert "no trials yet" in repr(study) and "no trials yet" in study._repr_html_()
    assert study.to_frame().empty
    with pytest.raises(ConfigError, match="no trial 0; it has 0"):
        study.trial(0)


def test_without_pandas_the_remedy_is_one_line(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    missing: Any = None  # as Python notes a module that is not there
    monkeypatch.setitem(sys.modules, "pandas", missing)
    with pytest.raises(
        ConfigError, match="pandas is not installed; pip install pandas, or take .rows"
    ) as said:
        load_study(folder).to_frame()
    assert "\n" not in str(said.value)
