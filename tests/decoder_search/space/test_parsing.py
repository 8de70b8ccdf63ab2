from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from decoder_search.space.constraints import Constraint
from decoder_search.space.parameters import ChoiceParameter, FloatParameter, IntParameter
from decoder_search.space.parsing import load_space, packaged_spaces, parse_space
from decoder_search.space.search_space import SearchSpace
from encodenet_core.config_values import CONFIG_PATHS
from encodenet_core.errors import ConfigError

DEPTH = "decoder.depth: {int: [1, 4]}\n"
METHOD = "clustering.method: {choice: [kmeans, hdbscan]}\n"


def load(folder: Path, text: str) -> SearchSpace:
    path = folder / "mine.yaml"
    path.write_text(text)
    return load_space(str(path))


def test_keys_may_be_dotted_or_nested_or_both(tmp_path: Path) -> None:
    nested = "decoder: {depth: {int: [1, 4]}}\nautoencoder.training: {epochs: 3}\nfinal: {seed: 3}\n"
    dotted = DEPTH + "autoencoder: {training.epochs: 3}\nfinal:\n  seed: 3\n"
    space = load(tmp_path, nested)
    assert space == load(tmp_path, dotted)
    assert space.parameters == (IntParameter("decoder.depth", 1, 4),)
    assert (space.name, space.constants, space.final) == (
        "mine",
        {"autoencoder.training.epochs": 3},
        {"seed": 3},
    )


def test_numbers_that_yaml_reads_as_words_are_numbers(tmp_path: Path) -> None:
    text = (
        "autoencoder.training.learning_rate: {float: [1e-4, 1e-2], log: true}\n"
        "classifier.training.learning_rate: 1e-1\n"
        "decoder.depth: {choice: ['2', 3]}\n"
    )
    space = load(tmp_path, text)
    assert space.parameters[0] == FloatParameter("autoencoder.training.learning_rate", 1e-4, 1e-2, log=True)
    assert space.parameters[1] == ChoiceParameter("decoder.depth", (2, 3))
    assert space.constants == {"classifier.training.learning_rate": 0.1}


def test_parameters_come_after_those_that_they_wait_for(tmp_path: Path) -> None:
    text = (
        "decoder.kernel_size: {choice: [3, 5], when: {clustering.n_clusters: [2]}}\n"
        "clustering.n_clusters: {int: [1, 8], when: {clustering.method: kmeans}}\n" + METHOD + DEPTH
    )
    paths = [parameter.path for parameter in load(tmp_path, text).parameters]
    assert (
        paths.index("clustering.method")
        < paths.index("clustering.n_clusters")
        < paths.index("decoder.kernel_size")
    )


def test_conditions_that_can_hold_together_are_taken(tmp_path: Path) -> None:
    text = (
        "clustering.method: {choice: [kmeans, cosine, hdbscan]}\n"
        "clustering.n_clusters: {int: [1, 8], when: {clustering.method: [kmeans, cosine]}}\n"
        "decoder.depth:\n  int: [1, 2]\n"
        "  when: {clustering.method: [cosine, hdbscan], clustering.n_clusters: [2]}\n"
    )
    assert len(load(tmp_path, text).parameters) == 3


def test_constraints_are_kept_and_come_back_from_what_a_study_records(tmp_path: Path) -> None:
    space = load(tmp_path, DEPTH + "constraints: {latency_ms: {max: 5}, decoder_parameters: {max: 2e6}}")
    assert space.constraints == (
        Constraint("decoder_parameters", None, 2e6),
        Constraint("latency_ms", None, 5.0),
    )
    assert SearchSpace.from_json(json.loads(json.dumps(space.to_json()))) == space
    assert space.with_constants({"seed": 3}).constraints == space.constraints
    free = load(tmp_path, DEPTH + "constraints:")
    assert free.constraints == () and free.fingerprint() != space.fingerprint()


def test_a_description_is_put_on_one_line(tmp_path: Path) -> None:
    assert load(tmp_path, "description: |\n  two\n  lines\n" + DEPTH).description == "two lines"


