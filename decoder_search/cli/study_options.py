"""The options of `decoder-search run`, each by a name, in the panels of its help page."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer

from decoder_search.cli.completion import one_of, sampler_names, space_names, study_names, tuner_names
from encodenet_core.io.shell_paths import shell_paths

_study_option = partial(typer.Option, rich_help_panel="Study")
_search_option = partial(typer.Option, rich_help_panel="Search")
_limit_option = partial(typer.Option, rich_help_panel="Budget and limits")
_machine_option = partial(typer.Option, rich_help_panel="Machine")
_cluster_option = partial(typer.Option, rich_help_panel="Cluster")

SpaceArgument = Annotated[
    str,
    typer.Argument(
        help="Packaged search space, or a YAML file.", autocompletion=space_names, callback=shell_paths
    ),
]
DataOption = Annotated[
    str | None,
    _study_option(help="Dataset name, image folder, or .npz, .csv or .parquet file.", callback=shell_paths),
]
StudyOption = Annotated[
    str | None, _study_option(help="Name; that of the space if left out.", autocompletion=study_names)
]
SeedOption = Annotated[int | None, _study_option(help="Of sampler, split and training; 0 if left out.")]
AssignmentsOption = Annotated[list[str] | None, _study_option("--set", help="Such as decoder.depth=3.")]
FromOption = Annotated[
    str | None,
    _study_option("--from", help="A study whose trials teach the sampler.", autocompletion=study_names),
]
MirrorOption = Annotated[
    str | None,
    _study_option(
        envvar="DECODER_SEARCH_MIRROR",
        metavar="URL",
        help="An Optuna storage to keep up to date: sqlite:///FILE, postgresql://..., a journal file.",
    ),
]
EngineOption = Annotated[
    str, _search_option(help="optuna or keras-tuner.", autocompletion=one_of("optuna", "keras-tuner"))
]
SamplerOption = Annotated[
    str | None,
    _search_option(
        help="Of Optuna: tpe (if left out), nsga2, nsga3, gp, random, grid or qmc.",
        autocompletion=sampler_names,
    ),
]
TunerOption = Annotated[
    str | None,
    _search_option(help="Of Keras Tuner: random, bayesian, hyperband or grid.", autocompletion=tuner_names),
]
ObjectiveOption = Annotated[
    str,
    _search_option(
        help="both, accuracy or reconstruction.", autocompletion=one_of("both", "accuracy", "reconstruction")
    ),
]
AccuracyOption = Annotated[
    str,
    _search_option(
        help="Which one: plain, or balanced, the mean over uneven classes.",
        autocompletion=one_of("plain", "balanced"),
    ),
]
ReconstructionOption = Annotated[
    str,
    _search_option(help="How it is measured: mse or retrieval.", autocompletion=one_of("mse", "retrieval")),
]
PrunerOption = Annotated[
    str,
    _search_option(
        help="halving stops trials that fall behind at their rungs, none lets all finish.",
        autocompletion=one_of("halving", "none"),
    ),
]
FirstRungOption = Annotated[int, _search_option(help="Epochs of the autoencoder until the first rung.")]
ReductionFactorOption = Annotated[
    int, _search_option(help="How much farther each next rung is, and what share of trials goes on there.")
]
TrialsOption = Annotated[
    int, _limit_option(help="Trials of the study in total, however often it is resumed.")
]
TimeBudgetOption = Annotated[str | None, _limit_option(help="Wall time of the whole study: 90s, 30m or 2h.")]
TrialTimeoutOption = Annotated[str | None, _limit_option(help="Wall time of one trial.")]
TrialMemoryOption = Annotated[str | None, _limit_option(help="Memory of a trial's worker: 800MB, 4GB.")]
KeepWeightsOption = Annotated[
    int,
    _limit_option(
        help="So many of the best trials keep their trained models, and the Pareto front; 0: none."
    ),
]
MaxDiskOption = Annotated[
    str | None, _limit_option(help="What the study and its stages may take on disk: 800MB, 5GB.")
]
WorkersOption = Annotated[
    str | None,
    _machine_option(
        help="Trials at the same time, or auto; 2 if left out, with --gpus and --ray as many as fit."
    ),
]
GpusOption = Annotated[str | None, _machine_option(help="Which to use, such as 0,1.")]
PerGpuOption = Annotated[int, _machine_option(help="Trials at a time on each.")]
RayOption = Annotated[
    str | None,
    _cluster_option(
        metavar="ADDRESS",
        help="Run trials on a Ray cluster: auto, host:port, ray://host:port, or local for one here.",
    ),
]
CpusPerTrialOption = Annotated[int | None, _cluster_option(help="Cores of each, which are its threads; 1.")]
GpusPerTrialOption = Annotated[float | None, _cluster_option(help="GPUs of each: 0, 0.5, 1, 2.")]
RayCacheOption = Annotated[
    str | None,
    _cluster_option(
        metavar="FOLDER",
        help="Stage cache of the machines, if they share a file system; else each has its own.",
        callback=shell_paths,
    ),
]
