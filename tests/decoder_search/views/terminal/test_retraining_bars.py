from __future__ import annotations

import io

from rich.console import Console

from decoder_search.views.terminal.retraining_bars import RetrainingBars


def test_a_bar_follows_its_retraining_through_stages_and_goes_with_it() -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=100, color_system=None)
    with RetrainingBars(console) as bars:
        bars.follow("trial 3, seed 0", "autoencoder", 4, 30)
        assert bars._bars.tasks[0].completed == 4
        bars.say("trial [5], seed 0: done")
        bars.follow("trial 3, seed 0", "classifier", 1, 40)
        assert [task.fields["stage"] for task in bars._bars.tasks] == ["classifier"]
        assert bars._bars.tasks[0].completed == 1
        bars.follow("trial 3, seed 0", "", 0, 0)
        assert bars._bars.tasks == []
        bars.follow("trial 4, seed 0", "", 0, 0)  # it ended before it reported anything
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert "trial [5], seed 0: done" in shown


def test_no_bar_is_left_of_what_was_interrupted() -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=100, color_system=None)
    with RetrainingBars(console) as bars:
        bars.follow("trial 3, seed 0", "autoencoder", 4, 30)
    assert bars._bars.tasks == []
