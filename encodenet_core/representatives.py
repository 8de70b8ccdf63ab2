"""The most confidently classified image of every cluster (EncodeNet, section 3.2 and figure 4)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from encodenet_core.errors import DataError


def entropy_from_logits(logits: ArrayLike) -> NDArray[np.float64]:
    """The Shannon entropy of the predictions that logits stand for.

    Args:
        logits: `(n_samples, num_classes)`, finite.

    Returns:
        `(n_samples,)` nats, from 0 (certain) to `log(num_classes)` (undecided).
    """
    shifted = np.asarray(logits, dtype=np.float64)
    shifted = shifted - shifted.max(axis=1, keepdims=True)
    others = np.exp(shifted)
    # An overfitted network leaves the other classes 1e-12 and less. With the winner's weight of exactly 1
    # kept out of the sum, log1p keeps every digit of that, and every term is positive: nothing cancels.
    np.put_along_axis(others, shifted.argmax(axis=1)[:, None], 0.0, axis=1)
    total = others.sum(axis=1)
    return np.asarray(np.log1p(total) - (others * shifted).sum(axis=1) / (1.0 + total))


def eligible_images(correct: NDArray[np.bool_], core: NDArray[np.bool_]) -> NDArray[np.int64]:
    """How fit each image is to represent its cluster, before confidence is compared.

    Section 3.2 does not say whether a misclassified image may represent its class. Here it may only
    where its cluster has none that is classified correctly, and noise only where there is nothing else.

    Args:
        correct: `(n_samples,)`, whether the baseline classifies the clean training image correctly.
        core: `(n_samples,)`, False for noise that was handed to the nearest cluster.

    Returns:
        `(n_samples,)` ranks from 0: 2 for a core member, and 1 more for one that is classified correctly.

    Raises:
        DataError: the arrays differ in length.
    """
    _check_lengths(correct=len(correct), core=len(core))
    return 2 * core.astype(np.int64) + correct


def pick_representatives(
    entropies: NDArray[np.float64], cluster_ids: NDArray[np.int64], eligible: NDArray[np.int64 | np.bool_]
) -> NDArray[np.int64]:
    """The index of the representative of every cluster: its most confidently classified eligible image.

    Confidence is low Shannon entropy of the baseline's prediction (EncodeNet, section 3.2).
    Ties go to the lowest index.

    Args:
        entropies: `(n_samples,)` nats.
        cluster_ids: `(n_samples,)`, consecutive from 0, unique across classes.
        eligible: `(n_samples,)` ranks or truth values; only members of their cluster's highest are compared.

    Returns:
        `(n_clusters,)` indices into the same samples, in the order of the cluster ids.

    Raises:
        DataError: the arrays differ in length.
    """
    _check_lengths(entropies=len(entropies), cluster_ids=len(cluster_ids), eligible=len(eligible))
    best_first = np.lexsort((entropies, -eligible.astype(np.int64), cluster_ids))
    _, first_of_cluster = np.unique(cluster_ids[best_first], return_index=True)
    return np.asarray(best_first[first_of_cluster], dtype=np.int64)


def _check_lengths(**lengths: int) -> None:
    if len(set(lengths.values())) > 1:
        received = ", ".join(f"{length} {name}" for name, length in lengths.items())
        raise DataError(f"received {received}; expected one of each for every image, in the same order")
