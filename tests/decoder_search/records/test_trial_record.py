from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from decoder_search.records.trial_record import TrialRecord

MakeTrial = Callable[..., TrialRecord]


@pytest.mark.parametrize("change", [{"state": "done"}, {"mse": float("nan")}])
def test_a_trial_that_no_leaderboard_could_show_is_refused(
    change: dict[str, Any], make_trial: MakeTrial
) -> None:
    with pytest.raises(ValueError, match="no state|not finite"):
        make_trial(0, **change).check()
