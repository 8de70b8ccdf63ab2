"""What the fuzz tests share: valid documents made wrong in one place, how many are tried, what is allowed.

`FUZZ_EXAMPLES` says how many examples a test tries; `make soak` asks for many more than `make test`.
"""

from __future__ import annotations

import copy
import functools
import json
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from encodenet_core import EncodeNetError

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "20"))
LONGEST = 10.0
"""Seconds that one example may take on a busy machine; hardly any takes a tenth of one."""

RAN: Counter[str] = Counter()
"""How many examples each test has run."""

ESCAPES = "\x1b[31mred\x1b]0;title\x07"
STUDY_NAMES = [
    "../x", "/abs", "a/b", "", ".", "..", " ", "x" * 300, "a\nb", "a\x00b", ESCAPES, "[bold]x[/bold]",
    "<script>alert(1)</script>", "$x^2$", "$(touch harmed)", "`id`", "'; rm -rf ~", '"', "=1+1", "-rf", "ü",
    "\ud800",
]  # fmt: skip

SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8),
    st.sampled_from([-1, 0, 10**30, 10**400, -(10**400), 1e308, 5e-324, "1e-4", "nan", "9" * 5000]),
    st.sampled_from(STUDY_NAMES),
)  # fmt: skip
ODD = st.one_of(
    SCALARS,
    st.lists(SCALARS, max_size=3),
    st.dictionaries(st.text(max_size=4), SCALARS, max_size=2),
    st.sampled_from([[], {}, [[]], [{}], [1, [2, [3]]]]).map(copy.deepcopy),
)


def fuzzed(*strategies: Any, share: float = 1.0) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A test of many examples, each counted and each quick.

    Args:
        strategies: as `hypothesis.given` takes them.
        share: of the usual number of examples, for a test whose examples take long.
    """

    def decorate(test: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(test)
        def counted(*arguments: Any, **named: Any) -> None:
            RAN[test.__name__] += 1
            started = time.perf_counter()
            test(*arguments, **named)
            assert time.perf_counter() - started < LONGEST

        checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture]
        many = settings(
            max_examples=max(1, round(EXAMPLES * share)), deadline=None, suppress_health_check=checks
        )
        return many(given(*strategies)(counted))

    return decorate


def or_refused(action: Callable[..., Any], *arguments: Any) -> Any:
    """What the action returns, or None where it refuses in one printable line; any other end is a find."""
    try:
        return action(*arguments)
    except EncodeNetError as error:
        assert str(error)
        assert "\n" not in str(error)
        return None


@st.composite
def mutated(draw: st.DrawFn, documents: Any) -> Any:
    """One of some valid documents of lists, mappings and plain values, with one to three changes."""
    document = copy.deepcopy(draw(st.sampled_from(documents)))
    for _ in range(draw(st.integers(1, 3))):
        places = list(_places(document))
        if not places:
            return draw(ODD)
        holder, key = draw(st.sampled_from(places))
        match draw(st.sampled_from(["replace", "replace", "replace", "remove", "rename", "copy", "wrap"])):
            case "replace":
                holder[key] = draw(ODD)
            case "remove":
                del holder[key]
            case "rename" if isinstance(holder, dict):
                holder[draw(st.text(max_size=6) | st.sampled_from(["number", "../x", "trial", ESCAPES]))] = (
                    holder.pop(key)
                )
            case "copy":
                other, where = draw(st.sampled_from(places))
                holder[key] = copy.deepcopy(
                    other.get(where) if isinstance(other, dict) else other[where : where + 1]
                )
            case "wrap":
                holder[key] = [holder[key]]
    return document


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every list or mapping in a document, with every key of it."""
    if isinstance(value, (dict, list)):
        for key in list(value) if isinstance(value, dict) else range(len(value)):
            yield value, key
            yield from _places(value[key])


@st.composite
def mutated_bytes(draw: st.DrawFn, contents: Any) -> bytes:
    """One of some contents, cut off, changed, lengthened or repeated in one to three places."""
    content = bytearray(draw(st.sampled_from(contents)))
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, max(len(content) - 1, 0)))
        length = draw(st.integers(1, 64))
        match draw(st.sampled_from(["flip", "cut", "drop", "insert", "repeat", "number"])):
            case "flip" if content:
                content[place] ^= 1 << draw(st.integers(0, 7))
            case "cut":
                del content[place:]
            case "drop":
                del content[place : place + length]
            case "insert":
                content[place:place] = draw(st.binary(max_size=16))
            case "repeat":
                content[place:place] = content[place : place + length]
            case "number":
                content[place : place + 4] = draw(
                    st.sampled_from([b"\xff" * 4, b"\0" * 4, b"\x7f\xff\xff\xff"])
                )
    return bytes(content)


@st.composite
def mutated_text(draw: st.DrawFn, texts: Any) -> str:
    """The same of text, which stays text."""
    return draw(mutated_bytes([text.encode() for text in texts])).decode("utf-8", errors="replace")


def as_yaml(document: Any) -> str:
    """A document as YAML, whatever is in it."""
    return str(yaml.safe_dump(document, sort_keys=False, allow_unicode=True))


def as_json(document: Any) -> bytes:
    """A document as JSON, with NaN where that is in it."""
    try:
        return json.dumps(document).encode()
    except ValueError:  # a number of more digits than Python writes
        return b'{"number": ' + b"9" * 5000 + b"}"