BAD_SPACES = {
    "decoder.dpeth: {int: [1, 4]}": "did you mean 'decoder.depth'?",
    "decoder: {dpeth: 3}": "unknown config key 'decoder.dpeth'",
    "decoder: 3": "expected are the keys of that section",
    "decoder.depth: {int: [4, 1]}": "upside down",
    "decoder.depth: {int: [0, 4]}": "decoder.depth is 0",
    "decoder.depth: {int: [1, 40]}": "decoder.depth is 40",
    "decoder.kernel_size: {int: [3, 5]}": "decoder.kernel_size is 4",
    "decoder.depth: {float: [1, 4]}": "write it as int",
    "decoder.depth: [1, 4]": "{choice: [a, b]}",
    "decoder.upsampling: {choice: [nearest, cubic]}": "decoder.upsampling is 'cubic'",
    "decoder.upsampling: {choice: [nearest, nearest]}": "'nearest' twice",
    "decoder.depth: {choice: [2, '2']}": "2 twice",
    "decoder.upsampling: {choice: []}": "expected is a list of values",
    "decoder.upsampling: cubic\n" + DEPTH: "decoder.upsampling is 'cubic'",
    "decoder.depth: 2": "nothing is searched",
    "": "nothing is searched",
    DEPTH + "decoder: {depth: 3}": "given twice",
    "seed: {int: [1, 4]}": "one dataset, one baseline and one seed",
    "dataset.source: {choice: [digits, mnist]}": "one dataset, one baseline and one seed",
    "baseline.training.epochs: {int: [1, 4]}": "one dataset, one baseline and one seed",
    "decoder.depth: {int: [1, 4], when: {decoder.widht: [halving]}}": "did you mean 'decoder.widths'?",
    "decoder.depth: {int: [1, 4], when: {decoder.widths: [halving]}}": "which is not searched",
    METHOD
    + "decoder.depth: {int: [1, 4], when: {clustering.method: [cosine]}}": "which that key cannot take",
    "decoder.depth: {int: [1, 4], when: {decoder.depth: [1]}}": "each waits for another",
    "decoder.depth: {int: [1, 4], when: {decoder.kernel_size: [3]}}\n"
    "decoder.kernel_size: {choice: [3, 5], when: {decoder.depth: [1]}}": "each waits for another",
    METHOD + "decoder.kernel_size: {choice: [3, 5], when: {clustering.method: [kmeans]}}\n"
    "decoder.depth: {int: [1, 4], when: {clustering.method: [hdbscan], decoder.kernel_size: [3]}}": (
        "decoder.depth would never be searched: its when wants clustering.method to be hdbscan, but "
        "decoder.kernel_size, which it names too, is there only when that is kmeans; change one when"
    ),
    METHOD + "decoder.kernel_size: {choice: [3, 5], when: {clustering.method: [kmeans]}}\n"
    "decoder.widths: {choice: [mirrored, halving], when: {clustering.method: [hdbscan]}}\n"
    "decoder.depth: {int: [1, 4], when: {decoder.widths: [halving], decoder.kernel_size: [3]}}": (
        "decoder.depth would never be searched"
    ),
    "autoencoder.training.learning_rate: {float: [0, 1], log: true}": "starts above 0, but this one at 0.0",
    "autoencoder.training.learning_rate: {float: [-1, 1], log: true}": "raise it or drop log",
    "decoder.depth: {int: [0, 4], log: true}": "a log range starts above 0, but this one at 0",
    "decoder.upsampling: {choice: }": "expected is a list of values; write it as {choice: [a, b]}",
    "decoder.depth: {int: [1, 4], when: {clustering.method: []}}\n" + METHOD: "has no values",
    DEPTH + "constraints: {latency: {max: 5}}": "did you mean 'latency_ms'?",
    DEPTH + "constraints: {decoder_parameters: {min: 2, max: 1}}": "which nothing can keep to",
    DEPTH + "constraints: 0": "expected are metrics with limits",
    DEPTH + "final: 3": "expected are config keys with values",
    DEPTH + "final: {decoder.widht: 3}": "did you mean 'decoder.widths'?",
    DEPTH + "final: {decoder.depth: {int: [1, 2]}}": "expected is one plain value",
    DEPTH + "final: {seed: -1}": "seed is -1",
    DEPTH + "baseline.pixel_range: [0, 255]": "[0, 1] without a baseline.model",
    DEPTH + "baseline: {model: mine.keras, pixel_range: [3, [4]]}": "baseline.pixel_range is [4]",
    DEPTH + "description: [a]": "expected is a line of text",
    DEPTH + "dataset.source: !!python/object/apply:os.system ['true']": "only plain values are read",
    "decoder.depth: {int: [1, 4]": "line 1 is not plain YAML",
    "- decoder.depth": "expected are keys with values",
}


