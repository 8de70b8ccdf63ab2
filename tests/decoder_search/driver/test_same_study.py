from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from decoder_search.driver.same_study import (
    check_accuracy,
    check_same_options,
    describe_difference,
    go_on_with,
)
from decoder_search.records.facts import StudyFacts
from decoder_search.records.journal import Journal
from decoder_search.records.settings import EARLIER_PRUNING, Pruning, StudySettings
from decoder_search.records.study_record import StudyRecord, read_study
from decoder_search.records.trial_record import TrialRecord
from encodenet_core import ConfigError

MakeSettings = Callable[..., StudySettings]


@pytest.fixture
def folder(
    make_study: Callable[..., StudyRecord],
    make_trial: Callable[..., TrialRecord],
    write_study: Callable[..., Path],
    tmp_path: Path,
) -> Path:
    """A study of three completed trials of depth 1, 2 and 3, and one that still runs at depth 3."""
    trials = [make_trial(n, {"decoder.depth": n + 1, "clustering.method": "hdbscan"}) for n in range(3)]
    running = replace(trials[2], number=3, state="running", metrics={}, seconds=0.0)
    return write_study(make_study([*trials, running]), tmp_path)


def go_on(folder: Path, settings: StudySettings) -> tuple[StudyRecord, list[str]]:
    said: list[str] = []
    with Journal.open(folder, lambda: settings) as journal:
        return go_on_with(journal, settings, said.append), said


def narrowed(settings: StudySettings, high: int) -> StudySettings:
    """The settings with a space of decoders up to this depth."""
    first, *others = settings.space.parameters
    space = replace(settings.space, parameters=(replace(first, high=high), *others))  # type: ignore[call-arg]
    return replace(settings, space=space)


def test_the_same_settings_change_nothing(folder: Path, make_settings: MakeSettings) -> None:
    before = (folder / "trials.jsonl").read_bytes()
    study, said = go_on(folder, replace(make_settings(), created="later", versions={"keras": "4"}))
    assert len(study.trials) == 4
    assert said == []
    assert (folder / "trials.jsonl").read_bytes() == before


def test_a_study_keeps_the_accuracy_that_it_goes_by(folder: Path, make_settings: MakeSettings) -> None:
    with pytest.raises(ConfigError, match="with accuracy plain, but now it is balanced; give --accuracy"):
        go_on(folder, replace(make_settings(), accuracy="balanced"))


def test_balanced_accuracy_is_for_uneven_classes(make_settings: MakeSettings) -> None:
    found = {"dataset_name": "digits", "baseline_accuracy": 0.9}
    check_accuracy(make_settings(), found)
    balanced = replace(make_settings(), accuracy="balanced")
    check_accuracy(balanced, {**found, "baseline_balanced_accuracy": 0.8})
    with pytest.raises(ConfigError, match="--accuracy is balanced, but the classes of digits are even"):
        check_accuracy(balanced, found)


def test_a_changed_space_makes_a_new_version_with_the_trials_that_hold_in_it(
    folder: Path, make_settings: MakeSettings
) -> None:
    before = read_study(folder)
    wider, said = go_on(folder, narrowed(make_settings(), 5))
    assert wider.trials == before.trials
    assert said == [
        "the search space has changed (decoder.depth is searched differently): 4 of 4 trials hold in it, "
        "and trials-1.jsonl keeps the study as it was"
    ]
    narrower, said = go_on(folder, narrowed(make_settings(), 2))
    assert [trial.number for trial in narrower.trials] == [0, 1]
    assert narrower.settings.space.parameters[0].examples() == (1, 2)
    assert len(said) == 3
    assert said[1].startswith("left out: trial 2: decoder.depth")
    assert sorted(file.name for file in folder.glob("*.jsonl")) == [
        "trials-1.jsonl",
        "trials-2.jsonl",
        "trials.jsonl",
    ]
    assert narrower.facts == StudyFacts(), "what the dearest trial costs is another number now"


def test_a_new_version_can_be_written_to(
    folder: Path, make_settings: MakeSettings, make_trial: Callable[..., TrialRecord]
) -> None:
    settings = narrowed(make_settings(), 2)
    with Journal.open(folder, lambda: settings) as journal:
        go_on_with(journal, settings, lambda line: None)
        journal.finished(make_trial(9))
    assert [trial.number for trial in read_study(folder).trials] == [0, 1, 9]


def test_a_space_in_which_no_trial_holds_is_refused(folder: Path, make_settings: MakeSettings) -> None:
    settings = make_settings()
    constants = {**settings.space.constants, "dataset.source": "mnist"}
    with pytest.raises(ConfigError, match="dataset.source was 'digits' and is 'mnist'.*another --study"):
        go_on(folder, replace(settings, space=replace(settings.space, constants=constants)))
    assert len(read_study(folder).trials) == 4


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"seed": 3}, "with seed 7, but now it is 3; give --seed 7"),
        ({"sampler": "random"}, "with sampler tpe, but now it is random; give --sampler tpe"),
        (
            {"engine": "keras-tuner", "sampler": "bayesian"},
            "with engine optuna, but now it is keras-tuner; give --engine optuna",
        ),
        ({"pruning": Pruning(2, 4)}, "without pruning; give --pruner none"),
        ({"warm_start_from": "old"}, "without --from, but now it is --from old; leave it out"),
    ],
)
def test_other_options_are_refused_with_those_of_before(
    make_settings: MakeSettings, change: dict[str, Any], said: str
) -> None:
    with pytest.raises(ConfigError, match=f"^study 'tiny' was started {said}, or (give )?another --study$"):
        check_same_options(make_settings(), replace(make_settings(), **change))


def test_other_rungs_are_refused_with_those_of_before(make_settings: MakeSettings) -> None:
    recorded = replace(make_settings(), pruning=Pruning(2, 4))
    with pytest.raises(ConfigError, match="give --pruner halving --first-rung 2 --reduction-factor 4"):
        check_same_options(recorded, replace(recorded, pruning=Pruning()))


def test_a_study_of_before_goes_on_by_its_own_rungs_where_no_option_names_others(
    make_settings: MakeSettings,
) -> None:
    recorded = replace(make_settings(), pruning=EARLIER_PRUNING)
    check_same_options(recorded, replace(recorded, pruning=Pruning()))
    with pytest.raises(ConfigError, match="give --pruner halving --first-rung 3 --reduction-factor 3"):
        check_same_options(recorded, replace(recorded, pruning=Pruning(4)))


def test_a_study_keeps_the_one_it_started_from(make_settings: MakeSettings) -> None:
    recorded = replace(make_settings(), warm_start_from="old")
    check_same_options(recorded, make_settings())
    check_same_options(recorded, recorded)
    with pytest.raises(ConfigError, match="with --from old, but now it is --from new; leave it out"):
        check_same_options(recorded, replace(recorded, warm_start_from="new"))


def test_the_first_difference_between_spaces_is_named(make_settings: MakeSettings) -> None:
    space = make_settings().space
    without = replace(
        space, parameters=space.parameters[1:], constants={**space.constants, "decoder.depth": 2}
    )
    assert describe_difference(space, without) == "decoder.depth was searched and is 2"
