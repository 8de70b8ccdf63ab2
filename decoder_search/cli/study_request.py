"""What the options of `decoder-search run` mean together, or why they do not go together."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from reprlib import repr as shortened
from typing import TYPE_CHECKING, Any, cast, get_args

import typer

from decoder_search.cli.options import require_at_least, require_one_of
from encodenet_core.errors import ConfigError
from encodenet_core.io.quantities import parse_duration, parse_size

if TYPE_CHECKING:
    from decoder_search.execution.cluster import Cluster
    from decoder_search.records.settings import EngineName, Pruning, StudySettings
    from decoder_search.space.search_space import SearchSpace

DEFAULTS: dict[EngineName, str] = {"optuna": "tpe", "keras-tuner": "bayesian"}
"""Who proposes where nobody is named."""

WHOLE_NUMBER = re.compile("[0-9]{1,6}")

MEGABYTE, EXABYTE = 10**6, 10**18
LONGEST_SECONDS = 10**11


def proposer_of(engine: str, sampler: str | None, tuner: str | None) -> tuple[EngineName, str]:
    """The engine and who of it proposes; an option of the other engine is refused."""
    from decoder_search.records.settings import SAMPLERS

    require_one_of("--engine", engine, SAMPLERS)
    name = cast("EngineName", engine)
    own, foreign = ("--sampler", "--tuner") if name == "optuna" else ("--tuner", "--sampler")
    given = {"--sampler": sampler, "--tuner": tuner}
    if given[foreign] is not None:
        other = "keras-tuner" if name == "optuna" else "optuna"
        raise ConfigError(
            f"{foreign} is an option of --engine {other}, but the engine is {engine}; "
            f"give {own}, or --engine {other}"
        )
    chosen = given[own] or DEFAULTS[name]
    require_one_of(own, chosen, SAMPLERS[name])
    return name, chosen


def pruning_of(
    proposer: tuple[EngineName, str], pruner: str, first_rung: int, reduction_factor: int
) -> Pruning | None:
    """The rungs of the study; options that would move rungs are refused where it has none of ours."""
    from decoder_search.records.settings import Pruning

    require_one_of("--pruner", pruner, ("halving", "none"))
    require_at_least("--first-rung", first_rung, 1)
    require_at_least("--reduction-factor", reduction_factor, 2)
    pruning = Pruning(first_rung, reduction_factor)
    halved_elsewhere = proposer == ("keras-tuner", "hyperband")
    if pruner == "halving" and not halved_elsewhere:
        return pruning
    if pruning != Pruning():
        why = "--tuner hyperband has its own rungs" if halved_elsewhere else "--pruner none has no rungs"
        raise ConfigError(f"{why}; leave --first-rung and --reduction-factor out")
    return None


def seconds_of(option: str, text: str | None) -> float | None:
    """What an option says of time, in seconds; None where it is left out."""
    if text is None:
        return None
    with suppress(ConfigError):
        if 0 < (seconds := parse_duration(text)) <= LONGEST_SECONDS:
            return seconds
    raise ConfigError(f"{option} is {shortened(text)}, but expected is a time such as 90s, 30m or 2h")


def bytes_of(option: str, text: str | None) -> int | None:
    """What an option says of memory or disk, in bytes: a megabyte or more; None where it is left out."""
    if text is None:
        return None
    with suppress(ConfigError):
        if MEGABYTE <= (size := parse_size(text)) <= EXABYTE:
            return size
    raise ConfigError(f"{option} is {shortened(text)}, but expected is an amount such as 800MB or 4GB")


def workers_of(
    cluster: Cluster | None, gpus: str | None, per_gpu: int, workers: str | None
) -> tuple[tuple[Mapping[str, str], ...], int | None]:
    """The environment variables by which workers find their devices, and how many workers there are."""
    if cluster is not None:
        return ({},), cluster_workers(gpus, per_gpu, workers)
    require_at_least("--per-gpu", per_gpu, 1)
    names = [] if gpus is None else [name.strip() for name in gpus.split(",")]
    if gpus is not None and not all(WHOLE_NUMBER.fullmatch(name) for name in names):
        raise ConfigError(f"--gpus is {gpus!r}, but expected are numbers of GPUs such as 0,1")
    if gpus is None and per_gpu != 1:
        raise ConfigError(f"--per-gpu is {per_gpu}, but there are no GPUs to share; give --gpus 0,1 too")
    devices = tuple({"CUDA_VISIBLE_DEVICES": name} for name in names) or ({},)
    if workers == "auto":
        return devices, None
    if workers is None:
        return devices, len(names) * per_gpu or 2
    return devices, _whole_number_of_workers(workers, ", or auto")


def cluster_of(
    address: str | None, cpus: int | None, gpus: float | None, cache: str | None
) -> Cluster | None:
    """The cluster that trials run on and what each takes of it; None where they run on this machine."""
    options = {"--cpus-per-trial": cpus, "--gpus-per-trial": gpus, "--ray-cache": cache}
    if address is None:
        for option, value in options.items():
            if value is not None:
                raise ConfigError(
                    f"{option} is {value}, but trials run on this machine; give --ray ADDRESS too"
                )
        return None
    if cpus is not None:
        require_at_least("--cpus-per-trial", cpus, 1)
    if gpus is not None and not (0 <= gpus <= 1 or gpus.is_integer() and gpus > 0):
        raise ConfigError(
            f"--gpus-per-trial is {gpus:g}, but expected is a share of one GPU such as 0.5, or a whole number"
        )
    if cache is not None and not Path(cache).is_absolute():
        raise ConfigError(
            f"--ray-cache is {cache!r}, but machines of a cluster have no working folder in common; "
            "give an absolute path"
        )
    if find_spec("ray") is None:
        raise ConfigError("--ray needs Ray, which is not installed: pip install 'decoder-search[ray]'")
    from decoder_search.execution.cluster import Cluster

    return Cluster(address, cpus or 1, gpus or 0.0, cache)


def cluster_workers(gpus: str | None, per_gpu: int, workers: str | None) -> int | None:
    """How many trials run on a cluster at a time; None is as many as it has room for."""
    if gpus is not None:
        raise ConfigError(
            f"--gpus is {gpus}, which are devices of this machine, but trials run on the cluster of --ray; "
            "give --gpus-per-trial 1 in its place"
        )
    if per_gpu != 1:
        raise ConfigError(
            f"--per-gpu is {per_gpu}, but trials run on the cluster of --ray; "
            f"give --gpus-per-trial {1 / max(per_gpu, 1):.2g} in its place"
        )
    if workers == "auto":
        raise ConfigError(
            "--workers auto measures this machine, but trials run on the cluster of --ray; leave it out for "
            "as many as the cluster has room for, or give a number"
        )
    return None if workers is None else _whole_number_of_workers(workers)


def _whole_number_of_workers(workers: str, otherwise: str = "") -> int:
    if not WHOLE_NUMBER.fullmatch(workers) or int(workers) < 1:
        raise ConfigError(f"--workers is {workers!r}, but expected is a whole number from 1 on{otherwise}")
    return int(workers)


def space_of(
    name_or_path: str, data: str | None, seed: int | None, assignments: Sequence[str] | None
) -> SearchSpace:
    """The space of a study: seed and absolute paths among its constants, for whoever trains the winner.

    So is the size of a given model, where pictures have others.
    """
    from decoder_search.space.parsing import load_space
    from encodenet_core.config_values import parse_assignment, with_absolute_paths

    overrides = dict(parse_assignment(text) for text in assignments or [])
    overrides |= {} if seed is None else {"seed": seed}
    overrides |= {} if data is None else {"dataset.source": data}
    space = load_space(name_or_path)
    space = replace(space, final=with_absolute_paths(space.final))
    values = with_absolute_paths({"seed": 0, **space.constants, **overrides})
    if values.get("baseline.model") is not None:
        from encodenet_core.models.size_of_images import with_size_of_model

        values = with_size_of_model(values, partial(typer.echo, err=True))
    return space.with_constants(values)


def settings_of(
    folder: Path, space: SearchSpace, older: str | None, proposer: tuple[EngineName, str], **choices: Any
) -> StudySettings:
    """The settings of the study in a folder, taught by the `older` one beside it; `choices` are the rest."""
    from decoder_search.execution.versions import library_versions
    from decoder_search.records.journal import utc_now
    from decoder_search.records.listing import find_study
    from decoder_search.records.settings import Objective, Reconstruction, StudySettings
    from decoder_search.space.metrics import ACCURACIES

    warm_start_from = None if older is None else find_study(older, folder.parent).name
    if warm_start_from == folder.name:
        raise ConfigError(f"--from is {warm_start_from}, the study itself; give the name of an older one")
    require_one_of("--objective", choices["objective"], get_args(Objective))
    require_one_of("--accuracy", choices["accuracy"], ACCURACIES)
    require_one_of("--reconstruction", choices["reconstruction"], get_args(Reconstruction))
    engine, sampler = proposer
    return StudySettings(
        name=folder.name,
        space=space,
        seed=space.constants["seed"],
        engine=engine,
        sampler=sampler,
        created=utc_now(),
        versions=library_versions(engine),
        warm_start_from=warm_start_from,
        **choices,
    )
