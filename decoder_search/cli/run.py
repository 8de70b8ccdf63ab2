"""`decoder-search run`: start a study, or go on with it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, cast, get_args

import typer

from decoder_search.cli.options import RESULTS, ResultsOption, require_at_least, require_one_of
from encodenet_core import ConfigError

if TYPE_CHECKING:
    from decoder_search.space import SearchSpace


def run(
    space: Annotated[str, typer.Argument(help="Packaged search space, or a YAML file.")] = "digits",
    data: Annotated[str | None, typer.Option(help="Dataset name, .npz file or image folder.")] = None,
    study: Annotated[str | None, typer.Option(help="Name; that of the space if left out.")] = None,
    trials: Annotated[
        int, typer.Option(help="Trials of the study in total, however often it is resumed.")
    ] = 12,
    time_budget: Annotated[str | None, typer.Option(help="Start no trial after 90s, 30m or 2h.")] = None,
    sampler: Annotated[str, typer.Option(help="tpe, nsga2 or random.")] = "tpe",
    reconstruction: Annotated[str, typer.Option(help="First objective: mse or retrieval.")] = "mse",
    workers: Annotated[int, typer.Option(help="Trials at the same time.")] = 2,
    seed: Annotated[int | None, typer.Option(help="Of sampler, split and training; 0 if left out.")] = None,
    results: ResultsOption = RESULTS,
    assignments: Annotated[list[str] | None, typer.Option("--set", help="Such as decoder.depth=3.")] = None,
) -> None:
    """Run a study, or go on with the one of that name."""
    from rich.console import Console

    from decoder_search.journal import utc_now
    from decoder_search.leaderboard import build_leaderboard
    from decoder_search.records import check_study_name
    from decoder_search.settings import Reconstruction, Sampler, StudySettings
    from encodenet_core import default_cache_folder, parse_assignment

    require_at_least("--trials", trials, 1)
    require_at_least("--workers", workers, 1)
    require_one_of("--sampler", sampler, get_args(Sampler))
    require_one_of("--reconstruction", reconstruction, get_args(Reconstruction))
    budget = None if time_budget is None else _seconds(time_budget)
    overrides = dict(parse_assignment(text) for text in assignments or [])
    overrides |= {} if seed is None else {"seed": seed}
    overrides |= {} if data is None else {"dataset.source": data}
    searched = _searched_space(space, overrides)
    folder = results / check_study_name(searched.name if study is None else study)
    settings = StudySettings(
        name=folder.name,
        space=searched,
        seed=searched.constants["seed"],
        sampler=cast(Sampler, sampler),
        reconstruction=cast(Reconstruction, reconstruction),
        created=utc_now(),
        versions=_versions(),
    )
    from decoder_search.launch import Resources, launch_study  # loads Optuna, which no refusal needs

    console = Console()
    resources = Resources(trials, workers, budget, default_cache_folder())
    record, interrupted = launch_study(folder, settings, resources, console)
    completed = any(trial.state == "completed" for trial in record.trials)
    if completed:
        console.print(build_leaderboard(record, top=10))
    if interrupted:
        typer.echo(f"Interrupted. The same command goes on with study {folder.name}.")
        raise typer.Exit(130)
    if completed:
        typer.echo(f"Next: decoder-search export {folder.name} --output winner.yaml")


def _searched_space(name_or_path: str, overrides: Mapping[str, Any]) -> SearchSpace:
    """The space of a study: seed and absolute paths among its constants, for whoever trains the winner."""
    from decoder_search.space import load_space
    from encodenet_core import with_absolute_paths

    space = load_space(name_or_path)
    return space.with_constants(with_absolute_paths({"seed": 0, **space.constants, **overrides}))


def _versions() -> dict[str, str]:
    from importlib.metadata import version

    return {
        name: version(name) for name in ("decoder-search", "optuna", "keras", "tensorflow", "scikit-learn")
    }


def _seconds(text: str) -> float:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(s|m|h)", text.strip())
    if not match or float(match[1]) == 0:
        raise ConfigError(f"--time-budget is {text!r}, but expected is a time such as 90s, 30m or 2h")
    return float(match[1]) * {"s": 1, "m": 60, "h": 3600}[match[2]]
