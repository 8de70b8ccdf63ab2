"""The rows of a study under all columns that there are, written out once, then only ordered and picked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from decoder_search.analysis.rows import Row, best_first, leaderboard_rows
from decoder_search.records.study_record import StudyRecord, read_study
from decoder_search.views.browser.filters import Filter
from decoder_search.views.terminal.columns import Column, identity_columns, measured_columns, param_columns
from decoder_search.views.terminal.sheets import Strip
from encodenet_core.errors import one_line

REASON_WIDTH = 60

FIRST_HIDDEN = frozenset({"state", "cross_entropy", "epochs"})
"""The keys of the columns that are hidden until a person wants them."""


@dataclass(frozen=True)
class Board:
    """Rows with what each column shows of them; the first `n_identity` strips stay where the rest scrolls."""

    rows: Sequence[Row]
    strips: Sequence[Strip]
    n_identity: int

    def order(self, *, wanted: Filter, sort: str, reverse: bool) -> list[int]:
        """The places of the rows that are wanted, the best value of the column `sort` first.

        Rows without a value come last, whichever way round the others are.
        """
        matches = wanted.matches if wanted.terms else _any_row
        places = [place for place, row in enumerate(self.rows) if matches(row)]
        key = best_first(sort)
        keys = {place: key(self.rows[place]) for place in places if self.rows[place].get(sort) is not None}
        known = sorted(keys, key=keys.__getitem__, reverse=reverse)
        return known + [place for place in places if place not in keys]

    def visible(self, hidden: Iterable[str]) -> tuple[list[Strip], int]:
        """The strips whose keys are not hidden, and how many of them stay where the rest scrolls."""
        gone = set(hidden)
        fixed = [strip for strip in self.strips[: self.n_identity] if strip.column.key not in gone]
        rest = [strip for strip in self.strips[self.n_identity :] if strip.column.key not in gone]
        return fixed + rest, len(fixed)


EMPTY = Board((), (), 0)


def board_of(study: StudyRecord) -> Board:
    """The trials of a study on the rows and under the columns of its leaderboard, and a few more columns."""
    rows = leaderboard_rows(study)
    identity = identity_columns(rows)
    measured = measured_columns(study.settings, rows)
    known = {column.key for column in measured}
    more = [column for column in further_columns() if column.key not in known]
    columns = [*identity, *measured, *param_columns(rows), *more]
    return board_under(columns, rows, len(identity))


def read_board(folder: Path) -> tuple[StudyRecord, Board]:
    """A study and its rows.

    Raises:
        ConfigError: there is no study, or it cannot be read.
    """
    study = read_study(folder)
    return study, board_of(study)


def board_under(columns: Iterable[Column], rows: Sequence[Row], n_identity: int) -> Board:
    """Rows under columns."""
    return Board(rows, [Strip.of(column, rows) for column in columns], n_identity)


def further_columns() -> list[Column]:
    """What the printed leaderboard has no room for."""
    return [
        Column("reason", _reason, is_number=False, key="reason"),
        Column("state", lambda row: str(row["state"]), is_number=False, key="state"),
        Column("cross\nentropy ↓", _shown("cross_entropy", "{:.4f}"), key="cross_entropy"),
        Column("ep-\nochs", _shown("epochs", "{:.0f}"), key="epochs"),
    ]


def _any_row(row: Row) -> bool:
    return True


def _reason(row: Row) -> str:
    return one_line(row["reason"] or "", REASON_WIDTH)


def _shown(key: str, form: str) -> Callable[[Row], str]:
    return lambda row: "" if row[key] is None else form.format(row[key])
