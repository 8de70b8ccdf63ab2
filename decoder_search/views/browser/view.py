"""How a person looks at the rows of a study: filtered, sorted, some columns hidden, some trials marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from decoder_search.analysis.rows import COLUMNS
from decoder_search.views.browser.board import FIRST_HIDDEN, Board
from decoder_search.views.browser.filters import Filter, names_of, parse_filter
from encodenet_core.errors import ConfigError


@dataclass(frozen=True)
class View:
    """One way to look at a board; it outlives the board, which is made anew when the study grows.

    Attributes:
        text: the filter as it was typed.
        wanted: the last filter that made sense.
        problem: why `text` makes none, or nothing.
        sort: the key of the column that rows are ordered by, the best value first.
        reverse: whether the worst value comes first instead.
        hidden: the keys of the columns that are not shown.
        marked: numbers of trials, in the order of their marking.
    """

    text: str = ""
    wanted: Filter = Filter()
    problem: str = ""
    sort: str = "rank"
    reverse: bool = False
    hidden: frozenset[str] = FIRST_HIDDEN
    marked: tuple[int, ...] = ()

    def filtered(self, text: str, board: Board) -> View:
        """Filter by a text; one that makes no sense, yet, leaves the rows as they are.

        Nor does a last word that no row has and that is how the name of a column starts.
        """
        try:
            wanted = parse_filter(text, keys_of(board))
        except ConfigError as error:
            return replace(self, text=text, problem=str(error))
        word = wanted.terms[-1].words[0] if wanted.terms and not wanted.terms[-1].column else ""
        is_name = word and any(name.startswith(word) for name in names_of(keys_of(board)))
        if not is_name or any(map(wanted.matches, board.rows)):
            return replace(self, text=text, wanted=wanted, problem="")
        said = f"no row has {word!r}; compare a column with a value, as in accuracy>0.8"
        return replace(self, text=text, wanted=Filter(wanted.terms[:-1]), problem=said)

    def on(self, board: Board) -> View:
        """This view of a newer board, which may lack a column that this sorts by."""
        known = self if self.sort in keys_of(board) else replace(self, sort="rank", reverse=False)
        return known.filtered(self.text, board)

    def sorted_by(self, key: str) -> View:
        """Sort by a column; by the same one again, the other way round."""
        return replace(self, sort=key, reverse=key == self.sort and not self.reverse)

    def with_mark(self, number: int) -> View:
        """Mark a trial, or take its mark away."""
        rest = tuple(each for each in self.marked if each != number)
        return replace(self, marked=rest if len(rest) < len(self.marked) else (*rest, number))

    def order(self, board: Board) -> list[int]:
        """The places of the rows to show."""
        return board.order(wanted=self.wanted, sort=self.sort, reverse=self.reverse)


def keys_of(board: Board) -> Sequence[str]:
    """The keys of a board's rows, which filters and orders may name."""
    return list(board.rows[0]) if board.rows else COLUMNS


def column_names(board: Board) -> dict[str, str]:
    """The keys of a board's columns, and their headers on one line."""
    columns = [strip.column for strip in board.strips]
    return {each.key: each.header.replace("-\n", "").replace("\n", " ") for each in columns}
