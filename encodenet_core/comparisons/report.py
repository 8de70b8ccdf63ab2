"""A comparison on disk: `tables.md` for people, JSON with every number, and the config that gives both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras

from encodenet_core.comparisons.paired import Measured
from encodenet_core.comparisons.spread import Spread, spread, subtract
from encodenet_core.comparisons.tables import Labels, Table, name_seeds, to_markdown
from encodenet_core.config import EncodeNetConfig
from encodenet_core.config_values import dump_config, flatten
from encodenet_core.io.versions import library_versions
from encodenet_core.io.whole_files import write_json, write_text
from encodenet_core.runs.saving import options_beyond_the_paper

TABLES_FILE = "tables.md"


@dataclass(frozen=True)
class Description:
    """What a comparison is called, and what its setups are.

    Attributes:
        name: of its JSON file.
        command: that measures it.
        title: of its page.
        labels: every setup in the order of the tables, and what tables call it.
        references: the setups that all others are compared with, paired by seed.
        networks: what is trained by the baseline's recipe in its place; then nothing is embedded or cut, and
            the autoencoder's recipe is that of their converter.
    """

    name: str
    command: str
    title: str
    labels: Labels
    references: Sequence[str]
    networks: str = ""


def write_report(
    description: Description,
    config: EncodeNetConfig,
    measured: Measured,
    tables: Sequence[Table],
    folder: Path,
) -> None:
    """Write what is known so far; every file is whole at any moment."""
    write_text(folder / "config.yaml", dump_config(config))
    write_text(folder / TABLES_FILE, _page(description, config, measured, tables))
    write_json(folder / f"{description.name}.json", _numbers(description, config, measured, tables))


def _page(
    description: Description, config: EncodeNetConfig, measured: Measured, tables: Sequence[Table]
) -> str:
    parts = [f"# {description.title}\n", *_describe(description, config, measured), *map(to_markdown, tables)]
    return "\n".join(parts)


def _describe(description: Description, config: EncodeNetConfig, measured: Measured) -> list[str]:
    """What was measured, on which images, with which budget, by which command, in paragraphs."""
    seeds = f"--seeds {len(measured.seeds)}"
    versions = library_versions(keras.backend.backend())
    facts = (measured.first(next(iter(description.labels))) or {}).get("dataset")
    images = (
        f"{facts['name']}: {facts['n_train']:,} training, {facts['n_validation']:,} validation and "
        f"{facts['n_test']:,} test images of {facts['classes']} classes. "
        if facts
        else ""
    )
    beyond = options_beyond_the_paper(config)
    known = sum(len(measured.measurements.get(setup, {})) for setup in description.labels)
    wanted = len(description.labels) * len(measured.seeds)
    return [
        f"    {description.command} config.yaml {seeds}\n",
        f"{images}{_name_networks(description, config)} Epochs (recipe): "
        f"{_name_epochs(description, config)}. "
        f"{name_seeds(measured.seeds).capitalize()}, which all setups share. "
        f"Keras {versions['keras']} on {versions['backend']}.\n",
        *([f"**Not finished**: {known} of {wanted} measured.\n"] if known < wanted else []),
        *([f"Beyond the paper: {', '.join(beyond)}.\n"] if beyond else []),
    ]


def _name_networks(description: Description, config: EncodeNetConfig) -> str:
    if description.networks:
        return f"Networks: {description.networks}."
    network = "a given model" if config.baseline.model else config.baseline.architecture
    return f"Network: {network}. Embeddings: {config.embedding.extractor}."


def _name_epochs(description: Description, config: EncodeNetConfig) -> str:
    trained = {
        "baseline": config.baseline.training,
        "autoencoder": config.autoencoder.training,
        "classifier": config.classifier.training,
    }
    absent = "classifier" if description.networks else "baseline" if config.baseline.model else ""
    return ", ".join(
        f"{stage} {training.epochs} ({training.recipe})"
        for stage, training in trained.items()
        if stage != absent
    )


def _numbers(
    description: Description, config: EncodeNetConfig, measured: Measured, tables: Sequence[Table]
) -> dict[str, Any]:
    return {
        "comparison": description.name,
        "config": config.model_dump(mode="json"),
        "seeds": list(measured.seeds),
        "versions": library_versions(keras.backend.backend()),
        "setups": {
            setup: _setup_numbers(setup, label, description, measured)
            for setup, label in description.labels.items()
            if setup in measured.measurements
        },
        "tables": [table.to_json() for table in tables],
    }


def _setup_numbers(setup: str, label: str, description: Description, measured: Measured) -> dict[str, Any]:
    by_seed = measured.measurements[setup]
    flat = flatten(measured.first(setup) or {})
    unfit = {setup, *measured.fallen()}
    paths = [path for path in flat if not path.startswith("dataset.") and measured.numbers(setup, path)]
    return {
        "label": label,
        "measured": {str(seed): dict(each.values) for seed, each in by_seed.items() if not each.reason},
        "infeasible": {str(seed): reason for seed, reason in measured.reasons(setup).items()},
        "summary": {
            path: _to_json(found) for path in paths if (found := spread(measured.numbers(setup, path)))
        },
        "differences": {
            other: {
                path: {**_to_json(found), "values": {str(seed): gain for seed, gain in gains.items()}}
                for path in paths
                if (gains := subtract(measured.numbers(setup, path), measured.numbers(other, path)))
                and (found := spread(gains))
            }
            for other in description.references
            if other not in unfit and other in measured.measurements
        },
    }


def _to_json(numbers: Spread) -> dict[str, Any]:
    return {"mean": numbers.mean, "standard_deviation": numbers.deviation, "seeds": numbers.n_seeds}
