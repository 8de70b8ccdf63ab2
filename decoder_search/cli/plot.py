"""`decoder-search plot`: a study as a chart."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from decoder_search.cli.completion import RESULTS, one_of
from decoder_search.cli.options import NamedStudyArgument, ResultsOption, require_one_of
from decoder_search.space.metrics import OBJECTIVES
from encodenet_core.errors import ConfigError
from encodenet_core.io.shell_paths import shell_paths

KINDS = ("pareto", "history", "importance", "parallel", "slice", "curves", "hypervolume")


def plot(
    study: NamedStudyArgument,
    kind: Annotated[str, typer.Option(help=f"One of {', '.join(KINDS)}.", autocompletion=one_of(*KINDS))],
    output: Annotated[
        Path, typer.Option(help="File that ends in .png, .svg or .html.", callback=shell_paths)
    ],
    metric: Annotated[
        str | None,
        typer.Option(
            help=f"Of history and slice: {', '.join(OBJECTIVES)}; the objective if left out.",
            autocompletion=one_of(*OBJECTIVES),
        ),
    ] = None,
    results: ResultsOption = RESULTS,
) -> None:
    """Draw a study as a chart: PNG or SVG, or HTML to look around in (extra `plots`)."""
    require_one_of("--kind", kind, KINDS)
    if metric is not None:
        require_one_of("--metric", metric, OBJECTIVES)
    from decoder_search.records.listing import find_study
    from decoder_search.records.study_record import read_study

    record = read_study(find_study(study, results))
    from decoder_search.views.plots.writing import write_plot  # loads Optuna

    try:
        write_plot(record, kind, output, metric)  # type: ignore[arg-type]
    except OSError as error:
        raise ConfigError(f"cannot write {output}: {error.strerror}; give another --output") from None
    typer.echo(f"the chart is in {output}")
