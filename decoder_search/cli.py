"""`decoder-search`: run a study, look at its leaderboard, export its winner."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast, get_args

import typer

from encodenet_core import ConfigError, run_command_line, write_text

if TYPE_CHECKING:
    from decoder_search.space import SearchSpace

app = typer.Typer(
    help="Search for the decoder, clusters and targets with which EncodeNet improves an image classifier.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

StudyArgument = Annotated[str | None, typer.Argument(help="Name of the study; the newest if left out.")]
ResultsOption = Annotated[
    Path, typer.Option(envvar="DECODER_SEARCH_RESULTS", help="Folder that holds the studies.")
]
RESULTS = Path("results")


@app.command()
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

    _at_least("--trials", trials, 1)
    _at_least("--workers", workers, 1)
    _one_of("--sampler", sampler, get_args(Sampler))
    _one_of("--reconstruction", reconstruction, get_args(Reconstruction))
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


@app.command()
def leaderboard(
    study: StudyArgument = None,
    sort: Annotated[str | None, typer.Option(help="Column to order by.")] = None,
    top: Annotated[int | None, typer.Option(help="Rows to show.")] = None,
    pareto: Annotated[bool, typer.Option("--pareto", help="The Pareto front alone.")] = False,
    by: Annotated[str | None, typer.Option(help="clustering: rank inside each clustering.")] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Show it again whenever it changes.")] = False,
    format: Annotated[str, typer.Option(help="table, json, csv or markdown.")] = "table",
    results: ResultsOption = RESULTS,
) -> None:
    """Show the trials of a study, best first."""
    from decoder_search.records import find_study, read_study
    from decoder_search.rows import FORMATS, format_rows, leaderboard_rows

    _one_of("--format", format, ("table", *FORMATS))
    if by is not None:
        _one_of("--by", by, ("clustering",))
    folder = find_study(study, results)
    shown: dict[str, Any] = {"sort": sort, "top": top, "pareto": pareto, "by_clustering": by is not None}
    if watch and format != "table":
        raise ConfigError(f"--watch shows a table, but --format is {format}; leave one of them out")
    if watch:
        _watch(folder, shown)
    elif format == "table":
        from rich.console import Console

        from decoder_search.leaderboard import build_leaderboard

        Console().print(build_leaderboard(read_study(folder), **shown))
    else:
        rows = leaderboard_rows(read_study(folder), **shown)
        typer.echo(format_rows(rows, format).rstrip("\n"))  # type: ignore[arg-type]


def _watch(folder: Path, shown: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.live import Live

    from decoder_search.leaderboard import build_leaderboard
    from decoder_search.records import TRIALS_FILE, read_study

    console, changed = Console(), -1
    with Live(console=console, auto_refresh=False, screen=console.is_terminal) as live:
        try:
            while True:
                modified = (folder / TRIALS_FILE).stat().st_mtime_ns
                if modified != changed:
                    live.update(build_leaderboard(read_study(folder), **shown), refresh=True)
                    changed = modified
                time.sleep(1.0)
        except KeyboardInterrupt:
            return


@app.command()
def show(
    study: Annotated[str, typer.Argument(help="Name of the study.")],
    trial: Annotated[int, typer.Argument(help="Number of the trial.")],
    results: ResultsOption = RESULTS,
) -> None:
    """Show one trial: its params, what it measured, and where its files are."""
    from rich.console import Console

    from decoder_search.details import build_details
    from decoder_search.records import find_study, read_study

    Console().print(build_details(read_study(find_study(study, results)), trial))


@app.command()
def spaces() -> None:
    """List the search spaces that come with the package."""
    from rich.console import Console

    from decoder_search.details import build_spaces
    from decoder_search.space import load_space, packaged_spaces

    Console().print(build_spaces([load_space(name) for name in packaged_spaces()]))


@app.command()
def export(
    study: Annotated[str, typer.Argument(help="Name of the study.")],
    trial: Annotated[str, typer.Option(help="best, pareto, or the number of a trial.")] = "best",
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


def _at_least(option: str, value: int, least: int) -> None:
    if value < least:
        raise ConfigError(f"{option} is {value}, but expected is {least} or more")


def _one_of(option: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise ConfigError(f"{option} is {value!r}, but expected is one of {', '.join(choices)}")


def _seconds(text: str) -> float:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(s|m|h)", text.strip())
    if not match or float(match[1]) == 0:
        raise ConfigError(f"--time-budget is {text!r}, but expected is a time such as 90s, 30m or 2h")
    return float(match[1]) * {"s": 1, "m": 60, "h": 3600}[match[2]]


def main() -> None:
    """Entry point of the console script."""
    run_command_line(app)


if __name__ == "__main__":
    main()
