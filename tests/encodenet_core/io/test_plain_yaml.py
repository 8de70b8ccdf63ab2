"""Files hold plain values, or are refused in one line, quickly, and before anything else happens."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from encodenet_core.errors import ConfigError
from encodenet_core.io.plain_yaml import format_yaml, parse_yaml, read_yaml

HOSTILE_YAML = {
    "an object to construct": "seed: !!python/object/apply:os.system ['touch harmed']",
    "a name to import": "seed: !!python/name:os.system",
    "an unknown tag": "seed: !secret 3",
    "an open bracket": "seed: [1\ndecoder: 2",
    "a tab for indentation": "decoder:\n\tdepth: 3",
    "two documents": "seed: 1\n---\nseed: 2",
    "a control character": "seed: \x00",
    "a thirteenth month": "seed: 2024-13-01",
    "a number longer than Python reads": "seed: " + "9" * 5000,
    "lists nested too deep": "seed: " + "[" * 50_000,
    "mappings nested too deep": "seed: " + "{a: " * 5000,
    "lists that double in every line": "a0: &a0 [1]\n"
    + "".join(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n" for i in range(1, 60)),
    "mappings that double in every line": "a0: &a0 {x: 1}\n"
    + "".join(f"a{i}: &a{i} {{x: *a{i - 1}, y: *a{i - 1}}}\n" for i in range(1, 60)),
    "merged mappings that double in every line": "a0: &a0 {x: 1}\n"
    + "".join(f"a{i}: &a{i} {{<<: [*a{i - 1}, *a{i - 1}]}}\n" for i in range(1, 60)),
    "a mapping inside itself": "decoder: &d {depth: *d}",
    "a list of values": "- 1\n- 2",
    "a word": "hello",
    "a key that is given twice": "seed: 1\ndecoder.depth: 2\nseed: 1",
    "a key that is given twice in a section": "decoder: {depth: 1, depth: 2}",
    "a key that is given twice in a list": "seed: [{int: 1, int: 2}]",
    "a key that is a number": "1: 2",
    "a key that is a list": "? [1]\n: 2",
}


def refusal(path: Path) -> str:
    """The one line with which a file is refused."""
    with pytest.raises(ConfigError) as caught:
        read_yaml(path)
    message = str(caught.value)
    assert "\n" not in message
    assert path.name in message
    return message


def write(folder: Path, text: str) -> Path:
    path = folder / "values.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("text", HOSTILE_YAML.values(), ids=HOSTILE_YAML)
def test_a_hostile_or_broken_file_is_refused_in_one_line(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert len(refusal(write(tmp_path, text))) < 500
    assert not (tmp_path / "harmed").exists()


def test_a_mistake_is_located(tmp_path: Path) -> None:
    path = write(tmp_path, "seed: 1\ndecoder:\n\tdepth: 3")
    assert "values.yaml, line 3 is not plain YAML" in refusal(path)


def test_a_section_with_a_key_given_twice_is_located(tmp_path: Path) -> None:
    path = write(tmp_path, "seed: 1\ndecoder:\n  depth: 3\n  depth: 3\n")
    assert "values.yaml, line 3 is not plain YAML: a key is given twice;" in refusal(path)


def test_two_sections_may_have_a_key_of_the_same_name(tmp_path: Path) -> None:
    path = write(tmp_path, "a: {epochs: 1}\nb: {epochs: 2}\nepochs: 3")
    assert read_yaml(path) == {"a": {"epochs": 1}, "b": {"epochs": 2}, "epochs": 3}


def test_a_file_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    assert "No such file" in refusal(tmp_path / "absent.yaml")
    assert "Is a directory" in refusal(tmp_path)
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00\x80")
    assert "is not text" in refusal(tmp_path / "binary.yaml")


def test_an_empty_file_holds_nothing(tmp_path: Path) -> None:
    assert read_yaml(write(tmp_path, "# nothing yet\n")) == {}


def test_nested_values_are_read_in_their_order(tmp_path: Path) -> None:
    path = write(tmp_path, "decoder: {depth: 3, widths: [halving, null]}\n1e-3: 0.5\nflip: no")
    assert list(read_yaml(path).items()) == [
        ("decoder", {"depth": 3, "widths": ["halving", None]}),
        ("1e-3", 0.5),
        ("flip", False),
    ]


plain_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(plain_values)
def test_what_is_formatted_is_read_back_as_it_was(value: object) -> None:
    assert parse_yaml(format_yaml(value)) == value
