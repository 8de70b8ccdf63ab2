"""What the stages of a cache are of, in a few words from the inputs that their manifests name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from encodenet_core.io.plain_json import read_json
from encodenet_core.stages.upkeep import CacheEntry

_TOLD = {
    "source": "{}",
    "limit": "{} images",
    "architecture": "{}",
    "model": "{}",
    "extractor": "{}",
    "method": "{}",
    "n_clusters": "{} clusters",
    "depth": "depth {}",
    "upsampling": "{}",
    "convolution": "{}",
    "target": "target {}",
    "epochs": "{} epochs",
    "seed": "seed {}",
}
"""How the inputs that tell stages apart are put, in the order of the config."""


def describe_stages(entries: Sequence[CacheEntry]) -> dict[Path, str]:
    """For the folder of every stage, a phrase such as `digits, kmeans, 3 clusters, seed 0`.

    The name of a dataset is known where its stage is in the cache too; else its fingerprint stands there.
    """
    inputs = {entry.key: entry.manifest["inputs"] for entry in entries if entry.manifest is not None}
    names = dict(filter(None, (_dataset_name(entry) for entry in entries if entry.stage == "dataset")))
    phrases = {}
    for entry in entries:
        own = inputs.get(entry.key, {}) if entry.state == "finished" else {}
        fingerprint = _fingerprint(own, inputs)
        dataset = [names.get(fingerprint, f"dataset {fingerprint[:8]}")] if fingerprint else []
        phrases[entry.path] = ", ".join([*dataset, *_told(own)])
    return phrases


def _fingerprint(own: Mapping[str, Any], inputs: Mapping[str, Mapping[str, Any]]) -> str:
    """The dataset that a stage reads, itself or through the stages before it."""
    if isinstance(own.get("dataset"), str):
        return str(own["dataset"])
    before = [inputs[value] for value in own.values() if isinstance(value, str) and value in inputs]
    return next(filter(None, (_fingerprint(each, inputs) for each in before)), "")


def _told(inputs: Mapping[str, Any]) -> list[str]:
    values = dict(_flat(inputs))
    values.setdefault("source", values.get("path"))
    if values.get("model"):
        values.pop("architecture", None)
    known = [(_TOLD[name], values[name]) for name in _TOLD if values.get(name) is not None]
    return [(told.removesuffix("s") if value == 1 else told).format(_short(value)) for told, value in known]


def _flat(inputs: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in inputs.items():
        if isinstance(value, dict):
            yield from _flat(value)
        else:
            yield name, value


def _short(value: object) -> str:
    return Path(value).name if isinstance(value, str) else str(value)


def _dataset_name(entry: CacheEntry) -> tuple[str, str] | None:
    try:
        described = read_json(entry.path / "dataset.json")
        return str(described["fingerprint"]), str(described["name"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
