from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from decoder_search.records.trial_record import TrialRecord, trial_to_json
from encodenet_core.io.types import read_as

MakeTrial = Callable[..., TrialRecord]


def test_a_metric_that_no_leaderboard_could_show_is_refused(make_trial: MakeTrial) -> None:
    with pytest.raises(ValueError, match="not finite"):
        make_trial(0, mse=float("nan")).check()


def test_a_trial_comes_back_with_whole_and_real_numbers_as_they_were(make_trial: MakeTrial) -> None:
    trial = make_trial(0, decoder_parameters=12345)
    recorded = json.loads(json.dumps(trial_to_json(trial)))
    assert list(recorded) == list(vars(trial))
    back = read_as(TrialRecord, recorded, "a trial")
    assert back == trial and str(vars(back)) == str(vars(trial))


@pytest.mark.parametrize("change", [{"state": "done"}, {"number": -1}, {"params": {"../x": 1}}, {"more": 1}])
def test_a_trial_that_nobody_recorded_is_refused(change: dict[str, Any], make_trial: MakeTrial) -> None:
    with pytest.raises(ValueError):
        read_as(TrialRecord, trial_to_json(make_trial(0)) | change, "a trial")
