"""Which rows of a leaderboard a person wants to see, as in `upsampling=nearest accuracy>0.8`."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from decoder_search.analysis.rows import COLUMNS, Row
from decoder_search.records.wording import short_names
from encodenet_core.errors import ConfigError, unknown_name

ORDERINGS: Mapping[str, Callable[[float, float], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}

GRAMMAR = """\
nearest                 anything in the row contains it
upsampling=near         the column starts with it; in quotes, the column is it
method=kmeans,cosine    either of them
state!=pruned           neither of them
accuracy>0.8            < <= > >= compare numbers; 80% is 0.8
front                   the Pareto front alone
reason="class 7"        quotes hold words together
Terms beside each other must all hold."""
"""How a filter is written, for people."""

_WORD = r'"(?:[^"]*)"|[^\s"]+'
_TERM = re.compile(rf'([^\s"<>=!]*)(<=|>=|!=|==|=|<|>)\s*((?:{_WORD})?)|({_WORD})')
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?(%?)", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True)
class Term:
    """One condition; without a column, that any value of the row contains the first word.

    An `exact` one wants words as they are, where others are content with how a value starts.
    """

    column: str
    comparison: str
    words: tuple[str, ...]
    exact: bool = False

    def holds(self, row: Row) -> bool:
        """Whether a row keeps to it; what was not measured equals nothing and is in no order."""
        if not self.column:
            return any(self.words[0] in value.lower() for value in row.values() if isinstance(value, str))
        value = row[self.column]
        if self.comparison == "=":
            return any(_equals(value, word, self.exact) for word in self.words)
        if self.comparison == "!=":
            return not any(_equals(value, word, self.exact) for word in self.words)
        limit = _number(self.words[0])
        if limit is None or not isinstance(value, (int, float)):
            return False
        return ORDERINGS[self.comparison](value, limit)


@dataclass(frozen=True)
class Filter:
    """The terms that a row must keep to, all of them."""

    terms: tuple[Term, ...] = ()

    def matches(self, row: Row) -> bool:
        """Whether the row is wanted."""
        return all(term.holds(row) for term in self.terms)


def parse_filter(text: str, columns: Iterable[str] = COLUMNS) -> Filter:
    """What a person typed; an empty text wants every row.

    Args:
        text: terms beside each other, see `GRAMMAR`.
        columns: the keys of the rows; those of params, dotted, may be shortened to their last part.

    Raises:
        ConfigError: no row has the column, a comparison lacks its value, or one of order its number.
    """
    names = names_of(list(columns))
    terms, place = [], 0
    while text[place:].strip():
        place += len(text[place:]) - len(text[place:].lstrip())
        found = _TERM.match(text, place)
        if not found or text.startswith('"', found.end()):
            raise ConfigError(f"the filter has a quote without an end: {text[place:]}; close it")
        terms.append(_term(found, names))
        place = found.end()
    return Filter(tuple(terms))


def names_of(columns: Sequence[str]) -> Mapping[str, str]:
    """What people may call a column; the columns of a leaderboard before params of the same name."""
    shortened = {name: path for path, name in short_names([each for each in columns if "." in each]).items()}
    return shortened | {column: column for column in columns}


def _term(found: re.Match[str], names: Mapping[str, str]) -> Term:
    name, comparison, value, word = found.groups()
    if word is not None:
        if word == "front":
            return Term("layer", "=", ("1",))
        return Term("", "", (word.strip('"').lower(),))
    if not name:
        raise ConfigError(f"the filter compares nothing with {value!r}; write it as accuracy{comparison}0.8")
    if name not in names:
        raise unknown_name("column", name, names)
    words = (value.strip('"'),) if '"' in value else tuple(value.split(","))
    words = tuple(filter(None, words))
    if not words:
        raise ConfigError(f"{name}{comparison} lacks a value; write one behind it, as in accuracy>0.8")
    comparison = "=" if comparison == "==" else comparison
    if comparison in ORDERINGS and (len(words) != 1 or _number(words[0]) is None):
        raise ConfigError(f"{name} is compared with {value!r}, but {comparison} wants a number such as 0.8")
    return Term(names[name], comparison, words, exact='"' in value)


def _equals(value: Any, word: str, exact: bool) -> bool:
    """Numbers are equal to the digits that were typed, since no one types all of them; words in any case."""
    if value is None:
        return False
    wanted = _number(word)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or wanted is None:
        shown = str(value).lower()
        return shown == word.lower() if exact else shown.startswith(word.lower())
    if isinstance(value, int):
        return value == wanted
    digits = len(re.sub(r"(?i)e.*|\D", "", word).lstrip("0")) or 1
    return math.isclose(float(f"{value:.{digits}g}"), wanted, rel_tol=1e-9, abs_tol=1e-300)


def _number(word: str) -> float | None:
    found = _NUMBER.fullmatch(word)
    if not found:
        return None
    number = float(word.rstrip("%"))
    return number / 100 if found[3] else number
