"""Train every config of a factorial space once, and keep its whole learning curve: the table for `replay.py`.

    python benchmarks/replay/record.py digits
    python benchmarks/replay/record.py cifar10 --data cifar10.npz

The space is the YAML file of that name beside this script, the table the JSON Lines file beside it. Its first
line holds the space and the facts about dataset and baseline, every other line one config: its `params`,
`curve`, a list of what each epoch of the autoencoder measured (`loss`, `mse`, `retrieval`,
`probe_accuracy`, `probe_seconds`, and `seconds` since the start of the trial), `metrics`, what a completed
trial of a study measures, and its `seconds`. An interrupted recording goes on where it was.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter
from typing import Any

from decoder_search.execution.local import LocalExecutor
from decoder_search.execution.once import run_once
from decoder_search.execution.starting import local_workers
from decoder_search.execution.tasks import SharedTask, TrialTask
from decoder_search.records.facts import StudyFacts
from decoder_search.records.trial_record import identity
from decoder_search.space.parsing import load_space
from decoder_search.space.search_space import SearchSpace
from encodenet_core import default_cache_folder
from encodenet_core.config_values import with_absolute_paths

HERE = Path(__file__).parent
MOST_CONFIGS = 5_000


def main() -> None:
    """Record what is missing of a table."""
    options = parse_arguments()
    table = HERE / f"{options.table}.jsonl"
    space = load_space(str(HERE / f"{options.table}.yaml"))
    space = space.with_constants({"seed": 0})
    images = {} if options.data is None else with_absolute_paths({"dataset.source": options.data})
    with tempfile.TemporaryDirectory() as folder:
        recorder = Recorder(table, space, space.with_constants(images), Path(folder))
        with local_workers(options.workers, Path(folder)) as executor:
            recorder.record(executor)
    sys.stdout.write(f"{table}: {len(table.read_text().splitlines()) - 1} configs\n")


def parse_arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("table", choices=sorted(path.stem for path in HERE.glob("*.yaml")))
    parser.add_argument("--data", help="dataset name, .npz file or image folder, in place of the space's")
    parser.add_argument("--workers", type=int, default=2, help="configs trained at the same time")
    return parser.parse_args()


class Recorder:
    """A table that grows by a line for every config that has been trained."""

    def __init__(self, table: Path, declared: SearchSpace, space: SearchSpace, folder: Path) -> None:
        """`declared` is what the table says, `space` the same with this machine's place of the images."""
        self._table, self._declared, self._space, self._folder = table, declared, space, folder
        self._curves: dict[int, list[dict[str, Any]]] = {}
        self._started: dict[int, float] = {}
        self._facts = StudyFacts()
        epochs = space.to_config({}).autoencoder.training.epochs
        self._rungs = tuple(range(1, epochs + 1))

    def record(self, executor: LocalExecutor) -> None:
        """Prepare what the configs share, then train those that the table lacks."""
        lines = (
            [json.loads(line) for line in self._table.read_text().splitlines()]
            if self._table.exists()
            else []
        )
        self._facts = self._prepare(executor)
        if not lines:
            self._append({"space": self._declared.to_json(), "facts": self._facts.to_json()})
        done = {identity(line["params"]) for line in lines[1:]}
        configs = [params for params in self._space.grid([""], MOST_CONFIGS) if identity(params) not in done]
        waiting = iter(enumerate(configs))
        running: dict[int, Any] = {}
        while True:
            for number, params in self._next(waiting, executor.free()):
                running[number] = params
                executor.submit(number, self._task(number, params))
                self._curves[number], self._started[number] = [], perf_counter()
            if not running:
                return
            for event in executor.events(1.0):
                if event.kind == "report":
                    self._note(event.key, event.payload)
                    executor.answer(event.key, go_on=True)
                else:
                    self._finish(running.pop(event.key), event.key, event.kind, event.payload)

    def _prepare(self, executor: LocalExecutor) -> StudyFacts:
        task = SharedTask(kind="prepare", space=self._space, cache=default_cache_folder())
        event = run_once(executor, {-1: task}, lambda: False)[-1]
        if event.kind != "result":
            sys.exit(f"the preparation ended as {event.kind}: {event.payload['reason']}")
        return StudyFacts().extended(event.payload)

    @staticmethod
    def _next(waiting: Iterator[tuple[int, Any]], count: int) -> list[tuple[int, Any]]:
        return [each for _, each in zip(range(count), waiting, strict=False)]

    def _task(self, number: int, params: dict[str, Any]) -> TrialTask:
        return TrialTask(
            space=self._space,
            cache=default_cache_folder(),
            expected=self._facts,
            params=params,
            folder=self._folder / str(number),
            rungs=self._rungs,
        )

    def _note(self, number: int, report: dict[str, Any]) -> None:
        if report["stage"] == "autoencoder":
            seconds = perf_counter() - self._started[number]
            self._curves[number].append({**report["values"], "seconds": round(seconds, 3)})

    def _finish(self, params: dict[str, Any], number: int, kind: str, payload: dict[str, Any]) -> None:
        seconds = perf_counter() - self._started[number]
        if kind != "result":
            sys.exit(f"{params} ended as {kind}: {payload['reason']}")
        curve = [{name: _short(value) for name, value in epoch.items()} for epoch in self._curves[number]]
        metrics = {name: _short(value) for name, value in payload.items()}
        self._append({"params": params, "curve": curve, "metrics": metrics, "seconds": round(seconds, 2)})
        sys.stdout.write(f"{number} {params} {metrics['accuracy']:.4f} {seconds:.1f} s\n")

    def _append(self, line: dict[str, Any]) -> None:
        with self._table.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


def _short(value: float) -> float:
    return round(value, 6) if isinstance(value, float) else value


if __name__ == "__main__":
    main()
