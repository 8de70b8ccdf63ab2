"""What a study has on disk: every file is read or refused in one line, and not believed beyond its types."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hostile import ESCAPES, as_json, fuzzed, mutated, mutated_bytes, or_refused
from hypothesis import strategies as st
from rich.console import Console

from decoder_search.analysis.confirmed import confirmed_configs
from decoder_search.analysis.formats import ROW_FORMATS, format_rows
from decoder_search.analysis.rows import LeaderboardOptions, leaderboard_rows
from decoder_search.records.confirmations import (
    CONFIRMED_FILE,
    Confirmation,
    ConfirmationLog,
    read_confirmations,
)
from decoder_search.records.curves import read_curve, read_reports
from decoder_search.records.facts import StudyFacts
from decoder_search.records.journal import Journal
from decoder_search.records.settings import Pruning, StudySettings
from decoder_search.records.study_record import TRIALS_FILE, StudyRecord, read_study
from decoder_search.records.trial_record import Proposal, TrialRecord
from decoder_search.space.parsing import load_space
from decoder_search.views.browser.filters import parse_filter
from decoder_search.views.browser.study_list import summarise
from decoder_search.views.report.album import Album
from decoder_search.views.report.classes import classes_section
from decoder_search.views.report.illustrating import read_illustration
from decoder_search.views.terminal.details import build_details, trial_details
from decoder_search.views.terminal.leaderboard import build_leaderboard
from encodenet_core import ConfigError
from encodenet_core.figures.class_file import CLASSES_FILE

METRICS = {
    "mse": 0.05, "retrieval": 0.9, "explained_variance": 0.4, "n_targets": 30, "target_variance": 0.1,
    "accuracy": 0.96, "cross_entropy": 0.15, "control_features_accuracy": 0.952, "decoder_parameters": 12345,
}  # fmt: skip
FACTS = {
    "dataset_name": "digits", "dataset_fingerprint": "0123", "baseline_key": "b-1", "num_classes": 10,
    "n_train": 900, "n_validation": 400, "pixel_variance": 0.14, "baseline_accuracy": 0.95,
    "baseline_cross_entropy": 0.2,
    "baseline_parameters": 5000, "control_training_accuracy": 0.955, "control_training_epochs": 12,
    "spend_macs": 10**12, "reference_point": {"mse": 0.14, "retrieval": 0.0, "accuracy": 0.1},
}  # fmt: skip


def params_of(settings: StudySettings, place: int) -> dict[str, Any]:
    params: dict[str, Any] = {}
    for parameter in settings.space.parameters:
        if settings.space.is_active(parameter, params):
            params[parameter.path] = parameter.examples()[place % len(parameter.examples())]
    return params


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study with trials of every state; the tests write over its files."""
    settings = StudySettings(
        "tiny", load_space("digits").with_constants({"seed": 7}), 7, "tpe", "mse",
        "2024-05-06T07:08:09+00:00", {"keras": "3.13"}, pruning=Pruning(),
    )  # fmt: skip
    folder = tmp_path_factory.mktemp("results") / "tiny"
    with Journal.open(folder, lambda: settings) as journal:
        journal.opened({"sampler": "tpe"}, 5)
        journal.prepared(StudyFacts(**FACTS))
        for number, state in enumerate(["completed", "completed", "pruned", "infeasible", "failed"]):
            params = params_of(settings, number)
            journal.started(Proposal(number, params, {"note": 1}))
            journal.reported(number, 3, {"mse": 0.05, "accuracy": 0.5})
            measured = METRICS if state == "completed" else {"mse": 0.04, "probe_accuracy": 0.8}
            reason = "" if state == "completed" else "class 7 has 3 images"
            journal.finished(TrialRecord(number, params, state, measured, reason, 12.5))  # type: ignore[arg-type]
    params = params_of(settings, 0)
    with ConfirmationLog(folder) as log:
        for seed in (7, 8):
            config = settings.space.final_config(params, seed).stable_hash()
            gains = {"accuracy": 0.9, "test_accuracy": 0.89, "baseline_accuracy": 0.8}
            log.append(Confirmation(0, params, seed, config, "completed", gains, "images"))
    return folder


