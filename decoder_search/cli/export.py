"""`decoder-search export`: a trial as a config to train."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from decoder_search.cli.completion import one_of
from decoder_search.cli.options import RESULTS, NamedStudyArgument, ResultsOption
from encodenet_core import ConfigError, write_text


def export(
    study: NamedStudyArgument,
    trial: Annotated[
        str,
        typer.Option(help="best, pareto, or the number of a trial.", autocompletion=one_of("best", "pareto")),
    ] = "best",
    output: Annotated[Path | None, typer.Option(help="YAML file; standard output if left out.")] = None,
    as_searched: Annotated[
        bool, typer.Option("--as-searched", help="Without the space's final: part.")
    ] = False,
    results: ResultsOption = RESULTS,
) -> None:
    """Write the config of a trial as YAML that `encodenet train` takes."""
    from decoder_search.export import export_trials, export_yaml
    from decoder_search.records import find_study, read_study

    record = read_study(find_study(study, results))
    chosen = export_trials(record, trial)
    for each in chosen:
        text = export_yaml(record, each, as_searched=as_searched)
        if output is None:
            typer.echo(text if each is chosen[0] else f"---\n{text}")
            continue
        path = output if len(chosen) == 1 else output.with_stem(f"{output.stem}-{each.trial.number}")
        try:
            write_text(path, text)
        except OSError as error:
            raise ConfigError(f"cannot write {path}: {error.strerror}; give another --output") from None
        typer.echo(f"trial {each.trial.number} is in {path}; train it: encodenet train {path}")