@pytest.mark.parametrize("text", BAD_SPACES, ids=lambda text: text[:60])
def test_a_space_that_cannot_be_searched_is_refused_in_one_line_that_names_the_file(
    text: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError) as refused:
        load(tmp_path, text)
    message = str(refused.value)
    assert BAD_SPACES[text] in message
    assert "mine.yaml" in message
    assert "\n" not in message


def test_a_pair_of_pixels_is_a_constant(tmp_path: Path) -> None:
    text = DEPTH + "baseline: {model: mine.keras, pixel_range: [0, 255]}\n"
    space = load(tmp_path, text)
    assert space.constants == {"baseline.model": "mine.keras", "baseline.pixel_range": [0.0, 255.0]}
    assert SearchSpace.from_json(json.loads(json.dumps(space.to_json()))) == space


def test_nested_anchors_do_not_blow_a_message_up(tmp_path: Path) -> None:
    lines = ["decoder.depth: &a [1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    keys = [path for path in CONFIG_PATHS if path != "decoder.depth"][:9]
    lines += [
        f"{key}: &{'bcdefghij'[place]} [{', '.join(['*' + 'abcdefghi'[place]] * 9)}]"
        for place, key in enumerate(keys)
    ]
    with pytest.raises(ConfigError) as refused:
        load(tmp_path, "\n".join(lines))
    assert len(str(refused.value)) < 500


plain = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
numbers = st.lists(st.integers(-3, 20) | st.floats(0, 3) | st.text(max_size=3), max_size=3)
specs = st.dictionaries(
    st.sampled_from(["int", "float", "choice", "step", "log", "when", "itn"]),
    numbers | plain | st.dictionaries(st.sampled_from(CONFIG_PATHS), plain | numbers, max_size=2),
    max_size=3,
)
good_specs = st.sampled_from([{"int": [1, 3]}, {"choice": ["kmeans", "cosine"]}, {"float": [0.1, 1.0]}])
others = ("decoder", "autoencoder.training", "final", "description", "constraints")
keys = st.sampled_from([*CONFIG_PATHS, *others]) | st.text(max_size=5)
documents = st.dictionaries(
    keys, plain | specs | good_specs | st.dictionaries(keys, plain | specs, max_size=2), max_size=4
)


@given(documents)
def test_whatever_a_file_holds_it_is_a_space_or_a_one_line_error(document: dict[str, object]) -> None:
    loaded = yaml.safe_load(yaml.safe_dump(document))
    try:
        space = SearchSpace("fuzzed", *parse_space(loaded))
    except ConfigError as error:
        assert "\n" not in str(error)
    else:
        first = next(space.grid([""], limit=1))
        assert space.to_config(first, final=True)
        assert SearchSpace.from_json(space.to_json()) == space


@given(text=st.text(max_size=60))
def test_any_text_is_a_space_or_a_one_line_error(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(ConfigError) as refused:
        load_space(str(path))
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("name", packaged_spaces())
def test_every_packaged_space_loads_and_makes_a_config(name: str) -> None:
    space = load_space(name)
    params = next(space.grid([""], limit=1))
    assert space.name == name
    assert space.description
    assert space.to_config(params) != space.to_config(params, final=True)


def test_digits_and_cifar10_are_packaged() -> None:
    assert {"cifar10", "digits"} <= set(packaged_spaces())


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("digts", "did you mean 'digits'?"),
        ("nothing-like-it", "known are cifar10, cifar100, digits, extended, gain, paper"),
        ("absent.yaml", "cannot read absent.yaml"),
        ("../digits", "known are cifar10"),
        ("", "known are cifar10"),
    ],
)
def test_an_unknown_space_is_refused_with_the_known_ones(name: str, said: str) -> None:
    with pytest.raises(ConfigError, match=".+") as refused:
        load_space(name)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_folder_is_no_space(tmp_path: Path) -> None:
    folder = tmp_path / "folder.yaml"
    folder.mkdir()
    with pytest.raises(ConfigError, match="cannot read"):
        load_space(str(folder))
