"""Toy tasks in real worker processes."""

from __future__ import annotations

import pytest

TOY_WORKER = """
import os, signal, sys, time
from pathlib import Path
from decoder_search.execution.serving import main
from encodenet_core import ConfigError, InfeasibleConfig, Stopped

held = []

def run_task(task, report):
    told = task["params"]
    match told["do"]:
        case "echo":
            return {"pid": os.getpid(), "said": told.get("say")}
        case "environment":
            return dict(os.environ)
        case "speak":
            print("to stdout")
            print("to stderr", file=sys.stderr)
            return {}
        case "ask":
            return {"answer": report("classifier", 1, 2, {"accuracy": 0.5})}
        case "count":
            steps = 0
            while report("autoencoder", steps, 9, {"mse": float("nan")}):
                steps += 1
            raise Stopped(f"after {steps}")
        case "infeasible":
            raise InfeasibleConfig("too big", {"macs": 3.0})
        case "refuse":
            raise ConfigError("no weights")
        case "break":
            raise ValueError("a bug")
        case "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        case "exit":
            os._exit(3)
        case "hold":
            held.append(b"x" * 300_000_000)
            if "seconds" in told:
                report("holding", os.getpid(), 1, {})
                time.sleep(told["seconds"])
            return {"pid": os.getpid()}
        case "sleep":
            report("asleep", os.getpid(), 1, {})
            time.sleep(600)
        case "compute":
            report("busy", os.getpid(), 1, {})
            while True:
                sum(range(1000))
        case "write":
            folder = Path(task["folder"])
            found = {path.name: path.read_text() for path in folder.glob("*/*")}
            (folder / "checkpoint").mkdir(parents=True, exist_ok=True)
            (folder / "curves.json").write_text("[1, 2]")
            (folder / "checkpoint" / "state").write_text("epoch 3")
            (folder / "link").symlink_to("/etc/hostname")
            if not report("autoencoder", 3, 9, {}):
                raise Stopped("after 3")
            return {"found": found, "cache": task["cache"], "identities": task["identities"]}

if __name__ == "__main__":
    main(run_task)
"""


@pytest.fixture(scope="session")
def toy(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment in which a worker finds the toy module."""
    folder = tmp_path_factory.mktemp("toy")
    (folder / "toy_worker.py").write_text(TOY_WORKER)
    return {"PYTHONPATH": str(folder)}
