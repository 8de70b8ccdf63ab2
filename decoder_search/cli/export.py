"""`decoder-search export`: a trial as a config to train, or as the models that it trained."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from decoder_search.cli.completion import RESULTS, one_of
from decoder_search.cli.options import NamedStudyArgument, ResultsOption
from encodenet_core.errors import ConfigError
from encodenet_core.io.shell_paths import shell_paths
from encodenet_core.io.whole_files import write_text

if TYPE_CHECKING:
    from decoder_search.analysis.ranking import RankedTrial
    from decoder_search.records.study_record import StudyRecord


def export(
    study: NamedStudyArgument,
    trial: Annotated[
        str,
        typer.Option(help="best, pareto, or the number of a trial.", autocompletion=one_of("best", "pareto")),
    ] = "best",
    output: Annotated[
        Path | None, typer.Option(help="YAML file; standard output if left out.", callback=shell_paths)
    ] = None,
    as_searched: Annotated[
        bool, typer.Option("--as-searched", help="Without the space's final: part.")
    ] = False,
    weights: Annotated[
        Path | None,
        typer.Option(
            help="Instead, a new folder for its trained models, as `encodenet train` leaves one.",
            callback=shell_paths,
        ),
    ] = None,
    results: ResultsOption = RESULTS,
) -> None:
    """Write the config of a trial as YAML that `encodenet train` takes, or hand its trained models over."""
    from decoder_search.analysis.export import export_trials, export_yaml
    from decoder_search.records.listing import find_study
    from decoder_search.records.study_record import read_study

    record = read_study(find_study(study, results))
    chosen = export_trials(record, trial)
    if weights is not None:
        if output is not None or as_searched:
            raise ConfigError(
                "--weights hands trained models over as they are; leave --output and --as-searched out"
            )
        _hand_over(record, chosen, weights)
        return
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


def _hand_over(record: StudyRecord, chosen: list[RankedTrial], folder: Path) -> None:
    from decoder_search.analysis.export import check_kept, hand_over

    for each in chosen:
        check_kept(record, each.trial.number)
    for each in chosen:
        number = each.trial.number
        place = folder if len(chosen) == 1 else folder.with_name(f"{folder.name}-{number}")
        hand_over(record, each, place)
        typer.echo(
            f"the models of trial {number} are in {place}, trained for the search alone and never shown a "
            f"test image; try them: encodenet predict {place} PICTURE"
        )
