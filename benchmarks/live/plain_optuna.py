"""A straightforward search by Optuna: `python plain_optuna.py SPACE.yaml SEED N_TRIALS LOG.jsonl`."""

from __future__ import annotations

import sys
from pathlib import Path

import optuna
from plain import PlainSearch


def main(space_file: str, seed: str, n_trials: str, log: str) -> None:
    """Optimise mean squared error and accuracy by the default sampler."""
    search = PlainSearch(space_file, int(seed), Path(log))

    def objective(trial: optuna.Trial) -> tuple[float, float]:
        params = {
            parameter.path: trial.suggest_categorical(parameter.path, parameter.examples())
            for parameter in search.space.parameters
        }
        return search.evaluate(params)

    study = optuna.create_study(
        directions=["minimize", "maximize"], sampler=optuna.samplers.TPESampler(seed=int(seed))
    )
    study.optimize(objective, n_trials=int(n_trials))


if __name__ == "__main__":
    main(*sys.argv[1:])
