"""The Makefile finds a fitting Python by running it, and repairs an environment that was cut short.

Every Python here is a shell script on a PATH of its own, so that nothing is installed.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

MAKE = shutil.which("make")
ROOT = Path(__file__).parents[1]
SHIM = "echo 'pyenv: python3.12: command not found' >&2; exit 127"
TOO_OLD = "echo 'Python 3.9.2'"
# Makes environments whose pip logs its arguments, fails while a file `offline` exists, or installs commands.
FITTING = r"""
case "$1" in
-I) echo "$0" ;;
-m) echo "venv $3" >> log; rm -rf "$4"; mkdir -p "$4/bin"
    cat > "$4/bin/python" <<'END'
#!/bin/sh
echo "pip $*" >> log
test ! -e offline || exit 1
bin=${0%/*}
printf '#!/bin/sh\necho "decoder-search $*" >> log\n' > $bin/decoder-search
for tool in ruff mypy lint-imports; do printf '#!/bin/sh\n' > $bin/$tool; done
printf '#!/bin/sh\ntest -z "$KERAS_BACKEND" || echo "$0 on $KERAS_BACKEND" >> log\n' > $bin/pytest
chmod +x $bin/*
END
    chmod +x "$4/bin/python" ;;
esac
"""
COPY = "pip -m pip install --quiet --disable-pip-version-check ."
LINKS = "pip -m pip install --quiet --disable-pip-version-check --editable .[dev]"

pytestmark = pytest.mark.skipif(MAKE is None, reason="make is not installed")


class Checkout:
    """A folder with the Makefile and Pythons of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "bin").mkdir()
        for name in ("Makefile", "pyproject.toml"):
            shutil.copy(ROOT / name, folder)
        (folder / "encodenet_core").mkdir()
        self.source.write_text("")

    @property
    def source(self) -> Path:
        return self.folder / "encodenet_core" / "data.py"

    def add_python(self, name: str, script: str) -> Path:
        python = self.folder / "bin" / name
        python.write_text(f"#!/bin/sh\n{script}\n")
        python.chmod(0o755)
        return python

    def add_tools(self) -> None:
        for tool in ("cat", "chmod", "mkdir", "rm", "touch"):
            (self.folder / "bin" / tool).symlink_to(str(shutil.which(tool)))

    def make(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(MAKE), "-s", *arguments],
            cwd=self.folder,
            env={"PATH": str(self.folder / "bin")},
            capture_output=True,
            text=True,
            timeout=60,
        )

    def log_of(self, *arguments: str) -> list[str]:
        """What a call that has to succeed did with venv, pip and decoder-search."""
        log = self.folder / "log"
        log.write_text("")
        finished = self.make(*arguments)
        assert finished.returncode == 0, finished.stderr
        return log.read_text().splitlines()


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


@pytest.fixture
def equipped(checkout: Checkout) -> Checkout:
    """A checkout that can make (fake) environments."""
    checkout.add_python("python3.12", FITTING)
    checkout.add_tools()
    return checkout


def own_line(finished: subprocess.CompletedProcess[str]) -> str:
    """The one line on stderr that is not make's own."""
    assert finished.returncode != 0
    (line,) = [line for line in finished.stderr.splitlines() if "***" not in line]
    return line


def test_the_interpreter_is_one_that_this_project_runs_on(checkout: Checkout) -> None:
    real = checkout.add_python("python3", f'exec "{sys.executable}" "$@"')
    assert Path(checkout.make("interpreter").stdout.strip()).samefile(sys.executable)
    assert real.exists()


def test_a_shim_without_a_python_behind_it_is_passed_over(checkout: Checkout) -> None:
    checkout.add_python("python3.12", SHIM)
    checkout.add_python("python3.13", TOO_OLD)
    fitting = checkout.add_python("python3", FITTING)
    assert checkout.make("interpreter").stdout.strip() == str(fitting)


@pytest.mark.parametrize("pythons", [{}, {"python3.12": SHIM}, {"python3": TOO_OLD, "python": TOO_OLD}])
def test_without_a_fitting_python_one_line_says_what_is_wanted(
    checkout: Checkout, pythons: dict[str, str]
) -> None:
    for name, script in pythons.items():
        checkout.add_python(name, script)
    line = own_line(checkout.make("search"))
    assert line.startswith("found no Python 3.11, 3.12 or 3.13 with venv and ensurepip among python3.12 ")
    assert line.endswith("give one: make PYTHON=/path/to/python3.12 search")


def test_a_given_python_is_preferred(checkout: Checkout) -> None:
    checkout.add_python("python3.12", FITTING)
    given = checkout.add_python("my python", FITTING)
    assert checkout.make("interpreter", f"PYTHON={given}").stdout.strip() == str(given)


@pytest.mark.parametrize(
    ("script", "received"), [(TOO_OLD, "Python 3.9.2"), (SHIM, "pyenv: python3.12: command not found")]
)
def test_a_given_python_that_is_unfit_is_named_with_what_it_says(
    checkout: Checkout, script: str, received: str
) -> None:
    checkout.add_python("python3.12", FITTING)
    given = checkout.add_python("old", script)
    line = own_line(checkout.make("test", f"PYTHON={given}"))
    assert line.startswith(f"PYTHON={given} ({received}) is not Python 3.11, 3.12 or 3.13")


def test_search_installs_once_and_hands_its_arguments_on(equipped: Checkout) -> None:
    run = "decoder-search run --trials 4"
    assert equipped.log_of("search", "ARGS=--trials 4") == ["venv --clear", COPY, run]
    assert equipped.log_of("search", "ARGS=--trials 4") == [run]


def test_a_copy_follows_its_sources(equipped: Checkout) -> None:
    equipped.log_of("search")
    equipped.source.write_text("changed = True")
    assert equipped.log_of("search") == [COPY, "decoder-search run"]


def test_search_then_test_then_search_share_an_environment(equipped: Checkout) -> None:
    equipped.log_of("search")
    assert equipped.log_of("test") == [LINKS]
    assert equipped.log_of("search") == ["decoder-search run"]
    equipped.source.write_text("changed = True")
    assert equipped.log_of("search") == ["decoder-search run"]
    assert equipped.log_of("test") == []


def test_changed_requirements_are_installed_again(equipped: Checkout) -> None:
    equipped.log_of("test")
    (equipped.folder / "pyproject.toml").write_text("changed")
    assert equipped.log_of("test") == [LINKS]


def test_an_installation_that_was_cut_short_starts_again(equipped: Checkout) -> None:
    (equipped.folder / "offline").touch()
    assert equipped.make("test").returncode != 0
    (equipped.folder / "offline").unlink()
    assert equipped.log_of("test") == ["venv --clear", LINKS]


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_a_backend_is_installed_once_and_away_from_all_else(backend: str, equipped: Checkout) -> None:
    run = f".venv-{backend}/bin/pytest on {backend}"
    installed = LINKS.replace("[dev]", f"[dev,{backend}]")
    assert equipped.log_of("test") == ["venv --clear", LINKS]
    assert equipped.log_of(f"test-{backend}") == ["venv --clear", installed, run]
    assert equipped.log_of(f"test-{backend}") == [run]
    assert equipped.log_of("test") == []


def test_a_backend_without_a_python_says_how_to_give_it_one(checkout: Checkout) -> None:
    finished = checkout.make("test-jax")
    assert finished.returncode != 0
    assert "give one: make PYTHON=/path/to/python3.12 test-jax\n" in finished.stderr


def test_clean_removes_the_environment_but_no_results(equipped: Checkout) -> None:
    (equipped.folder / "bin" / "find").symlink_to(str(shutil.which("find")))
    (equipped.folder / "results" / "digits").mkdir(parents=True)
    (equipped.folder / ".pytest_cache").mkdir()
    (equipped.folder / "encodenet_core" / "__pycache__").mkdir()
    equipped.log_of("test")
    equipped.log_of("test-jax")
    equipped.make("clean")
    left = {path.name for path in equipped.folder.iterdir()}
    assert "results" in left and not left & {".venv", ".venv-jax", ".pytest_cache"}
    assert not (equipped.folder / "encodenet_core" / "__pycache__").exists()