@pytest.fixture(scope="module")
def lines(folder: Path) -> list[bytes]:
    return (folder / TRIALS_FILE).read_bytes().splitlines()


@pytest.fixture(scope="module")
def confirmed_lines(folder: Path) -> list[bytes]:
    return (folder / CONFIRMED_FILE).read_bytes().splitlines()


def look_at(study: StudyRecord) -> None:
    """All that shows a study, none of which may choke on it or hand an escape through."""
    shown = Console(file=io.StringIO(), width=160, force_terminal=False)
    for by_clustering in (False, True):
        options = LeaderboardOptions(by_clustering=by_clustering)
        rows = or_refused(lambda: leaderboard_rows(study, options))  # noqa: B023
        board = or_refused(lambda: build_leaderboard(study, options))  # noqa: B023
        if rows is None or board is None:
            continue
        shown.print(board)
        parsed = parse_filter("state!=pruned accuracy>0.8 nearest")
        assert all(parsed.matches(row) in (True, False) for row in rows)
        for format in ROW_FORMATS:
            text = format_rows(rows, format)
            assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", text)
    for trial in study.trials:
        json.dumps(trial_details(study, trial.number), allow_nan=False)
        shown.print(build_details(study, trial.number))
        assert (
            study.folder / "trials" / str(trial.number)
        ).resolve().parent == study.folder.resolve() / "trials"
    or_refused(confirmed_configs, study, (7, 8))
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", shown.file.getvalue())  # type: ignore[attr-defined]


def look_at_folder(folder: Path) -> None:
    study = or_refused(read_study, folder)
    if study is not None:
        look_at(study)
    assert summarise(folder).standing
    or_refused(read_reports, folder)
    or_refused(read_curve, folder, 1)


@fuzzed(st.data(), share=2)
def test_a_study_with_changed_lines_is_shown_or_refused(
    folder: Path, lines: list[bytes], data: st.DataObject
) -> None:
    changed = list(lines)
    for _ in range(data.draw(st.integers(1, 2))):
        place = data.draw(st.integers(0, len(lines) - 1))
        changed[place] = as_json(data.draw(mutated([json.loads(lines[place])])))
    (folder / TRIALS_FILE).write_bytes(b"\n".join(changed) + b"\n")
    look_at_folder(folder)


@fuzzed(st.data(), share=2)
def test_a_study_of_torn_bytes_is_shown_or_refused(
    folder: Path, lines: list[bytes], data: st.DataObject
) -> None:
    (folder / TRIALS_FILE).write_bytes(data.draw(mutated_bytes([b"\n".join(lines) + b"\n"])))
    look_at_folder(folder)


HOSTILE_TRIALS = {
    "a number that is a path": {"number": "../../../tmp/x"},
    "a number below nothing": {"number": -1},
    "a state of nobody's": {"state": "won"},
    "a metric beyond all": {"metrics": {**METRICS, "mse": 1e308}},
    "an accuracy of a thousand percent": {"metrics": {**METRICS, "accuracy": 10.0}},
    "a metric of 10^400": {"metrics": {**METRICS, "mse": 10**400}},
    "a metric that is a word": {"metrics": {**METRICS, "mse": "low"}},
    "params that are a list": {"params": [["decoder.depth", 1]]},
    "a param that is a list": {"params": {"decoder.depth": [1]}},
    "a trial that goes on from a path": {"resume_from": "../../x"},
    "seconds that are none": {"seconds": "long"},
}


@pytest.mark.parametrize("changes", HOSTILE_TRIALS.values(), ids=HOSTILE_TRIALS)
def test_a_trial_that_nobody_can_have_recorded_is_refused(
    changes: Any, folder: Path, lines: list[bytes]
) -> None:
    event = json.loads(lines[4])
    whole = json.loads(next(line for line in lines if b'"finished"' in line))
    event = {**whole, "trial": {**whole["trial"], **changes}}
    (folder / TRIALS_FILE).write_bytes(b"\n".join([*lines, as_json(event)]) + b"\n")
    with pytest.raises(ConfigError, match=r"line 19 is no event of a study"):
        read_study(folder)


