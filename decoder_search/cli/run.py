"""`decoder-search run`: start a study, or go on with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer

from decoder_search.cli.completion import (
    RESULTS,
    one_of,
    sampler_names,
    space_names,
    study_names,
    tuner_names,
)
from decoder_search.cli.options import ResultsOption, require_at_least, require_one_of, standard_output
from decoder_search.cli.quantities import in_bytes, in_seconds
from decoder_search.cli.study_options import (
    cluster_of,
    cluster_workers,
    devices_of,
    proposer_of,
    pruning_of,
)
from encodenet_core.errors import ConfigError

if TYPE_CHECKING:
    from decoder_search.records.settings import EngineName, Pruning, StudySettings
    from decoder_search.space.search_space import SearchSpace

STUDY, SEARCH, LIMITS, MACHINE = "Study", "Search", "Budget and limits", "Machine"
CLUSTER = "Cluster"


def run(
    space: Annotated[
        str, typer.Argument(help="Packaged search space, or a YAML file.", autocompletion=space_names)
    ] = "digits",
    data: Annotated[
        str | None, typer.Option(help="Dataset name, .npz file or image folder.", rich_help_panel=STUDY)
    ] = None,
    study: Annotated[
        str | None,
        typer.Option(
            help="Name; that of the space if left out.", rich_help_panel=STUDY, autocompletion=study_names
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(help="Of sampler, split and training; 0 if left out.", rich_help_panel=STUDY),
    ] = None,
    assignments: Annotated[
        list[str] | None, typer.Option("--set", help="Such as decoder.depth=3.", rich_help_panel=STUDY)
    ] = None,
    older: Annotated[
        str | None,
        typer.Option(
            "--from",
            help="A study whose trials teach the sampler.",
            rich_help_panel=STUDY,
            autocompletion=study_names,
        ),
    ] = None,
    results: ResultsOption = RESULTS,
    mirror: Annotated[
        str | None,
        typer.Option(
            envvar="DECODER_SEARCH_MIRROR",
            metavar="URL",
            help="An Optuna storage to keep up to date: sqlite:///FILE, postgresql://..., a journal file.",
            rich_help_panel=STUDY,
        ),
    ] = None,
    engine: Annotated[
        str,
        typer.Option(
            help="optuna or keras-tuner.",
            rich_help_panel=SEARCH,
            autocompletion=one_of("optuna", "keras-tuner"),
        ),
    ] = "optuna",
    sampler: Annotated[
        str | None,
        typer.Option(
            help="Of Optuna: tpe (if left out), nsga2, nsga3, gp, random, grid or qmc.",
            rich_help_panel=SEARCH,
            autocompletion=sampler_names,
        ),
    ] = None,
    tuner: Annotated[
        str | None,
        typer.Option(
            help="Of Keras Tuner: random, bayesian, hyperband or grid.",
            rich_help_panel=SEARCH,
            autocompletion=tuner_names,
        ),
    ] = None,
    objective: Annotated[
        str,
        typer.Option(
            help="both, accuracy or reconstruction.",
            rich_help_panel=SEARCH,
            autocompletion=one_of("both", "accuracy", "reconstruction"),
        ),
    ] = "both",
    reconstruction: Annotated[
        str,
        typer.Option(
            help="How it is measured: mse or retrieval.",
            rich_help_panel=SEARCH,
            autocompletion=one_of("mse", "retrieval"),
        ),
    ] = "mse",
    pruner: Annotated[
        str,
        typer.Option(
            help="halving stops trials that fall behind at their rungs, none lets all finish.",
            rich_help_panel=SEARCH,
            autocompletion=one_of("halving", "none"),
        ),
    ] = "halving",
    first_rung: Annotated[
        int, typer.Option(help="Epochs of the autoencoder until the first rung.", rich_help_panel=SEARCH)
    ] = 3,
    reduction_factor: Annotated[
        int,
        typer.Option(
            help="How much farther each next rung is, and what share of trials goes on there.",
            rich_help_panel=SEARCH,
        ),
    ] = 3,
    trials: Annotated[
        int,
        typer.Option(
            help="Trials of the study in total, however often it is resumed.", rich_help_panel=LIMITS
        ),
    ] = 12,
    time_budget: Annotated[
        str | None,
        typer.Option(help="Wall time of the whole study: 90s, 30m or 2h.", rich_help_panel=LIMITS),
    ] = None,
    trial_timeout: Annotated[
        str | None, typer.Option(help="Wall time of one trial.", rich_help_panel=LIMITS)
    ] = None,
    trial_memory: Annotated[
        str | None, typer.Option(help="Memory of a trial's worker: 800MB, 4GB.", rich_help_panel=LIMITS)
    ] = None,
    keep_weights: Annotated[
        int,
        typer.Option(
            help="So many of the best trials keep their trained models, and the Pareto front; 0: none.",
            rich_help_panel=LIMITS,
        ),
    ] = 10,
    max_disk: Annotated[
        str | None,
        typer.Option(
            help="What the study and its stages may take on disk: 800MB, 5GB.", rich_help_panel=LIMITS
        ),
    ] = None,
    workers: Annotated[
        str | None,
        typer.Option(
            help="Trials at the same time, or auto; 2 if left out, with --gpus and --ray as many as fit.",
            rich_help_panel=MACHINE,
        ),
    ] = None,
    gpus: Annotated[
        str | None, typer.Option(help="Which to use, such as 0,1.", rich_help_panel=MACHINE)
    ] = None,
    per_gpu: Annotated[int, typer.Option(help="Trials at a time on each.", rich_help_panel=MACHINE)] = 1,
    ray: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="Run trials on a Ray cluster: auto, host:port, ray://host:port, or local for one here.",
            rich_help_panel=CLUSTER,
        ),
    ] = None,
    cpus_per_trial: Annotated[
        int | None, typer.Option(help="Cores of each, which are its threads; 1.", rich_help_panel=CLUSTER)
    ] = None,
    gpus_per_trial: Annotated[
        float | None, typer.Option(help="GPUs of each: 0, 0.5, 1, 2.", rich_help_panel=CLUSTER)
    ] = None,
    ray_cache: Annotated[
        str | None,
        typer.Option(
            metavar="FOLDER",
            help="Stage cache of the machines, if they share a file system; else each has its own.",
            rich_help_panel=CLUSTER,
        ),
    ] = None,
) -> None:
    """Run a study, or go on with the one of that name."""
    from decoder_search.analysis.rows import LeaderboardOptions
    from decoder_search.mirror.address import MirrorAddress
    from decoder_search.records.listing import check_study_name, find_study
    from decoder_search.views.terminal.leaderboard import build_leaderboard
    from encodenet_core.config_values import parse_assignment
    from encodenet_core.stages.layout import default_cache_folder

    require_at_least("--trials", trials, 1)
    require_at_least("--keep-weights", keep_weights, 0)
    cluster = cluster_of(ray, cpus_per_trial, gpus_per_trial, ray_cache)
    if cluster is None:
        devices, n_workers = devices_of(gpus, per_gpu, workers)
    else:
        devices, n_workers = ({},), cluster_workers(gpus, per_gpu, workers)
    seconds = None if time_budget is None else in_seconds("--time-budget", time_budget)
    timeout = None if trial_timeout is None else in_seconds("--trial-timeout", trial_timeout)
    memory = None if trial_memory is None else in_bytes("--trial-memory", trial_memory)
    disk = None if max_disk is None else in_bytes("--max-disk", max_disk)
    proposer = proposer_of(engine, sampler, tuner)
    pruning = pruning_of(proposer, pruner, first_rung, reduction_factor)
    overrides = dict(parse_assignment(text) for text in assignments or [])
    overrides |= {} if seed is None else {"seed": seed}
    overrides |= {} if data is None else {"dataset.source": data}
    searched = _searched_space(space, overrides)
    folder = results / check_study_name(searched.name if study is None else study)
    address = None if mirror is None else MirrorAddress.parse(mirror, folder)
    warm_start_from = None if older is None else find_study(older, results).name
    if warm_start_from == folder.name:
        raise ConfigError(f"--from is {warm_start_from}, the study itself; give the name of an older one")
    settings = _settings(
        folder.name,
        searched,
        proposer,
        pruning,
        objective=objective,
        reconstruction=reconstruction,
        warm_start_from=warm_start_from,
    )
    from decoder_search.driver.budget import TrialLimits
    from decoder_search.driver.housekeeping import Storage
    from decoder_search.driver.launch import Resources, launch_study  # loads Optuna, which no refusal needs

    console = standard_output()
    limits = TrialLimits(timeout, memory)
    kept, cache = Storage(keep_weights, disk), default_cache_folder()
    resources = Resources(
        trials, n_workers, seconds, cache, limits, devices, address, storage=kept, cluster=cluster
    )
    record, interrupted = launch_study(folder, settings, resources, console)
    completed = any(trial.state == "completed" for trial in record.trials)
    if completed:
        console.print(build_leaderboard(record, LeaderboardOptions(top=10)))
    if interrupted:
        typer.echo(f"Interrupted. The same command goes on with study {folder.name}.")
        raise typer.Exit(130)
    if completed:
        typer.echo(f"Next: decoder-search export {folder.name} --output winner.yaml")


def _settings(
    name: str,
    space: SearchSpace,
    proposer: tuple[EngineName, str],
    pruning: Pruning | None,
    **choices: Any,
) -> StudySettings:
    from decoder_search.execution.versions import library_versions
    from decoder_search.records.journal import utc_now
    from decoder_search.records.settings import Objective, Reconstruction, StudySettings

    require_one_of("--objective", choices["objective"], get_args(Objective))
    require_one_of("--reconstruction", choices["reconstruction"], get_args(Reconstruction))
    engine, sampler = proposer
    return StudySettings(
        name=name,
        space=space,
        seed=space.constants["seed"],
        engine=engine,
        sampler=sampler,
        pruning=pruning,
        created=utc_now(),
        versions=library_versions(engine),
        **choices,
    )


def _searched_space(name_or_path: str, overrides: Mapping[str, Any]) -> SearchSpace:
    """The space of a study: seed and absolute paths among its constants, for whoever trains the winner."""
    from decoder_search.space.parsing import load_space
    from encodenet_core.config_values import with_absolute_paths

    space = load_space(name_or_path)
    return space.with_constants(with_absolute_paths({"seed": 0, **space.constants, **overrides}))
