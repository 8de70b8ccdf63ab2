"""Params of trials of two clusterings, which the tests of rows share."""

from __future__ import annotations


def params(depth: int, n_clusters: int | None = None) -> dict[str, str | int]:
    if n_clusters is None:
        return {"decoder.depth": depth, "clustering.method": "hdbscan"}
    return {"decoder.depth": depth, "clustering.method": "kmeans", "clustering.n_clusters": n_clusters}
