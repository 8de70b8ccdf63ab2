"""A study in a notebook: shown as tables, handed on as pandas frames."""

from __future__ import annotations

import io
import os
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from decoder_search.analysis.rows import ALL_ROWS, LeaderboardOptions, Row, leaderboard_rows
from decoder_search.records.listing import find_study
from decoder_search.records.study_record import TRIALS_FILE, StudyRecord, read_study
from decoder_search.records.trial_record import TrialRecord
from decoder_search.views.terminal.columns import Column, identity_columns, measured_columns, param_columns
from decoder_search.views.terminal.details import find_trial
from decoder_search.views.terminal.leaderboard import (
    build_leaderboard,
    leaderboard_title,
    reading_notes,
    reason_line,
)
from encodenet_core.errors import ConfigError
from encodenet_core.io.html_table import html_table
from encodenet_core.io.shell_paths import as_in_a_shell, shell_paths

if TYPE_CHECKING:
    import pandas

PLAIN_WIDTH = 120
"""Characters of a line where a leaderboard is shown as text."""

SHOWN_ROWS = 20
"""How much of a study is shown that nobody asked a leaderboard of."""


@dataclass(frozen=True)
class Leaderboard:
    """The trials of a study, best first; the options are those of `decoder-search leaderboard`."""

    study: StudyRecord
    options: LeaderboardOptions = ALL_ROWS

    @property
    def rows(self) -> list[Row]:
        """One plain dict a trial, as `decoder-search leaderboard --json` prints it.

        Raises:
            ConfigError: no row has the key `sort`, or `top` is less than 1.
        """
        return leaderboard_rows(self.study, self.options)

    def to_frame(self) -> pandas.DataFrame:
        """The rows as a frame; what was not measured is NaN.

        Raises:
            ConfigError: pandas is not installed.
        """
        if find_spec("pandas") is None:
            raise ConfigError("pandas is not installed; pip install pandas, or take .rows, which are plain")
        import pandas

        return pandas.DataFrame(self.rows)

    def __repr__(self) -> str:
        """What the terminal shows, without colours."""
        console = Console(file=io.StringIO(), width=PLAIN_WIDTH, color_system=None, force_jupyter=False)
        with console.capture() as capture:
            console.print(build_leaderboard(self.study, self.options))
        return "\n".join(line.rstrip() for line in capture.get().splitlines())

    def _repr_html_(self) -> str:
        rows = self.rows
        columns = identity_columns(rows) + measured_columns(self.study.settings, rows) + param_columns(rows)
        headers = list(map(_header, columns))
        cells = [[column.show(row) for column in columns] for row in rows]
        if self.options.by_clustering:
            headers.insert(0, "clustering")
            cells = [[row["group"] or "", *shown] for row, shown in zip(rows, cells, strict=True)]
        reasons = [line for row in rows if (line := reason_line(row))]
        return html_table(
            leaderboard_title(self.study),
            headers,
            cells,
            notes=[*reasons, *reading_notes(self.study, rows, self.options.by_clustering)],
            dimmed=[place for place, row in enumerate(rows) if row["rank"] is None],
        )


class LoadedStudy(StudyRecord):
    """A study as `load_study` returns it: its records, and what a notebook wants of them."""

    def leaderboard(
        self,
        *,
        sort: str | None = None,
        top: int | None = None,
        pareto: bool = False,
        by_clustering: bool = False,
    ) -> Leaderboard:
        """The trials, best first.

        Args:
            sort: a key of the rows, or the short name of a param, to order by instead of the rank.
            top: how many rows.
            pareto: the Pareto front alone.
            by_clustering: rank inside each clustering.

        Raises:
            ConfigError: no row has the key `sort`, or `top` is less than 1.
        """
        made = Leaderboard(self, LeaderboardOptions(sort, top, pareto, by_clustering))
        _ = made.rows  # refused here, where the options are given, and not where it is shown
        return made

    def to_frame(self) -> pandas.DataFrame:
        """All trials as a pandas frame, best first: rank, metrics, gains and the params that differ.

        Raises:
            ConfigError: pandas is not installed.
        """
        return Leaderboard(self).to_frame()

    def trial(self, number: int) -> TrialRecord:
        """The trial of this number.

        Raises:
            ConfigError: there is none.
        """
        return find_trial(self, number)

    def _repr_html_(self) -> str:
        return Leaderboard(self, LeaderboardOptions(top=SHOWN_ROWS))._repr_html_()


def load_study(study: str | os.PathLike[str]) -> LoadedStudy:
    """A study as it is on disk now; one that runs is not disturbed.

    Args:
        study: its folder, or its name in `results/` or the folder that `DECODER_SEARCH_RESULTS` names.

    Raises:
        ConfigError: there is no such study.
    """
    folder = shell_paths(Path(study))
    if not (folder / TRIALS_FILE).is_file() and folder == Path(folder.name):
        results = Path(as_in_a_shell(os.environ.get("DECODER_SEARCH_RESULTS", "results")))
        folder = find_study(str(study), results)
    return LoadedStudy(**vars(read_study(folder)))


def _header(column: Column) -> str:
    return column.header.replace("-\n", "").replace("\n", " ")