@pytest.mark.parametrize("name", ["../x", "/etc", "a/b", "", ".x", ESCAPES, "x" * 300])
@pytest.mark.parametrize("field", ["name", "teacher"])
def test_a_name_that_leaves_the_results_is_not_taken_from_a_file(
    name: str, field: str, folder: Path, lines: list[bytes]
) -> None:
    created = json.loads(lines[0])
    created["settings"][field] = name
    (folder / TRIALS_FILE).write_bytes(b"\n".join([as_json(created), *lines[1:]]) + b"\n")
    with pytest.raises(ConfigError, match="no study is called"):
        read_study(folder)


@fuzzed(
    st.text(max_size=40)
    | st.sampled_from([ESCAPES, "=1+1", "@x", "[red]x[/red]", "a\nb", "-2+3", "<b>", "|"])
)
def test_a_reason_and_a_word_reach_neither_terminal_nor_spreadsheet_as_more_than_text(
    folder: Path, lines: list[bytes], word: str
) -> None:
    (folder / TRIALS_FILE).write_bytes(b"\n".join(lines) + b"\n")
    study = read_study(folder)
    trial = replace(
        study.trials[-1], reason=word, params={**study.trials[-1].params, "decoder.upsampling": word}
    )
    study = replace(study, trials=(*study.trials[:-1], trial))
    look_at(study)
    text = format_rows(leaderboard_rows(study), "csv")
    assert not re.search(r'(^|,)"?[=+@]', text, re.MULTILINE)


@fuzzed(st.data(), share=2)
def test_confirmations_are_read_or_refused(
    folder: Path, lines: list[bytes], confirmed_lines: list[bytes], data: st.DataObject
) -> None:
    changed = list(confirmed_lines)
    place = data.draw(st.integers(0, len(changed) - 1))
    changed[place] = as_json(data.draw(mutated([json.loads(changed[place])])))
    content = b"\n".join(changed) + b"\n"
    (folder / TRIALS_FILE).write_bytes(b"\n".join(lines) + b"\n")
    (folder / CONFIRMED_FILE).write_bytes(data.draw(st.just(content) | mutated_bytes([content])))
    or_refused(read_confirmations, folder)
    look_at_folder(folder)
    (folder / CONFIRMED_FILE).write_bytes(b"\n".join(confirmed_lines) + b"\n")


TOLD = {
    "format": 1, "config": "", "num_classes": 2, "shown_members": 3,
    "classes": [
        {"label": 0, "name": "ant", "file": "class-0.png", "n_clusters": 1, "n_images": 5,
         "clusters": [{"n_images": 5, "n_noise": 0, "entropy": 0.1, "correct": True}]},
    ],
    "elbow": {"inertias": [[3.0, 2.0]], "median": [3.0, 2.0], "elbow": 1, "configured": 2, "method": "kmeans",
              "extractor": "baseline"},
}  # fmt: skip


@fuzzed(mutated([TOLD]), share=2)
def test_clusters_are_shown_as_they_are_told_or_left_out(
    folder: Path, lines: list[bytes], document: Any
) -> None:
    (folder / TRIALS_FILE).write_bytes(b"\n".join(lines) + b"\n")
    study = read_study(folder)
    winner = study.trials[0]
    if isinstance(document, dict):
        config = study.settings.space.to_config(winner.params).stable_hash()
        document["config"] = config
    path = folder / "trials" / "0" / CLASSES_FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(as_json(document))
    illustration = read_illustration(study, winner)
    if illustration is not None:
        page = classes_section(illustration, Album())
        assert "\x1b" not in page and "<script" not in page


@fuzzed(st.integers(0, 10**6), st.dictionaries(st.sampled_from(list(METRICS)), st.floats(0, 1), min_size=1))
def test_a_trial_is_read_back_as_it_was_recorded(
    folder: Path, lines: list[bytes], number: int, values: Any
) -> None:
    (folder / TRIALS_FILE).write_bytes(b"\n".join(lines) + b"\n")
    written = TrialRecord(
        number, {"decoder.depth": 2, "decoder.upsampling": "nearest"}, "completed", {**METRICS, **values}, "",
        1.5, {"note": [1, None, "x"]}, 2, 5, None,
    )  # fmt: skip
    study = read_study(folder)
    with Journal.open(folder, lambda: study.settings) as journal:
        journal.finished(written)
    assert written in read_study(folder).trials
