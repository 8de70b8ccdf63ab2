"""What people type: every text is understood or refused in one line."""

from __future__ import annotations

import math
import shlex
from pathlib import Path

import pytest
from hostile import STUDY_NAMES, fuzzed, mutated_text, or_refused
from hypothesis import example
from hypothesis import strategies as st

from decoder_search.analysis.rows import COLUMNS
from decoder_search.cli.study_request import bytes_of, seconds_of
from decoder_search.mirror.address import MirrorAddress
from decoder_search.records.listing import check_study_name
from decoder_search.views.browser.command_lines import decoder_search_line, trial_lines
from decoder_search.views.browser.filters import parse_filter
from encodenet_core import ConfigError, EncodeNetConfig, build_config
from encodenet_core.config_values import CONFIG_PATHS, parse_assignment

ROW = {
    **dict.fromkeys(COLUMNS), "rank": 1, "trial": 3, "state": "completed", "accuracy": 0.8125, "mse": 0.02,
    "reason": "class 7 has 3 images", "layer": 1, "decoder.upsampling": "nearest", "decoder.depth": 2,
}  # fmt: skip
FILTERS = [
    "nearest", "upsampling=near", 'reason="class 7"', "accuracy>0.8", "accuracy<=80%", "front",
    "method=kmeans,cosine state!=pruned", "mse<1e-4 depth==2", '"a b" "c"', "accuracy>=.5 rank=1",
]  # fmt: skip
VALUES = ["3", "0.5", "true", "null", "kmeans", "[1, 2]", "{a: 1}", "1e-4", "'x'", "~", "0x10", "2024-01-01"]
SECRET = "s3cr3t"  # noqa: S105 - nobody's
URLS = [
    f"postgresql://me:{SECRET}@host:5432/x", f"redis://:{SECRET}@host/0", f"mysql+pymysql://{SECRET}@host/x?a=b",
    f"postgresql://host/x?password={SECRET}", f"sqlite:///a.db?key={SECRET}",
    f"postgresql://me:{SECRET}@host/x?sslpassword={SECRET}#{SECRET}",
]  # fmt: skip


@fuzzed(st.text() | mutated_text(["90s", "30m", "2h", "1.5 h", "0s", "9" * 400 + "h", "1e3s"]))
@example("9" * 400 + "s")
@example("٣s")
@example("1" + "0" * 300 + "h")
def test_a_time_is_a_finite_number_of_seconds_or_refused(text: str) -> None:
    seconds = or_refused(seconds_of, "--time-budget", text)
    assert seconds is None or 0 < seconds <= 1e12


@fuzzed(st.text() | mutated_text(["800MB", "4GB", "1.5 GB", "0MB", "9" * 400 + "GB"]))
@example("9" * 400 + "GB")
@example("0.0000001MB")
def test_an_amount_of_memory_is_a_number_of_bytes_or_refused(text: str) -> None:
    n_bytes = or_refused(bytes_of, "--trial-memory", text)
    assert n_bytes is None or 0 < n_bytes <= 10**18


@fuzzed(st.integers(1, 10**6), st.sampled_from(["s", "m", "h"]))
def test_a_time_is_read_as_it_was_written(number: int, unit: str) -> None:
    assert seconds_of("--time-budget", f"{number}{unit}") == number * {"s": 1, "m": 60, "h": 3600}[unit]


@fuzzed(st.text() | mutated_text(FILTERS) | st.lists(st.sampled_from(FILTERS), max_size=4).map(" ".join))
def test_a_filter_chooses_or_is_refused(text: str) -> None:
    found = or_refused(parse_filter, text, tuple(ROW))
    assert found is None or found.matches(ROW) in (True, False)


@fuzzed(st.text(st.characters(exclude_characters='"', exclude_categories=["Cs"]), min_size=1, max_size=20))
def test_a_quoted_value_of_a_filter_is_found_as_it_was_written(word: str) -> None:
    wanted = parse_filter(f'reason="{word}"', tuple(ROW))
    assert wanted.matches({**ROW, "reason": word})
    assert not wanted.matches({**ROW, "reason": f"{word}{word}x"})


PATHS = st.sampled_from(CONFIG_PATHS)


@fuzzed(
    st.builds(lambda path, value: f"{path}={value}", PATHS, st.sampled_from(VALUES) | st.text(max_size=12))
    | st.text()
    | mutated_text([f"{path}={value}" for path in CONFIG_PATHS for value in VALUES[:2]])
)
@example("decoder.depth=0x" + "f" * 9000)
@example("decoder.depth=" + "1:" * 300 + "1.5")
@example("seed=" + "9" * 5000)
@example('dataset.source="\\ud800"')
@example('baseline.model="\\e[31m"')
@example("dataset.source=0001-01-01 00:00:00+23:00")
def test_an_assignment_gives_a_config_or_is_refused(text: str) -> None:
    assigned = or_refused(parse_assignment, text)
    if assigned is not None:
        config = or_refused(build_config, dict([assigned]))
        assert config is None or isinstance(config, EncodeNetConfig)


@fuzzed(st.text() | mutated_text(URLS) | st.sampled_from(URLS))
@example(f"postgresql://me:{SECRET}@")
@example(f"postgresql://me:{SECRET}")
@example(f"A://{SECRET}?")
@example(f"postgresql://me:{SECRET}@host/x\n")
@example(f"postgresql:/me:{SECRET}@host/x")
@example(f"postgresql//me:{SECRET}@host/x")
@example(f"\x00postgresql://me:{SECRET}@host/x")
def test_an_address_of_a_mirror_is_shown_without_its_secret_or_refused_without_it(text: str) -> None:
    try:
        address = MirrorAddress.parse(text, Path("results/tiny"))
    except ConfigError as error:
        assert SECRET not in str(error) and "\n" not in str(error)
        return
    if SECRET in text.partition("://")[2].partition("?")[0].rpartition("@")[2] or "://" not in text:
        return  # it stands in the place of a host or of a file, which are no secrets
    assert SECRET not in address.shown
    assert address.shown.isprintable()
    assert SECRET not in address.without_secrets(f"cannot use {text!r}: {text}")


@fuzzed(st.text() | mutated_text(STUDY_NAMES[:-1]) | st.sampled_from(STUDY_NAMES))
def test_a_name_of_a_study_is_that_of_a_folder_in_the_results_or_refused(name: str) -> None:
    if or_refused(check_study_name, name) is not None:
        place = Path("/results", name)
        assert place.parent == Path("/results") and place.name == name
        assert name.isprintable() and not name.startswith(".")


@fuzzed(st.text(min_size=1) | st.sampled_from(STUDY_NAMES))
def test_a_line_to_copy_says_to_a_shell_what_was_meant(name: str) -> None:
    if or_refused(check_study_name, name) is None:
        return
    assert shlex.split(decoder_search_line("show", name, 3, results=Path(name)))[1:3] == ["show", name]
    for line in trial_lines(name, 3, 1, Path("results")):
        assert any(name in word for word in shlex.split(line.line))


@pytest.mark.parametrize("seconds", ["90s", "30m", "2h"])
def test_a_time_of_the_documentation_is_understood(seconds: str) -> None:
    assert math.isfinite(seconds_of("--time-budget", seconds))
