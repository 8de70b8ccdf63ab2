from __future__ import annotations

import importlib
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from encodenet_core.models.quiet import _as_if_absent, without_native_messages

NOISY_KERAS = """
import os, sys
{beginning}
os.write(2, b"a native library speaks\\n")
print("Python speaks", file=sys.stderr)
{ending}
class ops:
    @staticmethod
    def zeros(shape):
        os.write(2, b"a device is looked for\\n")
"""
START = """
import os, sys
from encodenet_core.models.quiet import import_keras_quietly
import_keras_quietly()
os.write(2, b"afterwards\\n")
print("and Python", file=sys.stderr)
"""


@pytest.fixture
def start(tmp_path: Path):
    """Start a stand-in for Keras that writes to the terminal as TensorFlow does."""

    def run(
        beginning: str = "", ending: str = "", environment: Mapping[str, str] | None = None, before: str = ""
    ) -> subprocess.CompletedProcess[str]:
        (tmp_path / "keras.py").write_text(NOISY_KERAS.format(beginning=beginning, ending=ending))
        inherited = {name: value for name, value in os.environ.items() if name != "TF_CPP_MIN_LOG_LEVEL"}
        paths = [str(tmp_path), str(Path(__file__).parents[2])]
        return subprocess.run(
            [sys.executable, "-c", before + START],
            env={**inherited, "PYTHONPATH": os.pathsep.join(paths), **(environment or {})},
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
        )

    return run


@pytest.mark.parametrize("level", [{}, {"TF_CPP_MIN_LOG_LEVEL": "2"}, {"TF_CPP_MIN_LOG_LEVEL": "3"}])
def test_what_is_written_while_keras_starts_is_not_seen(start, level: Mapping[str, str]) -> None:
    done = start(environment=level)
    assert (done.returncode, done.stderr) == (0, "afterwards\nand Python\n")


@pytest.mark.parametrize("level", ["0", "1"])
def test_who_asks_for_messages_gets_them(start, level: str) -> None:
    done = start(environment={"TF_CPP_MIN_LOG_LEVEL": level})
    assert done.stderr.splitlines()[:2] == ["a native library speaks", "Python speaks"]


def test_an_import_that_fails_raises_its_own_exception_and_shows_the_messages(start) -> None:
    done = start(ending="raise ImportError('no wheel for this machine')")
    assert done.returncode == 1
    assert done.stderr.startswith("a native library speaks\nPython speaks\nTraceback")
    assert done.stderr.endswith("ImportError: no wheel for this machine\n")


def test_a_process_without_a_terminal_starts_keras_too(start, tmp_path: Path) -> None:
    start(before="import os; os.close(2)", beginning="open('started', 'w').close()")
    assert (tmp_path / "started").exists()


def test_a_failing_block_shows_what_it_wrote_and_a_good_one_does_not(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with without_native_messages():
        os.write(2, b"held back\n")
    assert capfd.readouterr().err == ""
    with pytest.raises(RuntimeError), without_native_messages():
        os.write(2, b"a reason\n")
        raise RuntimeError
    assert capfd.readouterr().err == "a reason\n"


@pytest.mark.slow
def test_a_process_of_our_own_goes_without_what_keras_imports_for_others_and_may_import_it_later() -> None:
    code = (
        "import sys; from encodenet_core.models.quiet import import_keras_quietly; "
        "import_keras_quietly(whole=False); "
        "assert not {'matplotlib', 'pandas', 'sklearn'} & set(sys.modules); "
        "import matplotlib.pyplot, sklearn.cluster; "
        "import keras; keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])(keras.ops.ones((1, 2)))"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_what_is_loaded_already_stays_and_what_was_absent_can_be_imported_afterwards(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "newcomer.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    with _as_if_absent(["os", "newcomer"]):
        assert importlib.import_module("os") is os
        with pytest.raises(ImportError):
            importlib.import_module("newcomer")
    importlib.import_module("newcomer")
    del sys.modules["newcomer"]
