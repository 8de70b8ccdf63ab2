"""What users type becomes a checked config, or one line that says what was received and expected."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from encodenet_core import config as choices
from encodenet_core.config import EncodeNetConfig
from encodenet_core.config_values import (
    CONFIG_PATHS,
    TRUTH_PATHS,
    build_config,
    dump_config,
    flatten,
    load_config,
    parse_assignment,
    with_absolute_paths,
)
from encodenet_core.errors import ConfigError
from encodenet_core.recipe_defaults import BaselineRecipe

BAD_VALUES = [
    ("decoder.depth", 0, "greater than or equal to 1"),
    ("decoder.depth", 13, "less than or equal to 12"),
    ("decoder.depth", "deep", "a valid integer"),
    ("decoder.depth", 1.5, "a valid integer"),
    ("decoder.depth", None, "a valid integer"),
    ("decoder.kernel_size", 4, "an odd number"),
    ("decoder.upsampling", "cubic", "'nearest', 'bilinear', 'transposed' or 'pixel_shuffle'"),
    ("clustering.n_clusters", 0, "greater than or equal to 1 or 'auto'"),
    ("clustering.n_clusters", "some", "a valid integer, unable to parse string as an integer or 'auto'"),
    ("dataset.validation_fraction", 0.9, "less than 0.9"),
    ("dataset.validation_fraction", float("nan"), "less than 0.9"),
    ("dataset.limit", 1, "greater than or equal to 2"),
    ("dataset.source", "", "at least 1 character"),
    ("dataset.source", ["digits"], "a valid string"),
    ("baseline.training.recipe", "slow", "'fast', 'paper', 'mdistiller' or 'weiaicunzai'"),
    ("baseline.training.recipe", ["fast"], "'fast', 'paper', 'mdistiller' or 'weiaicunzai'"),
    ("baseline.training.learning_rate", 0.0, "greater than 0"),
    ("baseline.training.learning_rate", float("inf"), "a finite number"),
    ("autoencoder.training.learning_rate", float("nan"), "a finite number"),
    ("classifier.training.epochs", 0, "greater than or equal to 1"),
    ("seed", -1, "greater than or equal to 0"),
    ("seed", 2**31, "less than 2147483648"),
]


def refusal(action: Any, *arguments: Any) -> str:
    """The one line with which an action is refused."""
    with pytest.raises(ConfigError) as caught:
        action(*arguments)
    message = str(caught.value)
    assert "\n" not in message
    return message


def write(folder: Path, text: str) -> Path:
    path = folder / "config.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(("path", "value", "expected"), BAD_VALUES)
def test_a_bad_value_is_named_with_its_path_and_what_was_expected(
    path: str, value: object, expected: str
) -> None:
    message = refusal(build_config, {path: value})
    assert message.startswith(f"{path} is {value!r}, but expected is: ")
    assert expected in message


@pytest.mark.parametrize("path", [path for path in CONFIG_PATHS if path not in TRUTH_PATHS])
@pytest.mark.parametrize("value", [True, False])
def test_true_and_false_are_no_numbers_and_no_words(path: str, value: bool) -> None:
    expected = f"{path} is {value}, but expected is a number, a word or a path"
    assert refusal(build_config, {path: value}) == expected


def test_yes_and_no_in_a_file_are_true_and_false_and_no_numbers(tmp_path: Path) -> None:
    message = refusal(load_config, write(tmp_path, "decoder: {depth: yes}"))
    assert message == "decoder.depth is True, but expected is a number, a word or a path"
    assert refusal(build_config, dict([parse_assignment("seed=no")])).startswith("seed is False, but ")


@pytest.mark.parametrize("value", [True, False])
def test_the_other_paths_are_true_or_false(value: bool) -> None:
    config = build_config(dict.fromkeys(TRUTH_PATHS, value))
    assert {path: flatten(config.model_dump())[path] for path in TRUTH_PATHS} == dict.fromkeys(
        TRUTH_PATHS, value
    )


def test_the_first_of_several_bad_values_is_explained_by_its_own_range_alone() -> None:
    message = refusal(build_config, {"decoder.depth": -1, "seed": -1})
    assert message == "decoder.depth is -1, but expected is: greater than or equal to 1"


def test_a_very_long_value_is_shortened_but_still_shown() -> None:
    message = refusal(build_config, {"decoder.upsampling": "near" * 1000})
    assert message.startswith("decoder.upsampling is 'nearnear")
    assert len(message) < 250


def test_a_misspelt_key_brings_the_nearest_known_one_to_mind() -> None:
    assert refusal(build_config, {"decoder.dept": 3}).endswith("did you mean 'decoder.depth'?")


def test_an_unlikely_key_brings_the_list_of_all_known_ones() -> None:
    message = refusal(build_config, {"xyzzy": 3})
    assert message.startswith("unknown config key 'xyzzy'; known are dataset.source, ")
    assert message.endswith(", seed")


def test_a_section_is_no_value() -> None:
    assert "unknown config key 'decoder'" in refusal(build_config, {"decoder": 3})


def test_every_config_path_can_be_set_to_its_own_default() -> None:
    defaults = flatten(EncodeNetConfig().model_dump(mode="json"))
    assert tuple(defaults) == CONFIG_PATHS
    assert build_config(defaults) == EncodeNetConfig()


def test_a_dumped_config_is_read_back_as_an_equal_one(tmp_path: Path) -> None:
    config = build_config(
        {
            "dataset.source": "a: #strange 'path'  with – and ümlauts",
            "dataset.flip": False,
            "clustering.n_clusters": "auto",
            "autoencoder.training.learning_rate": 1e-7,
            "decoder.convolution": "inverted_residual",
            "seed": 2**31 - 1,
        }
    )
    assert load_config(write(tmp_path, dump_config(config))) == config


def test_nested_and_dotted_keys_mean_the_same(tmp_path: Path) -> None:
    nested = load_config(write(tmp_path, "decoder: {depth: 3}\nbaseline: {training: {epochs: 2}}"))
    dotted = load_config(write(tmp_path, "decoder.depth: 3\nbaseline.training.epochs: 2"))
    assert nested == dotted
    assert (nested.decoder.depth, nested.baseline.training.epochs) == (3, 2)


def test_overrides_win_over_the_file(tmp_path: Path) -> None:
    config = load_config(write(tmp_path, "decoder: {depth: 3, kernel_size: 5}"), {"decoder.depth": 4})
    assert (config.decoder.depth, config.decoder.kernel_size) == (4, 5)


def test_an_empty_file_is_the_default_config(tmp_path: Path) -> None:
    assert load_config(write(tmp_path, "# nothing yet\n")) == EncodeNetConfig()


def test_a_file_that_is_not_plain_is_refused(tmp_path: Path) -> None:
    assert "an alias stands for another value" in refusal(
        load_config, write(tmp_path, "decoder: &d {depth: *d}")
    )


@pytest.mark.parametrize(
    ("text", "path", "value"),
    [
        ("decoder.depth=3", "decoder.depth", 3),
        (" decoder.depth = 3", "decoder.depth", 3),
        ("dataset.source=a=b.npz", "dataset.source", "a=b.npz"),
        ("dataset.flip=false", "dataset.flip", False),
        ("dataset.limit=null", "dataset.limit", None),
        ("clustering.n_clusters=auto", "clustering.n_clusters", "auto"),
    ],
)
def test_an_assignment_is_split_at_its_first_equals_sign(text: str, path: str, value: object) -> None:
    assert parse_assignment(text) == (path, value)


def test_a_learning_rate_can_be_written_as_a_power_of_ten() -> None:
    path, value = parse_assignment("autoencoder.training.learning_rate=1e-3")
    assert build_config({path: value}).autoencoder.training.learning_rate == 0.001


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("decoder.depth", "has no '='"),
        ("=3", "unknown config key ''"),
        ("decoder.dept=3", "did you mean 'decoder.depth'?"),
        ("seed=[1", "not plain YAML"),
        ("seed=!!python/name:os.system", "not plain YAML"),
        ("seed=2024-13-01", "not plain YAML"),
        ("seed=" + "9" * 5000, "not plain YAML"),
        ("seed=" + "[" * 5000, "not plain YAML"),
        ("seed=\x00", "not plain YAML"),
    ],
    ids=lambda text: text[:20],
)
def test_an_assignment_that_makes_no_sense_is_refused_in_one_line(text: str, reason: str) -> None:
    assert reason in refusal(parse_assignment, text)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(CONFIG_PATHS) | st.text(max_size=20), anything, max_size=4))
def test_whatever_is_typed_gives_a_config_or_one_line(values: dict[str, Any]) -> None:
    try:
        config = build_config(values)
    except ConfigError as error:
        assert len(str(error).splitlines()) == 1
        assert not str(error).endswith("expected is: ")
    else:
        assert config == build_config(flatten(config.model_dump(mode="json")))


def choices_of(name: str) -> st.SearchStrategy[Any]:
    return st.sampled_from(get_args(getattr(choices, name)))


def names_nothing_here(path: str) -> bool:
    """Whether a path stays as it is: those of existing files and folders become absolute in a file.

    So do those that a shell makes another of.
    """
    return os.path.expandvars(os.path.expanduser(path)) == path and not os.path.exists(path)


printable = st.text(min_size=1).filter(str.isprintable)

valid_values = st.fixed_dictionaries(
    {},
    optional={
        "dataset.source": printable.filter(names_nothing_here),
        "dataset.flip": st.none() | st.booleans(),
        "baseline.model": st.none() | printable.filter(names_nothing_here),
        "baseline.pixel_range": st.just([0, 1]),
        "baseline.training.recipe": st.sampled_from(get_args(BaselineRecipe)),
        "autoencoder.training.learning_rate": st.floats(0.0, 100.0, exclude_min=True),
        "clustering.n_clusters": st.integers(1, 1000) | st.just("auto"),
        "decoder.upsampling": choices_of("Upsampling"),
        "seed": st.integers(0, 2**31 - 1),
    },
)


@given(valid_values)
def test_any_valid_config_survives_its_file(tmp_path_factory: pytest.TempPathFactory, values: Any) -> None:
    config = build_config(values)
    path = write(tmp_path_factory.getbasetemp(), dump_config(config))
    assert load_config(path) == config
    assert load_config(path).stable_hash() == config.stable_hash()


def test_the_configuration_page_explains_every_key() -> None:
    page = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text(encoding="utf-8")
    names = {path.rpartition(".")[2] for path in CONFIG_PATHS}
    assert {name for name in names if f"{name}`" not in page} == set()


@pytest.mark.parametrize("written", ["~/images", "$PHOTOS/images", "${PHOTOS}/images"])
def test_home_and_variables_in_a_path_become_what_a_shell_makes_of_them(
    written: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "images").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PHOTOS", str(tmp_path))
    assert with_absolute_paths({"dataset.source": written}) == {"dataset.source": str(tmp_path / "images")}
    absent = with_absolute_paths({"baseline.model": f"{written}/model.h5"})
    assert absent == {"baseline.model": str(tmp_path / "images" / "model.h5")}


def test_a_file_whose_name_has_such_signs_is_meant_where_it_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/elsewhere")
    (tmp_path / "$HOME").mkdir()
    assert with_absolute_paths({"dataset.source": "$HOME"}) == {"dataset.source": str(tmp_path / "$HOME")}
