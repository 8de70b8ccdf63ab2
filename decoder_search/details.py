"""One trial in full, and the search spaces that are there to choose from."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from decoder_search.ranking import rank_trials
from decoder_search.records import StudyRecord
from decoder_search.space import SearchSpace
from decoder_search.wording import duration
from encodenet_core import ConfigError


def build_details(study: StudyRecord, number: int) -> RenderableType:
    """A trial's state, params, metrics and files.

    Raises:
        ConfigError: the study has no such trial.
    """
    found = [trial for trial in study.trials if trial.number == number]
    if not found:
        raise ConfigError(
            f"study {study.settings.name!r} has no trial {number}; it has {len(study.trials)}, counted from 0"
        )
    trial = found[0]
    ranked = rank_trials(study.trials, study.settings.reconstruction, study.settings.objective)
    ranks = {each.trial.number: each for each in ranked}
    title = Text(f"trial {number} of study {study.settings.name}: {trial.state}", style="bold")
    if number in ranks:
        title.append(f", rank {ranks[number].rank}, Pareto layer {ranks[number].layer}", style="not bold")
    table = Table.grid(padding=(0, 2))
    for path, value in trial.params.items():
        table.add_row(path, Text(str(value)))
    table.add_row("", "")
    for name, value in trial.metrics.items():
        table.add_row(name, f"{value:,.0f}" if float(value).is_integer() else f"{value:.5g}")
    table.add_row("duration", duration(trial.seconds))
    if trial.reason:
        table.add_row("reason", Text(trial.reason, style="yellow"))
    files = sorted((study.folder / "trials" / str(number)).glob("*"))
    gap = [""] if files else []
    return Group(title, "", table, *gap, *(Text(str(file)) for file in files))


def build_spaces(spaces: Sequence[SearchSpace]) -> Table:
    """The packaged search spaces, what they search, and what they are for."""
    table = Table("space", "searches", "for", title="search spaces", title_justify="left")
    for space in spaces:
        table.add_row(
            space.name, "\n".join(parameter.path for parameter in space.parameters), Text(space.description)
        )
    return table
