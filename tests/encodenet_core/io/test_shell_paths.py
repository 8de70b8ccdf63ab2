"""`~` and `$VARIABLES` in what a command line was given."""

from pathlib import Path

import pytest

from encodenet_core.io.shell_paths import as_in_a_shell, shell_paths


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    monkeypatch.setenv("PHOTOS", "/photos")
    monkeypatch.delenv("NOWHERE", raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("~/a", "/home/ada/a"),
        ("$PHOTOS/a", "/photos/a"),
        ("${PHOTOS}", "/photos"),
        ("$NOWHERE/a", "$NOWHERE/a"),
        ("a/~b", "a/~b"),
        ("digits", "digits"),
        ("", ""),
    ],
)
def test_home_and_variables_are_replaced_and_nothing_else_is(written: str, meant: str) -> None:
    assert as_in_a_shell(written) == meant


def test_what_exists_under_that_name_is_meant() -> None:
    Path("$PHOTOS").mkdir()
    assert as_in_a_shell("$PHOTOS") == "$PHOTOS"


def test_whatever_holds_paths_keeps_its_type() -> None:
    assert shell_paths(Path("~/a")) == Path("/home/ada/a")
    assert shell_paths([Path("~"), Path("b")]) == [Path("/home/ada"), Path("b")]
    assert shell_paths("$PHOTOS") == "/photos"
    assert shell_paths(None) is None
