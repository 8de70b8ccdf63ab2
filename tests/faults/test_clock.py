"""A wall clock that jumps in mid-study."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from decoder_search.driver.budget import Budget
from decoder_search.records.study_record import read_study

LIBRARIES = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))


@pytest.mark.slow
@pytest.mark.skipif(not LIBRARIES, reason="not tried: libfaketime is not installed")
@pytest.mark.parametrize("jump", ["-30d", "+400d"])
def test_a_clock_that_jumps_spends_no_time_and_ends_nothing(
    toy_study: Any, tmp_path: Path, jump: str
) -> None:
    clock = tmp_path / "clock"
    clock.write_text("+0\n")
    toy_study.environment |= {
        "LD_PRELOAD": str(LIBRARIES[0]),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_NO_CACHE": "1",
        "DONT_FAKE_MONOTONIC": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    driver = toy_study.start(40, 0, 0, 1)
    toy_study.wait_until(lambda: len(toy_study.finished()) > 3)
    clock.write_text(f"{jump}\n")
    _, errors = driver.communicate(timeout=300)
    assert (driver.returncode, errors) == (0, "")
    months = {event["time"][:7] for event in toy_study.events("finished")}
    assert len(months) == 2, months

    study = read_study(toy_study.folder)
    assert 0 < study.seconds_used < 300
    assert not Budget.starting_now(41, 600.0, study.seconds_used).is_late
    assert all(0 <= trial.seconds < 300 for trial in study.trials)
    before = toy_study.finished()
    assert toy_study.run(41, 0, 0, 1)[0] == 0
    toy_study.check_nothing_lost(before, 41)
