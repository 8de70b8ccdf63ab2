from __future__ import annotations

import io
import time
from typing import Any

import pytest
from rich.console import Console, Group

from decoder_search.records.trial_record import TrialRecord
from decoder_search.views.terminal.live import LiveView, TrialProgress, running_lines

PARAMS = {"decoder.depth": 2, "decoder.upsampling": "pixel_shuffle", "clustering.n_clusters": 4}
METRICS = {"accuracy": 0.9721, "mse": 0.02134, "retrieval": 0.931, "cross_entropy": 0.11}


def new_console(*, terminal: bool, height: int = 24) -> Console:
    return Console(
        file=io.StringIO(),
        force_terminal=terminal,
        width=80,
        height=height,
        color_system="truecolor",
        _environ={"TERM": "xterm-256color"},
    )


def new_view(console: Console, *, deadline: float | None = None) -> LiveView:
    return LiveView(console, study_name="digits", n_trials=12, deadline=deadline)


def output(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def record(number: int, state: Any = "completed", **values: Any) -> TrialRecord:
    metrics = METRICS if state == "completed" else {}
    return TrialRecord(number, PARAMS, state, **{"metrics": metrics, "seconds": 41.2, **values})


def rendered(view: LiveView, height: int = 24) -> str:
    """The live area as text, without colours."""
    console = Console(file=io.StringIO(), width=80, height=height)
    console.print(view.render())
    return output(console)


def test_the_live_area_shows_running_trials_the_best_and_the_counts() -> None:
    with new_view(new_console(terminal=True)) as view:
        view.trial_started(4, PARAMS)
        view.trial_started(5, PARAMS)
        view.trial_reported(4, "autoencoder", 7, 15, {"mse": 0.0312})
        view.trial_finished(record(3), record(3))
        view.trial_finished(record(2, "infeasible", reason="class 7 has 3 images"), record(3))
        area = rendered(view)
    lines = [line.strip("│ ") for line in area.splitlines()]
    assert "study digits" in lines[0]
    assert "2 of 12 trials" in lines[1]
    assert [part for part in lines[3].split() if "━" not in part] == [
        "4",
        "autoencoder",
        "7/15",
        "mse",
        "0.0312",
    ]
    assert lines[4] == "depth=2 upsampling=pixel_shuffle n_clusters=4"
    assert lines[5].startswith("5   starting")
    assert "best    trial 3  accuracy 97.2 %, mse 0.02134, retrieval 93.1 %" in lines
    assert "trials  1 completed · 1 infeasible" in lines


def test_on_a_terminal_news_and_the_live_area_are_written() -> None:
    console = new_console(terminal=True)
    with new_view(console) as view:
        view.trial_started(0, PARAMS)
        view.say("trial 9 died (killed by SIGKILL); it is tried again")
    written = output(console)
    assert "trial 9 died (killed by SIGKILL); it is tried again" in written
    assert "study digits" in written
    assert "\x1b[" in written


def test_many_values_give_way_to_the_number_and_the_stage_of_a_trial() -> None:
    with new_view(new_console(terminal=True)) as view:
        view.trial_started(7, PARAMS)
        values = {"loss": 0.1, "mse": 0.2, "retrieval": 0.4, "probe_accuracy": 0.9, "probe_seconds": 0.1}
        view.trial_reported(7, "autoencoder", 3, 27, values)
        shown = rendered(view)
    (line,) = (line for line in shown.splitlines() if "loss" in line)
    assert line.strip("│ ").split()[:2] == ["7", "autoencoder"]
    assert "3/27" in line
    assert "probe_seconds" not in shown


def test_a_trial_that_ended_or_left_is_no_longer_shown() -> None:
    with new_view(new_console(terminal=True)) as view:
        for number in (41, 42):
            view.trial_started(number, PARAMS)
        view.trial_finished(record(41, "failed", reason="a bug"), None)
        assert "41" not in rendered(view)
        view.trial_left(42)
        assert "42" not in rendered(view)
        assert "best    none yet" in rendered(view)


def test_the_view_fits_its_terminal_however_many_trials_run() -> None:
    with new_view(new_console(terminal=True)) as view:
        for number in range(40):
            view.trial_started(number, {**PARAMS, "decoder.convolution": "inverted_residual" * 9})
            view.trial_reported(
                number, "a stage with a long name", 99999, 99999, {"mse": 1 / 3, "loss": 1 / 7}
            )
        view.trial_finished(record(99), record(99))
        lines = rendered(view).splitlines()
    assert len(lines) <= 24
    assert all(len(line) <= 80 for line in lines)
    assert any("and 26 more" in line for line in lines)


def test_params_give_way_where_the_lines_are_few() -> None:
    rows = [TrialProgress(number, PARAMS) for number in range(4)]
    assert len(running_lines(rows, room=8)) == 8
    assert len(running_lines(rows, room=7)) == 4
    assert len(running_lines(rows, room=3)) == 3


def test_without_a_terminal_there_is_a_line_a_finished_trial_and_a_line_a_stage() -> None:
    console = new_console(terminal=False)
    with new_view(console) as view:
        view.trial_reported(-1, "baseline", 1, 15, {})
        view.trial_left(-1)
        view.trial_started(3, PARAMS)
        for epoch in (1, 2):
            view.trial_reported(3, "autoencoder", epoch, 2, {"mse": 0.1})
        view.trial_finished(record(3), record(3))
        view.trial_started(4, PARAMS)
        view.trial_finished(record(4, "infeasible", reason="class 7 has 3 images", seconds=0.3), record(3))
    assert output(console).splitlines() == [
        "preparation: baseline",
        "trial 3: autoencoder",
        "trial 3 completed in 41s: accuracy 97.2 %, mse 0.02134, retrieval 93.1 %; "
        "depth=2 upsampling=pixel_shuffle n_clusters=4 (1 of 12 done, best is trial 3)",
        "trial 4 infeasible in 0s: class 7 has 3 images; "
        "depth=2 upsampling=pixel_shuffle n_clusters=4 (2 of 12 done, best is trial 3)",
    ]


@pytest.mark.parametrize("terminal", [True, False])
def test_what_a_message_holds_neither_steers_the_terminal_nor_is_markup(terminal: bool) -> None:
    console = new_console(terminal=terminal)
    with new_view(console) as view:
        view.say("class \x1b[2J\x07[red]frog[/red]\nis empty")
    assert "class [2J[red]frog[/red] is empty" in output(console)


def test_trials_of_an_earlier_driver_count_as_done_but_not_for_the_pace() -> None:
    with new_view(new_console(terminal=True)) as view:
        view.resumed([record(0), record(1, "failed"), record(2, "running")], record(0))
        area = rendered(view)
    assert "2 of 12 trials · 0s so far  " in area
    assert "trials  1 completed · 1 failed" in area
    assert "best    trial 0" in area


def test_the_time_left_shrinks_to_the_budget() -> None:
    with new_view(new_console(terminal=True), deadline=time.monotonic() + 90.4) as view:
        assert "about 1m 30s left" in rendered(view)


def test_lines_of_running_trials_can_be_printed_alone() -> None:
    console = Console(file=io.StringIO(), width=80)
    console.print(Group(*running_lines([TrialProgress(-1, stage="baseline", step=3, total=15)], room=2)))
    assert "–   baseline" in output(console)
    assert "3/15" in output(console)
