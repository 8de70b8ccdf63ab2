from __future__ import annotations

from collections.abc import Callable

import pytest
from depth_params import params

from decoder_search.records.study_record import StudyRecord
from decoder_search.records.trial_record import TrialRecord

MakeStudy = Callable[..., StudyRecord]
MakeTrial = Callable[..., TrialRecord]


@pytest.fixture
def study(make_study: MakeStudy, make_trial: MakeTrial) -> StudyRecord:
    """Three completed trials in two clusterings, the best one numbered 2, and one that failed."""
    return make_study(
        [
            make_trial(0, params(1), accuracy=0.94, mse=0.02),
            make_trial(1, params(1), state="failed"),
            make_trial(2, params(2, 3), accuracy=0.97, mse=0.06),
            make_trial(3, params(2), accuracy=0.93, mse=0.07),
        ]
    )
