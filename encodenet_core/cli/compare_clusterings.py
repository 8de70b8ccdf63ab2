"""`encodenet compare-clusterings`: k-means, cosine and HDBSCAN on one configuration."""

from __future__ import annotations

from encodenet_core.cli.comparing import SeedsOption, follow_comparison, prepare_comparison
from encodenet_core.cli.session import (
    AssignmentsOption,
    ConfigArgument,
    DataOption,
    JsonOption,
    OutputOption,
)


def compare_clusterings(
    config: ConfigArgument = None,
    seeds: SeedsOption = 3,
    data: DataOption = None,
    assignments: AssignmentsOption = None,
    output: OutputOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare clusterings by retrieval, silhouette and accuracy: k-means with 1 to 8, cosine, HDBSCAN."""
    prepared = prepare_comparison("clusterings", (config, data, assignments), seeds, output, as_json=as_json)
    from encodenet_core.comparisons.clusterings import CLUSTERINGS

    follow_comparison(CLUSTERINGS, prepared)
