from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from decoder_search.cli import app
from decoder_search.records.settings import Pruning
from decoder_search.records.study_record import StudyRecord
from decoder_search.space.parsing import load_space
from decoder_search.views.report.origin import origin_section, run_command, space_note


@pytest.fixture
def packaged(study: StudyRecord) -> StudyRecord:
    """A study of a packaged space."""
    settings = replace(study.settings, space=load_space("digits"), seed=0, pruning=Pruning())
    return replace(study, settings=settings)


def test_what_has_its_default_is_left_out(packaged: StudyRecord) -> None:
    assert run_command(packaged) == "decoder-search run digits --study tiny --trials 9"
    assert space_note(packaged) == ""


def test_every_option_that_was_another_is_there(packaged: StudyRecord) -> None:
    space = packaged.settings.space.with_constants({"decoder.depth": 1, "dataset.source": "my images"})
    changes: dict[str, Any] = {
        "name": "a b", "space": space, "seed": 3, "engine": "keras-tuner", "sampler": "random",
        "objective": "accuracy", "reconstruction": "retrieval", "pruning": Pruning(1, 4),
        "warm_start_from": "old",
    }  # fmt: skip
    command = run_command(replace(packaged, settings=replace(packaged.settings, **changes)))
    assert command == (
        "decoder-search run digits --study 'a b' --trials 9 --engine keras-tuner --tuner random --seed 3 "
        "--objective accuracy --reconstruction retrieval --from old --first-rung 1 --reduction-factor 4 "
        "--set 'dataset.source=my images' --set decoder.depth=1"
    )


def test_the_command_is_one_that_the_tool_takes(packaged: StudyRecord, tmp_path: Path) -> None:
    settings = replace(packaged.settings, sampler="nsga2", pruning=None)
    command = shlex.split(run_command(replace(packaged, settings=settings)))
    assert command[-2:] == ["--pruner", "none"]
    # An option that is refused before anything starts shows that all others were understood.
    run = CliRunner().invoke(app, [*command[1:], "--results", str(tmp_path), "--trials", "0"])
    assert "--trials is 0" in str(run.exception)


def test_a_space_of_the_users_own_is_named_as_a_file(study: StudyRecord) -> None:
    assert run_command(study).startswith("decoder-search run tiny.yaml --study tiny --trials 9 --seed 7")
    assert space_note(study).startswith("tiny.yaml stands for the space's own file")


def test_a_packaged_space_that_has_changed_since_is_told(packaged: StudyRecord) -> None:
    fewer = replace(packaged.settings.space, parameters=packaged.settings.space.parameters[:2])
    changed = replace(packaged, settings=replace(packaged.settings, space=fewer))
    assert (
        space_note(changed)
        == "The packaged space digits was another then; what was searched is listed above."
    )


def test_versions_and_next_steps_are_there(study: StudyRecord) -> None:
    made = origin_section(study)
    assert "keras 3.13" in made and "created 2024-05-06T07:08:09+00:00" in made
    assert "decoder-search export tiny --output winner.yaml" in made
