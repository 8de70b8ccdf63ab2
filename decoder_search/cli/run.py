"""`decoder-search run`: start a study, or go on with it."""

from __future__ import annotations

import typer

from decoder_search.cli import study_options
from decoder_search.cli.completion import RESULTS
from decoder_search.cli.options import ResultsOption, require_at_least, standard_output
from decoder_search.cli.study_request import (
    bytes_of,
    cluster_of,
    proposer_of,
    pruning_of,
    seconds_of,
    settings_of,
    space_of,
    workers_of,
)


def run(
    space: study_options.SpaceArgument = "digits",
    data: study_options.DataOption = None,
    study: study_options.StudyOption = None,
    seed: study_options.SeedOption = None,
    assignments: study_options.AssignmentsOption = None,
    older: study_options.FromOption = None,
    results: ResultsOption = RESULTS,
    mirror: study_options.MirrorOption = None,
    engine: study_options.EngineOption = "optuna",
    sampler: study_options.SamplerOption = None,
    tuner: study_options.TunerOption = None,
    objective: study_options.ObjectiveOption = "both",
    accuracy: study_options.AccuracyOption = "plain",
    reconstruction: study_options.ReconstructionOption = "mse",
    pruner: study_options.PrunerOption = "halving",
    first_rung: study_options.FirstRungOption = 3,
    reduction_factor: study_options.ReductionFactorOption = 2,
    trials: study_options.TrialsOption = 12,
    time_budget: study_options.TimeBudgetOption = None,
    trial_timeout: study_options.TrialTimeoutOption = None,
    trial_memory: study_options.TrialMemoryOption = None,
    keep_weights: study_options.KeepWeightsOption = 10,
    max_disk: study_options.MaxDiskOption = None,
    workers: study_options.WorkersOption = None,
    gpus: study_options.GpusOption = None,
    per_gpu: study_options.PerGpuOption = 1,
    ray: study_options.RayOption = None,
    cpus_per_trial: study_options.CpusPerTrialOption = None,
    gpus_per_trial: study_options.GpusPerTrialOption = None,
    ray_cache: study_options.RayCacheOption = None,
) -> None:
    """Run a study, or go on with the one of that name."""
    from decoder_search.analysis.rows import LeaderboardOptions
    from decoder_search.mirror.address import MirrorAddress
    from decoder_search.records.listing import check_study_name
    from decoder_search.views.terminal.conclusion import build_conclusion
    from decoder_search.views.terminal.leaderboard import build_leaderboard
    from encodenet_core.stages.layout import default_cache_folder

    require_at_least("--trials", trials, 1)
    require_at_least("--keep-weights", keep_weights, 0)
    cluster = cluster_of(ray, cpus_per_trial, gpus_per_trial, ray_cache)
    devices, n_workers = workers_of(cluster, gpus, per_gpu, workers)
    seconds = seconds_of("--time-budget", time_budget)
    timeout = seconds_of("--trial-timeout", trial_timeout)
    memory = bytes_of("--trial-memory", trial_memory)
    disk = bytes_of("--max-disk", max_disk)
    proposer = proposer_of(engine, sampler, tuner)
    pruning = pruning_of(proposer, pruner, first_rung, reduction_factor)
    searched = space_of(space, data, seed, assignments)
    folder = results / check_study_name(searched.name if study is None else study)
    address = None if mirror is None else MirrorAddress.parse(mirror, folder)
    measures = {"accuracy": accuracy, "reconstruction": reconstruction}
    choices = {"pruning": pruning, "objective": objective, **measures}
    settings = settings_of(folder, searched, older, proposer, **choices)
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
        console.print(build_conclusion(record), highlight=False)
    if interrupted:
        typer.echo(f"Interrupted. The same command goes on with study {folder.name}.")
        raise typer.Exit(130)
    if completed:
        typer.echo(f"Next: decoder-search confirm {folder.name} --top 1")
        typer.echo(f"      decoder-search export {folder.name} --output winner.yaml")
