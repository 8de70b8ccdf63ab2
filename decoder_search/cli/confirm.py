"""`decoder-search confirm`: the best configs of a study, trained for real."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Annotated

import typer

from decoder_search.cli.completion import RESULTS
from decoder_search.cli.options import (
    JsonOption,
    NamedStudyArgument,
    ResultsOption,
    require_at_least,
    standard_output,
)

Say = Callable[[str], None]
Follow = Callable[[str, str, int, int], None]


def confirm(
    study: NamedStudyArgument,
    top: Annotated[int, typer.Option(help="How many of its best configs.")] = 5,
    seeds: Annotated[int, typer.Option(help="Seeds of each, the same for all.")] = 3,
    workers: Annotated[int, typer.Option(help="Configs at the same time.")] = 2,
    rivals: Annotated[
        str,
        typer.Option(metavar="NAMES", help="Train beside: kd, rkd, fitnet, ft, ft_official, with commas."),
    ] = "",
    as_json: JsonOption = False,
    results: ResultsOption = RESULTS,
) -> None:
    """Retrain the best configs at the final budget over paired seeds; the same command goes on with it."""
    from decoder_search.analysis.confirmed import confirmed_configs
    from decoder_search.driver.confirm import Confirming, held_log, plan_retrainings, seeds_of
    from decoder_search.execution.interrupts import noted_interrupts
    from decoder_search.execution.starting import local_workers
    from decoder_search.records.listing import find_study
    from decoder_search.records.study_record import read_study
    from encodenet_core.stages.layout import default_cache_folder

    for option, value in (("--top", top), ("--seeds", seeds), ("--workers", workers)):
        require_at_least(option, value, 1)
    named = [name.strip() for name in rivals.split(",") if name.strip()]
    folder = find_study(study, results)
    with held_log(folder) as log, noted_interrupts() as interrupted:
        record = read_study(folder)
        planned = plan_retrainings(record, top, seeds, named)
        with (
            local_workers(workers, folder / "workers") as executor,
            _view(as_json) as (say, follow),
        ):
            cache = default_cache_folder()
            confirming = Confirming(record, log, executor=executor, cache=cache, say=say, follow=follow)
            confirming.run(planned, interrupted)
        stopped = interrupted()
    confirmed = confirmed_configs(read_study(folder), seeds_of(record, seeds))
    if as_json:
        typer.echo(json.dumps(confirmed.to_json(), indent=2, allow_nan=False))
    elif confirmed.configs:
        from rich.console import Console

        from decoder_search.views.terminal.confirmed import build_confirmed

        Console().print(build_confirmed(confirmed))
    if stopped:
        typer.echo(f"Interrupted. The same command goes on with study {folder.name}.", err=as_json)
        raise typer.Exit(130)


@contextmanager
def _view(as_json: bool) -> Iterator[tuple[Say, Follow | None]]:
    """Who is told lines and reports: bars on a terminal, else lines alone."""
    console = standard_output()
    if as_json or not console.is_interactive:
        yield partial(typer.echo, err=as_json), None
        return
    from decoder_search.views.terminal.retraining_bars import RetrainingBars

    with RetrainingBars(console) as bars:
        yield bars.say, bars.follow
